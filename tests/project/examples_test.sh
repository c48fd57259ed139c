#!/usr/bin/env bash
# The programs of examples/, APP, DRIVER and ASYNC_DRIVER, against a store, with what their heads say they read.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/../cli/cli_store.sh"
umask 077

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
token client.token --client-of words --client app
token driver.token --driver-of words

echo "- without a token"
timeout 30 "$DRIVER" >"$tmp/out" 2>"$tmp/err"
judge "$?" 2 "the driver"
want 'refused (401): *' "$err" "why"
timeout 30 "$APP" >"$tmp/out" 2>"$tmp/err"
judge "$?" 2 "the app"
want 'refused (401): *' "$err" "why"

echo "- a job"
JOBQ_TOKEN_FILE=$tmp/driver.token "$DRIVER" >"$tmp/driven" 2>&1 &
driver=$!
export JOBQ_TOKEN_FILE=$tmp/client.token
timeout 60 "$APP" 'the "quick" brown fox' >"$tmp/out" 2>"$tmp/err"
judge "$?" 0 "the app"
want '* submitted*accepted*%*complete*words: 4' "$out" "what it prints"
until_file 'is done' "$tmp/driven"

echo "- a driver that ends hands back what it has, at once"
many=$(printf 'word %.0s' $(seq 600))
timeout 90 "$APP" "$many" >"$tmp/app.out" 2>&1 &
app=$!
until_file accepted "$tmp/app.out"
job=$(sed -n 's/ submitted$//p' "$tmp/app.out")
kill "$driver"
wait "$driver"
judge "$?" 0 "the driver"
until_status words "$job" submitted

echo "- a cancel"
JOBQ_TOKEN_FILE=$tmp/driver.token "$DRIVER" >"$tmp/driven" 2>&1 &
driver=$!
until_status words "$job" accepted
try 0 cancel words "$job"
wait "$app"
judge "$?" 1 "the app whose job is cancelled"
want '*cancelled*' "$(cat "$tmp/app.out")" "what it prints"
kill "$driver"
wait "$driver"

echo "- a driver whose outcomes come later, of many jobs with two threads"
token alarms.token --driver-of alarms
token asker.token --client-of alarms --client app
export JOBQ_TOKEN_FILE=$tmp/asker.token
pipe 0 "$(seq 200 300)" submit alarms --lines --function alarm
try 0 submit alarms --function alarm --request '"soon"' --job none
try 0 submit alarms --function alarm --request 3600000 --job long
try 0 submit alarms --function alarm --request 3000 --job slow --priority 100
JOBQ_TOKEN_FILE=$tmp/alarms.token "$ASYNC_DRIVER" >"$tmp/driven" 2>&1 &
driver=$!
until_status alarms slow accepted
kill -KILL "$store_pid"  # while they are under way
wait "$store_pid" 2>/dev/null
start_store
try 1 wait alarms none
want '*bad-request: a whole number of milliseconds is expected*' "$err" "a request that is none"
try 0 wait alarms slow
want '"rung for app"' "$out" "what comes after the store was killed"
try 0 status alarms slow --json
want '*"attempt":1,"failures":0,"lostLeases":0*' "$out" "the same attempt"
for _ in $(seq 400); do
  [ "$(grep -c 'is done' "$tmp/driven")" -ge 103 ] && break
  sleep 0.05
done
try 0 count alarms --status complete
want 102 "$out" "alarms that have rung"
try 0 cancel alarms long
until_status alarms long cancelled
kill "$driver"
wait "$driver"
judge "$?" 0 "the driver"
finish_test
