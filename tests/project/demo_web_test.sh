#!/usr/bin/env bash
# scripts/demo-web: the page is there, jobs complete, and nothing is left when it is told to end.
#   demo_web_test.sh BUILD
set -u
tmp=$(mktemp -d)
export TMPDIR=$tmp
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$(dirname "$0")/../../scripts/demo-web" "$1" "127.0.0.1:$port" >"$tmp/out" 2>&1 &
demo=$!
fail() {
  echo "FAILED: $1"
  cat "$tmp/out"
  kill "$demo" 2>/dev/null
  exit 1
}
# until_true COMMAND... : 60 s at most.
until_true() {
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  fail "$*"
}
until_true grep -q '^Its token: ' "$tmp/out"
token=$(sed -n 's/^Its token: //p' "$tmp/out")
curl -fsS "http://127.0.0.1:$port/" | grep -q '<html' || fail "the page"
has_report() {
  curl -fsS -H "Authorization: Bearer $token" \
    "http://127.0.0.1:$port/v1/jobs/books/list?status=complete" | grep -q '"function":"report"'
}
until_true has_report
kill -TERM "$demo"
wait "$demo" || fail "exit code $?"
rm "$tmp/out"
rmdir "$tmp" || fail "files are left: $(ls "$tmp")"
echo "all passed"
