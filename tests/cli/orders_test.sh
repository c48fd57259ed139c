#!/usr/bin/env bash
# Workers as operators see them and tell them to halt, to drain and to work, against a real store.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
umask 077

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
token worker --driver-of work --expires 1h
token operator --operator --expires 1h
token carol --client-of work --client carol --expires 1h
export JOBQ_TOKEN_FILE=$tmp/carol

# ask CODE ARGUMENTS... : as `try`, with the operator's token.
ask() {
  try "$@" --token-file "$tmp/operator"
}
# begin NAME COMMAND : a worker; its number in $begun.
begin() {
  "$JOBQ" work work --token-file "$tmp/worker" --name "$1" --exec "$2" --kill-after 1s \
    2>"$tmp/$1.err" &
  begun=$!
  until_state "$1" idle
}
# until_state NAME STATE
until_state() {
  for _ in $(seq 200); do
    "$JOBQ" workers work --json --token-file "$tmp/operator" >"$tmp/out" 2>"$tmp/err"
    grep -q "\"worker\":\"$1\".*\"state\":\"$2\"" "$tmp/out" && return
    sleep 0.05
  done
  want "*\"worker\":\"$1\"*\"state\":\"$2\"*" "$(cat "$tmp/out" "$tmp/err")" "state of $1"
}
submit() {
  try 0 submit work --job "$1" --request 1
}

begin one 'sleep 60'
one=$begun
begin two 'echo 2'
two=$begun

echo "- workers say who they are"
ask 0 workers work --json
want "*\"worker\":\"one\"*\"state\":\"idle\",\"order\":\"work\",\"about\":{\"host\":\"*\",\"pid\":$one,*\"version\":\"jobq *\"threads\":1}*" \
  "$out" "a worker as JSON"
try 0 workers work --driver --token-file "$tmp/worker"
want '*WORKER*STATE*one*idle*two*idle*' "$out" "workers"
try 3 workers work

echo "- one that is told to drain finishes what it has, one that is told to halt hands it back"
ask 0 worker drain work two
want 'two: told to finish *' "$out" "drain"
until_state two draining
submit a
until_state one busy
ask 0 worker halt work one
until_state one halted
try 0 status work a --json
want '*"status":"submitted"*"releases":1,*' "$out" "a job that was handed back"
want '*told to halt*' "$(cat "$tmp/one.err")" "what a worker says"
ask 0 worker resume work two
until_status work a complete
try 0 status work a --json
want '*"worker":"two"*' "$out" "who has done it"
ask 4 worker halt work three
want '*worker: there is no three*' "$err" "no such worker"
ask 2 worker halt work
ask 0 worker resume work one
until_state one idle

echo "- all are told, also those that come later, and over a restart of the store"
ask 0 admin halt
until_state one halted
until_state two halted
submit b
try 0 explain work b
want '*ll workers are told to halt*' "$out" "why"
kill -KILL "$store_pid"
wait "$store_pid" 2>/dev/null
start_store
until_state two halted
begin_late() {
  "$JOBQ" work work --token-file "$tmp/worker" --name late --exec 'echo 3' 2>"$tmp/late.err" &
  late=$!
  until_state late halted
}
begin_late
try 0 status work b --json
want '*"status":"submitted"*' "$out" "a job while all are halted"
kill "$one"
wait "$one"
ask 0 admin unhalt
until_status work b complete

echo "- of one datasource"
ask 0 admin halt work
want 'all workers of work: told to halt*' "$out" "halt of a datasource"
until_state two halted
ask 0 admin unhalt work
until_state two idle
kill "$two" "$late"
wait "$two" "$late"
want 0 "$?" "exit code of a worker"

echo "- a full machine takes urgent jobs alone"
"$JOBQ" work work --token-file "$tmp/worker" --name full --exec 'echo 4' --force-priority 80 \
  --memory-free 1000000000 2>"$tmp/full.err" &
full=$!
until_file 'takes no jobs below priority 80 for now: .* MiB of memory are free' "$tmp/full.err"
submit usual
try 0 submit work --job urgent --priority 80 --request 1
until_status work urgent complete
try 0 status work usual --json
want '*"status":"submitted"*' "$out" "what is not urgent"
kill "$full"
wait "$full"

finish_test
