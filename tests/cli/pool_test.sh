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
wrong 'mode: must be each, *' 'command: a' 'mode: line'
wrong 'limits: memory: must be bytes, as 512MiB' 'command: a' 'limits: {memory: 5 apples}'
wrong 'limits: cpus: must be 0.01 to 1024' 'command: a' 'limits: {cpus: none}'
wrong 'limits: cpuTime: must be a span of 1s or more*' 'command: a' 'limits: {cpuTime: 1ms}'
# Aliases of aliases: ten to the ninth.
bomb=('command: a' 'a0: &a0 x')
for i in 1 2 3 4 5 6 7 8 9; do
  name="*a$((i - 1))"
  bomb+=("a$i: &a$i [$name, $name, $name, $name, $name, $name, $name, $name, $name, $name]")
done
wrong 'line *: is too much, with what aliases stand for' "${bomb[@]}"
wrong 'limits: disk: is none*' 'command: a' 'limits: {disk: 1}'
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

echo "- a command that is started once does job after job, and is told of each"
mkdir -p "$functions/lines"
cat >"$functions/lines/run.py" <<'END'
import json, os, sys
count = 0
for line in sys.stdin:
    job = json.loads(line)
    count += 1
    print("jobq:log info here is", job["job"], file=sys.stderr, flush=True)
    request = json.load(open(job["env"]["JOBQ_REQUEST_FILE"]))
    assert request == job["request"]
    if request == "crash":
        os.kill(os.getpid(), 9)
    if request == "raise":
        answer = {"error": {"code": "ValueError", "message": "no such thing"}, "outcome": "fail"}
    else:
        answer = {"response": [os.getpid(), count, request]}
    print(json.dumps(answer), flush=True)
END
function_of lines 'command: [python3, run.py]' 'mode: lines' 'terms: {failuresMax: 1}'
until_function lines '"name":"lines"'
try 0 submit work --function lines --request '"a"' --job line1 --wait
want '*,1,"a"]' "${out//[[:space:]]/}" "the first answer of a process"
# There may be two workers, each with its own.
for _ in 1 2 3; do try 0 submit work --function lines --request '"b"' --wait; done
want '*,[2-4],"b"]' "${out//[[:space:]]/}" "a later answer of one process"
try 0 log work line1
want '*here is line1*' "$out" "log of a line's job"
try 1 submit work --function lines --request '"raise"' --wait
want '*ValueError*no such thing*' "$out$err" "an error in a line"
try 1 submit work --function lines --request '"crash"' --wait
want '*signal-9*' "$out$err" "a crash"
try 0 submit work --function lines --request '"c"' --wait
want '*,"c"]' "${out//[[:space:]]/}" "the answer after a crash"

echo "- limits are held, and it is said how"
function_of greedy 'command: [python3, -c, "x = bytearray(1 << 30); print(1)"]' \
  'limits: {memory: 256MiB}' 'terms: {failuresMax: 1}'
until_function greedy '"name":"greedy"'
try 1 submit work --function greedy --request 1 --wait
want '*MemoryError*' "$out$err" "too much memory"
until_file 'greedy: limits: ' "$tmp/pool.err"
function_of endless 'command: "while :; do :; done"' 'limits: {cpuTime: 1s}' 'terms: {failuresMax: 1}'
until_function endless '"name":"endless"'
try 1 submit work --function endless --request 1 --wait
want '*signal-*' "$out$err" "too much time of a processor"

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
try 0 submit work --function lines --request '"d"' --wait
lines=${out#[}
left="$left ${lines%%,*}"
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

echo "- functions of a git repository are those of its revision, commit by commit"
bare=$tmp/functions.git
tree=$tmp/tree
git_in_tree() {
  git -C "$tree" -c user.name=t -c user.email=t@example.org "$@"
}
git init -q --bare -b main "$bare"
git init -q -b main "$tree"
mkdir -p "$tree/fn/said"
# commit_said TEXT : what the function answers from now on.
commit_said() {
  printf 'command: cat answer\nversion: "%s"\n' "$1" >"$tree/fn/said/function.yaml"
  echo "\"$1\"" >"$tree/fn/said/answer"
  git_in_tree add -A
  git_in_tree commit -q -m "$1"
  git_in_tree push -q "$bare" HEAD:main
}
try 2 pool work "$bare" --token-file "$tmp/worker"
want '*functions.git: fatal: *' "$err" "no commit"
commit_said one
functions="$bare@main:fn"
begin_pool --max 1
until_function said '"version":"one"'
try 0 submit work --function said --request 1 --wait
want '"one"' "$out" "of the first commit"
echo '"neither"' >"$tree/fn/said/answer"
commit_said two
until_function said '"version":"two"'
try 0 submit work --function said --request 1 --wait
want '"two"' "$out" "of the second commit"
mv "$bare/refs" "$bare/refs.away"
until_file 'functions.git@main:fn: ' "$tmp/pool.err"
try 0 submit work --function said --request 1 --wait
want '"two"' "$out" "while the repository cannot be read"
kill -TERM "$pool"
wait "$pool"
mv "$bare/refs.away" "$bare/refs"
"$JOBQ" work work --functions-in "$tree@main:fn" --token-file "$tmp/worker" --once \
  >"$tmp/work.out" 2>&1 &
try 0 submit work --function said --request 1 --wait
want '"two"' "$out" "a worker of its own"
wait $!
try 2 work work --functions-in "$tree@none" --token-file "$tmp/worker"
want '*tree@none: fatal: *' "$err" "no revision"
want '' "$(ls -d "${TMPDIR:-/tmp}"/jobq-functions-* 2>/dev/null)" "what was written out is gone"

finish_test
