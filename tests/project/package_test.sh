#!/usr/bin/env bash
# What `cmake --install` leaves, moved to another prefix, is all that README's program needs, built with
# CMake and with pkg-config; and the programs run from there. BUILD is the build directory, CXX the
# compiler that its libraries want.
JOBQ=${BUILD:?}/none JOBQD=$JOBQ
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/../cli/cli_store.sh"
source=$(cd "$(dirname "$0")/../.." && pwd)
readme=$source/README.md

block() {
  sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p}" "$readme"
}

# does WHAT COMMAND... : shows the output of what fails.
does() {
  local what=$1
  shift
  "$@" >"$tmp/log" 2>&1 || {
    echo "FAILED: $what: $(cat "$tmp/log")"
    failures=$((failures + 1))
  }
}

does "install" cmake --install "$BUILD" --prefix "$tmp/first" --strip
mv "$tmp/first" "$tmp/p"
JOBQ=$tmp/p/bin/jobq JOBQD=$tmp/p/bin/jobqd
for file in share/jobq/protocol.capnp share/man/man1/jobq.1 share/man/man8/jobqd.8 share/man/man8/jobq-http.8 \
  share/bash-completion/completions/jobq share/doc/store-jobqueue/LICENSE include/jobq/client.h; do
  [ -s "$tmp/p/$file" ] || {
    echo "FAILED: no $file"
    failures=$((failures + 1))
  }
done
want "" "$(grep -rlI -e "$BUILD" -e "$tmp/first" "$tmp/p")" "files that name where they were built"

mkdir "$tmp/hello"
cd "$tmp/hello" || exit 1
block cpp >hello.cc
block cmake >CMakeLists.txt
for name in client driver; do
  sed -i "s/jobq::[a-z]*)/jobq::$name)/" CMakeLists.txt
  does "CMake, $name" cmake -S . -B "$name" -DCMAKE_PREFIX_PATH="$tmp/p" -DCMAKE_CXX_COMPILER="$CXX"
done
does "build with CMake" cmake --build driver
does "examples" cmake -S "$source/examples" -B examples -DCMAKE_PREFIX_PATH="$tmp/p" \
  -DCMAKE_CXX_COMPILER="$CXX"
does "build of the examples" cmake --build examples
libdir=$(dirname "$(find "$tmp/p" -name jobq-client.pc)")
export PKG_CONFIG_PATH=$libdir
line=$(block console | sed "s,^[$] ,,")
does "pkg-config, driver" pkg-config --exists --print-errors jobq-driver
does "build with pkg-config" bash -c "${line/g++/$CXX $LDFLAGS}"

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
token client.token --client-of scan --client me
token driver.token --driver-of scan
"$JOBQ" work scan --token-file "$tmp/driver.token" --exec cat --count 2 2>"$tmp/work.log" &
worker=$!
for program in ./hello driver/hello; do
  want complete "$(JOBQ_TOKEN=$(cat "$tmp/client.token") timeout 30 $program)" "what $program says"
done
kill "$worker" 2>/dev/null
wait "$worker"
finish_test
