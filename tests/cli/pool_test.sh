#!/usr/bin/env bash
# jobq pool: folders of functions as a service, against a real store.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
umask 077

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
token worker --driver-of work --expires 1h
token carol --client-of work --client carol --expires 1h
export JOBQ_TOKEN_FILE=$tmp/carol
functions=$tmp/functions
tries=0

# function_of NAME LINE... : its folder, and what its file says.
function_of() {
  mkdir -p "$functions/$1"
  printf '%s\n' "${@:2}" >"$functions/$1/function.yaml"
}
begin_pool() {
  "$JOBQ" pool work "$functions" --token-file "$tmp/worker" "$@" >"$tmp/pool.out" 2>"$tmp/pool.err" &
  pool=$!
  until_file begins "$tmp/pool.err"
}
parent() {
  sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"
}
children() {
  cat "/proc/$1/task/$1/children"
}
workers() {
  children "$pool" | wc -w
}
# until_workers N : so many; waits 20 s at most.
until_workers() {
  for _ in $(seq 400); do
    [ "$(workers)" = "$1" ] && return
    sleep 0.05
  done
  want "$1" "$(workers)" "workers of the pool"
}
until_function() {
  for _ in $(seq 400); do
    "$JOBQ" functions show work "$1" --json 2>/dev/null | grep -q "$2" && return
    sleep 0.05
  done
  want "*$2*" "$("$JOBQ" functions show work "$1" --json 2>&1)" "function $1"
}

echo "- what is no function is told, by file and field"
mkdir "$functions"
try 2 pool work "$functions" --token-file "$tmp/worker"
want '*there is no function.yaml that can be read*' "$err" "no folder"
try 2 pool work "$tmp/none" --token-file "$tmp/worker"
want "*$tmp/none: No such file*" "$err" "no directory"
try 2 pool work "$functions" --min 3 --max 2 --token-file "$tmp/worker"
want '*--min: 3 is more than --max 2*' "$err" "limits"
wrong() {
  function_of wrong "${@:2}"
  try 2 work work --functions-in "$functions/wrong" --token-file "$tmp/worker"
  want "*$functions/wrong/function.yaml: $1" "$err" "a wrong file"
}
wrong 'command: must be a text for the shell, or a list of words' 'documentation: none'
wrong 'command: must be a text for the shell, or a list of words' 'command: [sh, 1]'
wrong 'line *: end of sequence*' 'command: a' 'tags: ['
wrong 'field tags: *' 'command: a' 'tags: 7'
wrong 'field unknownField: *' 'command: a' 'unknownField: 7'
wrong "environment: 'JOBQ_TOKEN' cannot be set" 'command: a' 'environment: {JOBQ_TOKEN: x}'
wrong 'directory: must be a text' 'command: a' 'directory: [a]'
wrong 'command: is there twice' 'command: a' 'command: b'
# shellcheck disable=SC2016
wrong 'must be names with values, as `command: ./run`' '[]'
rm -r "$functions/wrong"

echo "- folders are registered and run, each as its file says"
function_of text 'documentation: "in capital letters"' 'version: "1.0"' 'command: tr a-z A-Z'
# shellcheck disable=SC2016
function_of where 'command: [sh, -c, "pwd; echo $SEASON $COUNT"]' 'directory: below' \
  'environment: {SEASON: "no winter", COUNT: 7}'
mkdir "$functions/where/below"
function_of list 'requestSchema: {type: array}' 'command: cat' 'name: other-name'
begin_pool --max 3 --idle 1s
try 0 functions show work text --json
want '*"version":"1.0"*"documentation":"in capital letters"*' "$out" "a registered function"
try 0 submit work --function text --request '"abc"' --wait
want '"ABC"' "$out" "response"
try 0 submit work --function where --request 1 --wait
want "\"$functions/where/below*no winter 7\"" "$out" "directory and environment"
try 5 submit work --function other-name --request '{}'
want '*request: *array*' "$err" "a request against the schema"

echo "- a folder appears, is changed and becomes unreadable while the pool runs"
function_of new 'version: "1"' 'command: echo 1'
until_function new '"version":"1"'
try 0 submit work --function new --request 1 --wait
want 1 "$out" "the new function"
function_of new 'version: "2"' 'command: echo 2'
until_function new '"version":"2"'
try 0 submit work --function new --request 1 --wait
want 2 "$out" "the changed function"
function_of new 'command: ['
until_file 'new/function.yaml: line' "$tmp/pool.err"
try 0 submit work --function new --request 1 --wait
want 2 "$out" "as it was"

echo "- there are more workers when jobs wait, and fewer afterwards"
function_of slow 'command: sleep 1; echo 1'
until_function slow '"name":"slow"'
for i in 1 2 3 4 5 6; do try 0 submit work --function slow --job "s$i" --request 1; done
until_workers 3
try 0 wait work s1 s2 s3 s4 s5 s6
until_workers 1

echo "- a worker that is killed is replaced; its command dies, and its job is done by another"
function_of long "command: 'echo jobq:log info on >&2; echo \$\$ >>$tmp/long; exec sleep \$(head -c 2)'"
until_function long '"name":"long"'
try 0 submit work --function long --request 70 --job killed
until_log work killed
first=$(head -n 1 "$tmp/long")
kill -KILL "$(parent "$(parent "$first")")"
until_file 'was killed by signal 9' "$tmp/pool.err"
until [ "$(wc -l <"$tmp/long")" = 2 ] || [ "$((++tries))" -gt 400 ]; do sleep 0.05; done
want '' "$(ls -d "/proc/$first" 2>/dev/null)" "the command of a killed worker"
try 0 status work killed --json
want '*"status":"accepted"*"attempt":2,*"lostLeases":1*' "$out" "its job"

echo "- a pool that is killed leaves no process"
second=$(tail -n 1 "$tmp/long")
left=$(children "$pool")
kill -KILL "$pool"
wait "$pool" 2>/dev/null
for _ in $(seq 100); do
  alive=
  for pid in $left $second; do [ -d "/proc/$pid" ] && alive="$alive $pid"; done
  [ -z "$alive" ] && break
  sleep 0.05
done
want '' "$alive" "processes of a killed pool"

echo "- a pool that is told to end finishes what runs"
try 0 cancel work killed
until_status work killed cancelled
try 0 submit work --function slow --job last --request 1
begin_pool --max 2
until_status work last accepted
kill -TERM "$pool"
wait "$pool"
want 0 "$?" "exit code of a pool"
try 0 status work last --json
want '*"status":"complete"*"attempt":1,*' "$out" "what ran"

finish_test
