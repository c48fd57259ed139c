#!/usr/bin/env bash
# npm's node-databox, as it is, with the examples for it: JOBQD and ARBITER name the programs. What
# npm installs is in the working directory, and good until the package's lock changes. Ends with 77
# where it cannot be run.
set -u
: "${JOBQD:?path of jobqd}" "${ARBITER:?path of test_arbiter}"
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples/node
skip() {
  echo "skipped: $1"
  exit 77
}
command -v node >/dev/null || skip "there is no node"
command -v npm >/dev/null || skip "there is no npm"
[ "$(node -p 'process.versions.node.split(".")[0] >= 18')" = true ] || skip "node is older than 18"

export NODE=$PWD/node
mkdir -p "$NODE"
cp -r "$examples"/{*.js,*.json,zeromq} "$NODE"
if ! cmp -s "$NODE/package-lock.json" "$NODE/installed"; then
  npm ci --prefix "$NODE" --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || {
    # Of the network, not of the package.
    code=$(sed -n 's/^npm [a-zA-Z!]* code //p' npm.log | head -1)
    case $code in
      ENOTFOUND | EAI_AGAIN | E*UNREACH | ECONN* | ETIMEDOUT | ERR_SOCKET_TIMEOUT | *CERT* | \
        UNABLE_TO_* | E401 | E403 | E407 | E5??)
        skip "npm reaches no registry: $code" ;;
    esac
    cat npm.log
    exit 1
  }
  cp "$NODE/package-lock.json" "$NODE/installed"
fi
NODE_PATH=$NODE/node_modules exec node --test "$here/node_databox_test.js"
