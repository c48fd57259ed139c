#!/usr/bin/env bash
# Functions in three languages become a service; of each a job completes, is cancelled, runs out
# of time and loses its worker, and whatever is killed, each job ends once and no process is left.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
umask 077

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
token worker --driver-of work --expires 1h
token carol --client-of work --client carol --expires 1h
export JOBQ_TOKEN_FILE=$tmp/carol
functions=$tmp/functions

# function_of NAME COMMAND FILE : which answers its request, once there is a file $tmp/go, and says
# in its log that it runs; its text comes on standard input.
function_of() {
  mkdir -p "$functions/$1"
  printf 'documentation: "Answers, in %s."\ncommand: [%s]\nenvironment: {GO: "%s"}\n' \
    "$1" "$2" "$tmp/go" >"$functions/$1/function.yaml"
  cat >"$functions/$1/$3"
}
begin_pool() {
  "$JOBQ" pool work "$functions" --min 1 --max 4 --token-file "$tmp/worker" --kill-after 1s \
    2>>"$tmp/pool.err" &
  pool=$!
}
# commands : the processes of the commands that run, by the names of their files.
commands() {
  pgrep -f "^(bash|python3|node) run[.](sh|py|js)\$" -u "$(id -u)" | while read -r pid; do
    grep -qz "GO=$tmp/go" "/proc/$pid/environ" 2>/dev/null && echo "$pid"
  done
}

function_of bash 'bash, run.sh' run.sh <<'END'
echo "jobq:log info runs" >&2
until [ -e "$GO" ]; do sleep 0.1; done
cat
END
function_of python 'python3, run.py' run.py <<'END'
import os, sys, time
print("jobq:log info runs", file=sys.stderr, flush=True)
while not os.path.exists(os.environ["GO"]):
    time.sleep(0.1)
print(sys.stdin.read())
END
function_of node 'node, run.js' run.js <<'END'
const fs = require("fs");
console.error("jobq:log info runs");
const answer = () => fs.existsSync(process.env.GO)
  ? console.log(fs.readFileSync(0, "utf8")) : setTimeout(answer, 100);
answer();
END
begin_pool
languages="bash python node"
for one in $languages; do
  for _ in $(seq 400); do
    "$JOBQ" functions show work "$one" >"$tmp/out" 2>/dev/null && break
    sleep 0.05
  done
done
try 0 functions list work
for one in $languages; do want "*Answers, in $one.*" "$out" "documentation of $one"; done

echo "- jobs of each are cancelled and run out of time"
for one in $languages; do
  try 0 submit work --function "$one" --job "cancel-$one" --request 1
  until_log work "cancel-$one"
  try 0 cancel work "cancel-$one"
  until_status work "cancel-$one" cancelled
  try 1 submit work --function "$one" --job "late-$one" --request 1 --timeout 1s --failures-max 1 --wait
  want '*timeout*' "$out$err" "late-$one"
done
want '' "$(commands)" "commands of jobs that have ended"

echo "- a worker, then the pool, then the store is killed; each job is done by another attempt"
for one in $languages; do
  try 0 submit work --function "$one" --job "lost-$one" --request "\"$one\""
  until_log work "lost-$one"
done
read -ra children <"/proc/$pool/task/$pool/children"
kill -KILL "${children[@]}"
for one in $languages; do
  for _ in $(seq 400); do
    "$JOBQ" status work "lost-$one" --json | grep -q '"status":"accepted".*"attempt":2' && break
    sleep 0.05
  done
done
kill -KILL "$pool"
wait "$pool" 2>/dev/null
for _ in $(seq 100); do
  [ -z "$(commands)" ] && break
  sleep 0.05
done
want '' "$(commands)" "commands of a pool that was killed"
kill -KILL "$store_pid"
wait "$store_pid" 2>/dev/null
start_store
touch "$tmp/go"
begin_pool
for one in $languages; do
  try 0 wait work "lost-$one"
  try 0 status work "lost-$one"
  want "*\"$one\"*" "$out" "response of lost-$one"
  try 0 watch work --job "lost-$one" --jsonl --from 0 --timeout 1s
  want 1 "$(grep -c '"event":"complete"' "$tmp/out")" "ends of lost-$one"
done
kill -TERM "$pool"
wait "$pool"
want 0 "$?" "exit code of the pool"
want '' "$(commands)" "commands behind the pool's end"

finish_test
