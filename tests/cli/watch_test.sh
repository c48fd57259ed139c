#!/usr/bin/env bash
# jobq watch against a real store: all jobs of a scope, over a restart, and on from a cursor.
. "$(dirname "$0")/cli_store.sh"
umask 077

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
token alice.token --client-of scan --client alice --expires 1h
token driver.token --driver-of scan --expires 1h
export JOBQ_TOKEN_FILE="$tmp/alice.token"

try 2 watch scan j1 --job j2
try 4 watch scan unknown --jsonl

try 0 submit scan --job before --request '{}'
"$JOBQ" watch scan --jsonl >"$tmp/events" 2>"$tmp/events.err" &
watching=$!
"$JOBQ" watch scan --driver --token-file "$tmp/driver.token" >"$tmp/lines" 2>/dev/null &
watching_lines=$!
until_file '"event":"snapshot"' "$tmp/events"
until_file '^-- 1 job after event' "$tmp/lines"
want '*"jobs":\[{"job":"before"*' "$(cat "$tmp/events")" "the snapshot"

try 0 work scan --once --token-file "$tmp/driver.token" --exec 'echo 1'
until_file '"event":"complete"' "$tmp/events"
want '*"event":"accepted"*"event":"complete"*' "$(tr '\n' ' ' <"$tmp/events")" "events in order"

# The store goes away without a word, and comes back.
kill -9 "$store_pid"
wait "$store_pid" 2>/dev/null
until_file '"event":"repair"' "$tmp/events"
start_store
try 0 submit scan --job after --request '{}'
until_file '"event":"submitted".*"job":"after"' "$tmp/events"
until_file '^-- the stream is back' "$tmp/lines"
until_file 'alice after submitted' "$tmp/lines"

kill -INT "$watching"
wait "$watching"
want 0 $? "exit code of watch after SIGINT"
want 'jobq: to go on: jobq watch scan --from *' "$(cat "$tmp/events.err")" "where to go on"
from=$(sed 's/.*--from //' "$tmp/events.err")
kill -TERM "$watching_lines"
wait "$watching_lines"

try 0 submit scan --job later --request '{}'
try 0 watch scan --from "$from" --jsonl --timeout 1s
want '{"event":"submitted",*"job":"later"*' "$out" "only what came later"
try 0 watch scan --from 0 --jsonl --timeout 1s
want 1 "$(grep -c '"event":"complete"' "$tmp/out")" "each event once"
want 3 "$(grep -c '"event":"submitted"' "$tmp/out")" "all that were submitted"
try 0 watch scan --from 999999 --timeout 1s
want '-- events up to * are lost*' "$out" "a cursor that the journal does not have"

# One job: it ends with the job, with its exit code.
try 0 watch scan before --from 0
want '*before submitted*before accepted*before complete' "$out" "one job's events"
try 0 watch scan before --from 999
try 7 watch scan later --jsonl --timeout 1s
try 0 cancel scan later
try 1 watch scan --job later --jsonl

finish_test
