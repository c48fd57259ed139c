# shellcheck shell=bash
# For the tests of the program jobq against a real store; sourced. JOBQ and JOBQD name the two
# programs. At the end the test calls `finish_test`.
set -u
: "${JOBQ:?path of jobq}" "${JOBQD:?path of jobqd}"

unset JOBQ_ENDPOINT JOBQ_SERVER_KEY JOBQ_SERVER_KEY_FILE JOBQ_TOKEN JOBQ_TOKEN_FILE TRACEPARENT
tmp=$(mktemp -d "${TMPDIR:-/tmp}/jobq-cli-XXXXXX")
store_pid=
failures=0

clean_up() {
  [ -n "$store_pid" ] && kill "$store_pid" 2>/dev/null && wait "$store_pid"
  rm -rf "$tmp"
}
trap clean_up EXIT

finish_test() {
  if [ "$failures" != 0 ]; then
    echo "$failures failed"
    exit 1
  fi
  echo "all passed"
}

# try CODE ARGUMENTS... : runs jobq, wants that exit code; output in $out, standard error in $err.
try() {
  local wanted=$1
  shift
  timeout 30 "$JOBQ" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  judge "$?" "$wanted" "jobq $*"
}

# pipe CODE INPUT ARGUMENTS... : the same with a standard input.
pipe() {
  local wanted=$1 input=$2
  shift 2
  printf '%s' "$input" | timeout 30 "$JOBQ" "$@" >"$tmp/out" 2>"$tmp/err"
  judge "$?" "$wanted" "jobq $*"
}

judge() {
  out=$(cat "$tmp/out")
  err=$(cat "$tmp/err")
  if [ "$1" != "$2" ]; then
    echo "FAILED: $3: exit code $1 instead of $2"
    echo "  out: $out"
    echo "  err: $err"
    failures=$((failures + 1))
  fi
}

# want PATTERN TEXT WHAT
want() {
  # shellcheck disable=SC2254
  case $2 in
    $1) ;;
    *)
      echo "FAILED: $3: '$2' instead of '$1'"
      failures=$((failures + 1))
      ;;
  esac
}

start_store() {
  "$JOBQD" --data "$tmp/d" --request "ipc://$tmp/r" --driver "ipc://$tmp/d.sock" \
    --status "ipc://$tmp/s" --no-curve >"$tmp/store.log" 2>&1 &
  store_pid=$!
  "$JOBQ" info --patience 20s >/dev/null || {
    cat "$tmp/store.log"
    exit 1
  }
}

# until_status DSID JOB STATUS : as the present token sees it; waits 20 s at most.
until_status() {
  local status=
  for _ in $(seq 400); do
    status=$("$JOBQ" status "$1" "$2" --json 2>/dev/null)
    case $status in
      *"\"status\":\"$3\""*) return ;;
    esac
    sleep 0.05
  done
  echo "FAILED: $1 $2 does not get $3: $status"
  failures=$((failures + 1))
}

# until_log DSID JOB : its worker has written a log line, so that the command surely runs.
until_log() {
  for _ in $(seq 400); do
    [ -n "$("$JOBQ" log "$1" "$2" 2>/dev/null)" ] && return
    sleep 0.05
  done
  echo "FAILED: nothing in the log of $1 $2"
  failures=$((failures + 1))
}

# until_file PATTERN FILE : the file has a line like that; waits 20 s at most.
until_file() {
  for _ in $(seq 400); do
    grep -q -e "$1" "$2" 2>/dev/null && return
    sleep 0.05
  done
  echo "FAILED: no '$1' in $2: $(cat "$2")"
  failures=$((failures + 1))
}

# begin_test : in a directory of its own, with a store, and tokens of the datasource scan.
begin_test() {
  cd "$tmp" || exit 1
  umask 077
  export JOBQ_ENDPOINT=ipc://$tmp/r
  start_store
  token client --client-of scan --client me
  token driver --driver-of scan
  token operator --operator
}

# token FILE OPTIONS... : mints one.
token() {
  local file=$1
  shift
  try 0 mint --data "$tmp/d" "$@"
  printf '%s\n' "$out" >"$tmp/$file"
}

# driver CODE ARGUMENTS... : with the token of "$tmp/driver"; reports need what accepts told.
driver() {
  local wanted=$1 lease=
  shift
  [ "$1" = update ] && lease=$(cat "$tmp/lease.$3" 2>/dev/null)
  JOBQ_LEASE_TOKEN=$lease try "$wanted" --token-file "$tmp/driver" "$@"
  [ "$1" = accept ] && remember_leases
  return 0
}
remember_leases() {
  local job token
  printf '%s\n' "$out" |
    sed -n -e 's/^{"job":"\([^"]*\)",.*"leaseToken":"\([^"]*\)".*/\1 \2/p' \
      -e '/^[^ {]* attempt /{s/ .*//;N;s/\n/ /p;}' |
    while read -r job token; do printf '%s' "$token" >"$tmp/lease.$job"; done
}
