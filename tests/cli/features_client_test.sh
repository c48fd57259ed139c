#!/bin/bash
# What a client can ask for, from the command line: when a job runs, how often, its cancel, what it
# says on the way, and how it is found.
# shellcheck disable=SC2016
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
umask 077
token alice --client-of scan --client alice --expires 1h
token bob --client-of scan --client bob --expires 1h
token driver --driver-of scan --expires 1h
token operator --operator --expires 1h
export JOBQ_TOKEN_FILE=$tmp/alice

# worker ARGUMENTS... : one that works in the background.
worker() {
  "$JOBQ" work scan --token-file "$tmp/driver" "$@" >/dev/null 2>"$tmp/work.err" &
  worker=$!
}

echo "- options that cannot be"
try 2 submit scan --request 1 --delay soon
want "jobq: --delay: 'soon' is no duration*" "$err" "a delay"
try 2 submit scan --request 1 --delay 1s --not-before 1s
try 2 submit scan --request 1 --not-before 90
want "jobq: --not-before: '90' is no time*" "$err" "few digits"
try 2 submit scan --request 1 --timeout 366d
want '*--timeout*365d*' "$err" "the limit of a timeout"
try 2 submit scan --request 1 --priority 0120
want "jobq: --priority: '0120' is no decimal number*" "$err" "no octal 80"
try 2 submit scan --request 1 --failures-max 0x3
try 2 submit scan --request 1 --failures-max 0
try 2 submit scan --request 1 --failures-max 1001
try 2 submit scan --request 1 --backoff 1s,2,1h
try 2 submit scan --request 1 --trace 00-1-2-3
try 5 submit scan --request 1 --tag 'not a name'
want 'jobq: refused by the store (400): *tag*' "$err" "a tag"
try 5 submit scan --request 1 --function 'not a name'

echo "- cancel of a waiting job"
try 0 submit scan --request 1 --job c1 --function ocr
try 0 explain scan c1
want 'No worker *ocr.' "$out" "explain without a worker"
try 3 cancel scan c1 --token-file "$tmp/bob"
try 4 cancel scan nobody
try 0 cancel scan c1
want cancelled "$out" "cancel"
try 0 cancel scan c1
want cancelled "$out" "cancel again"
try 1 wait scan c1
driver 0 peek scan
want '' "$out" "a cancelled job is not handed out"
try 0 submit scan --request 1 --job c2
driver 0 cancel scan c2 --driver --json
want '{"job":"c2",*"status":"cancelled"*' "$out" "cancel by a driver"

echo "- cancel of a running job reaches its command"
try 0 submit scan --request 1 --job c3
worker --exec 'trap "exit 0" TERM; echo jobq:log info on >&2; sleep 60 & wait' --once
until_log scan c3
try 0 cancel scan c3
want 'cancel requested; worker * has until *' "$out" "a cancel that is under way"
try 0 cancel scan c3 --wait 20s
want cancelled "$out" "cancel and wait"
wait "$worker"
want '* c3 client alice attempt 1 cancelled after *' "$(cat "$tmp/work.err")" "the worker's word"
try 1 wait scan c3
try 0 status scan c3
want '*status *cancelled, its worker has stopped
*' "$out" "a cancel that was acknowledged"
try 0 status scan c3 --json
want '*"attempts":\[{"attempt":1,*"ending":"cancelled"*' "$out" "the attempt's end"

echo "- a command that ignores SIGTERM is killed"
try 0 submit scan --request 1 --job c4
worker --exec 'trap "" TERM; echo jobq:log info on >&2; while :; do sleep 1; done' --once \
  --kill-after 300ms
until_log scan c4
try 0 cancel scan c4 --wait=20s
wait "$worker"

echo "- a lease is revoked when its worker does not stop in time"
try 0 admin config scan --cancel-grace 200ms --token-file "$tmp/operator"
try 0 submit scan --request 1 --job c4b
driver 0 accept scan --lease 1h
try 0 cancel scan c4b --wait=20s
try 0 status scan c4b
want "*status *cancelled, its worker's lease was revoked
*cancelled *revoked: *" "$out" "a cancel that was not acknowledged"
try 0 admin config scan --cancel-grace 30s --token-file "$tmp/operator"

echo "- a job that ended before is not cancelled"
try 0 submit scan --request 5 --job c5
driver 0 work scan --once --quiet -- cat
try 1 cancel scan c5
want complete "$out" "a cancel that came late"

echo "- delay, and a time"
try 0 submit scan --request 1 --job d1 --delay 1h
driver 0 peek scan
want '' "$out" "not before its time"
try 0 explain scan d1
want 'It asked not to run*, until *60 min*at the earliest.' "$out" "explain a delay"
try 0 explain scan d1 --json
want '{"status":"submitted","reasons":\[*"kind":"not-before"*"earliest":"20*Z"}' "$out" \
  "explain as JSON"
try 0 submit scan --request 1 --job d2 --not-before 2099-01-01T00:00:00Z
try 0 status scan d2
want '*not before *2099-01-01*' "$out" "not before"
try 0 submit scan --request 1 --job d3 --not-before 4070908800000 --json
want '*"notBefore":"2099-01-01T00:00:00.000Z"*' "$out" "milliseconds"
try 0 submit scan --request 1 --job d4 --not-before 300ms
driver 0 accept scan --wait 20s --worker w
want 'd4 attempt 1 of client alice, lease until *' "$out" "after its time"
driver 0 update scan d4 --attempt 1 --complete '{"done": true}'
try 0 wait scan d4
want '{"done": true}' "$out" "response of a single call"

echo "- expiry"
try 0 submit scan --request 1 --job e1 --valid-for 200ms
try 1 wait scan e1 --timeout 20s
want '*e1 is failed: expired*' "$err" "expiry"
try 0 submit scan --request 1 --job e2 --valid-for 1h
try 0 status scan e2
want '*expires *60 min*' "$out" "when it expires"
try 0 cancel scan e2

echo "- the time of an attempt"
try 0 submit scan --request 1 --job t1 --timeout 500ms --failures-max 1
worker --exec 'echo jobq:log info on >&2; exec sleep 60' --once
try 1 wait scan t1 --timeout 20s
want '*t1 is failed: timeout*' "$err" "timeout"
wait "$worker"
want '??:??:??[Z+-]* t1 client alice attempt 1 timeout after *: stopped because *' \
  "$(cat "$tmp/work.err")" "one line of a command that is stopped"
try 0 status scan t1
want '*ATTEMPT*1 *timeout*' "$out" "in the history"

echo "- retries with backoff"
try 0 submit scan --request 1 --job r1 --failures-max 3 \
  --backoff initial=200ms,factor=2,max=1s,jitter=0
driver 0 work scan --count 3 --exec 'echo no network >&2; exit 1'
want '* r1 *attempt 1 retrying*attempt 2 retrying*attempt 3 failed*' "$err" "three attempts"
try 1 wait scan r1
want '*failed: exit-1: no network' "$err" "the last error"
try 0 status scan r1
want '*failures *3 of 3*backoff *initial=200ms*ATTEMPT*1 *2 *3 *' "$out" "history"
try 0 submit scan --request 1 --job r2 --backoff initial=1h
driver 0 work scan --once --exec 'echo later >&2; exit 75'
try 0 explain scan r2
want '*until *at the earliest.' "$out" "explain a backoff"
try 0 explain scan r2 --json
want '*"kind":"backoff"*' "$out" "explain a backoff as JSON"
try 0 list scan --status retrying --json
want '*"job":"r2",*"status":"retrying"*"code":"exit-75"*' "$out" "the error while it waits"
try 0 submit scan --request 1 --job r3 --backoff none
driver 0 work scan --count 2 --exec 'test "$JOBQ_ATTEMPT" = 2 || exit 75'
try 0 wait scan r3

echo "- a job that kills its workers is stopped"
try 0 submit scan --request 1 --job p1 --lost-leases-max 2
driver 0 accept scan --lease 100ms
until_status scan p1 retrying
driver 0 accept scan --lease 100ms --wait 10s
try 1 wait scan p1 --timeout 20s
want '*p1 is failed: lost-leases*' "$err" "poison"

echo "- a job that is always handed back is stopped where it says so"
try 0 submit scan --request 1 --job h1 --releases-max 2
driver 0 accept scan
driver 0 update scan h1 --attempt 1 --release --message 'not now'
want 'submitted' "$out" "release"
driver 0 accept scan
driver 0 update scan h1 --attempt 2 --release
want 'failed' "$out" "the last release"
try 0 status scan h1
want '*releases *2 of 2*' "$out" "releases"

echo "- a delay that the command asks for, and an end for good"
try 0 submit scan --request 1 --job r4
driver 0 work scan --once --exec 'echo jobq:delay 1h >&2; echo jobq:log critical fire >&2; exit 76'
want '* r4 client alice attempt 1 submitted after *; again in 60 min' "$err" "a release"
try 0 log scan r4
want '* error * critical fire' "$out" "a level that there is not"
try 0 cancel scan r4
try 0 submit scan --request 1 --job r5
driver 0 work scan --once --exec 'echo jobq:delay soon >&2; exit 78'
try 1 wait scan r5
want '*r5 is failed: exit-78: jobq:delay soon' "$err" "for good"
try 0 log scan r5
want '* warning not understood: jobq:delay soon' "$out" "a line for the worker"

echo "- forbid"
try 0 submit scan --request 1 --job f1
driver 0 work scan --once --exec 'echo not yours >&2; exit 77'
try 1 wait scan f1
want '*f1 is forbidden: exit-77: not yours' "$err" "forbid"

echo "- progress and log lines"
try 0 submit scan --request 1 --job l1
"$JOBQ" watch scan l1 >"$tmp/watched" &
watching=$!
"$JOBQ" watch scan l1 --jsonl >"$tmp/watched.json" &
watching_json=$!
until_file submitted "$tmp/watched"
until_file submitted "$tmp/watched.json"
"$JOBQ" log scan l1 --follow >"$tmp/followed" &
following=$!
driver 0 work scan --once --log-stderr --exec '
  echo "jobq:progress 0.25 a quarter" >&2
  echo "jobq:log warning look here" >&2
  echo plain words >&2
  sleep 0.5
  echo "jobq:progress 75% more" >&2
  sleep 0.5
  echo 1'
wait "$watching"
want 0 $? "exit code of watch"
want '*submitted*accepted by*25 %, a quarter*75 %, more*complete' "$(cat "$tmp/watched")" "watch"
wait "$watching_json"
want '{"event":"progress",*"progress":0.25,"message":"a quarter"*}' "$(grep quarter "$tmp/watched.json")" \
  "watch as JSON"
wait "$following"
want '*warning look here*info    plain words' "$(cat "$tmp/followed")" "log --follow"
try 0 log scan l1 --after 1
want '*info    plain words' "$out" "the second line"
try 0 log scan l1 --limit 1 --json
want '{"number":1,"time":"*","attempt":1,"level":"warning","text":"look here"}' "$out" \
  "log as JSON"
driver 0 log scan l1 --driver --limit 1
want '*look here' "$out" "log for drivers"
try 3 log scan l1 --token-file "$tmp/bob"
try 0 status scan l1
want '*log lines *2*' "$out" "number of lines"

echo "- what a command says to its worker is not its error"
try 0 submit scan --request 1 --job l2 --failures-max 1
driver 0 work scan --once --exec 'echo why >&2; echo jobq:progress 1 >&2; exit 2'
try 1 wait scan l2
want '*exit-2: why' "$err" "the last line of its own"

echo "- a program with arguments, and its environment"
trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
try 0 submit scan --request 1 --job x1 --function ocr --tag night --tag b --trace "$trace"
TRACEPARENT=not-the-jobs driver 0 work scan --once --function print,ocr -- \
  sh -c 'echo "$0 $JOBQ_FUNCTION $JOBQ_TAGS $JOBQ_TRACE $TRACEPARENT"' 'a b'
try 0 wait scan x1
want "\"a b ocr b,night $trace $trace\"" "$out" "environment"
TRACEPARENT=$trace try 0 submit scan --request 1 --job x2
TRACEPARENT=00-00000000000000000000000000000000-00f067aa0ba902b7-01 try 0 submit scan --request 1 \
  --job x3
want 'jobq: TRACEPARENT in the environment is no W3C traceparent: left out' "$err" "a warning"
driver 0 work scan --count 2 --exec 'echo "${TRACEPARENT-none}"'
try 0 wait scan x2
want "\"$trace\"" "$out" "the submitter's own trace"
try 0 wait scan x3
want '"none"' "$out" "no trace"

echo "- jobs by function"
try 0 submit scan --request 1 --job y1 --function sing
try 0 submit scan --request 1 --job y2 --function print
driver 0 peek scan --function print
want '*y2*print*' "$out" "peek by function"
driver 0 work scan --function print --once --exec 'echo 1'
try 0 status scan y1 --json
want '*"status":"submitted"*' "$out" "of another function"
try 0 cancel scan y1

echo "- lists and search"
try 0 submit scan --request '{"page": "seventy"}' --job s1 --tag night --delay 1h
try 0 submit scan --request '{"page": "eighty"}' --job s2 --tag day --function ocr --delay 1h
try 0 list scan --text seventy --json
want '{"job":"s1",*' "$out" "by text"
want 1 "$(printf '%s\n' "$out" | wc -l)" "one found"
try 0 list scan --tag day --json
want '{"job":"s2",*"tags":\["day"\]*' "$out" "by tag"
try 0 list scan --function ocr --status submitted,retrying --json
want '{"job":"s2",*' "$out" "by function"
try 0 list scan --tag day
want '*FUNCTION*TAGS*s2*ocr*day*' "$out" "columns"
try 0 list scan --text nowhere --json
want '' "$out" "nothing found"
try 0 status scan s1 --request
want '*request*{"page": "seventy"}*' "$out" "the request"

echo "- whole jobs as lines"
pipe 0 '{"job": "k1", "request": {"n": 1.10}, "priority": 90, "delayMs": 3600000}
{"job": "k2", "request": 2, "tags": ["z"], "backoff": {"initialMs": 5}}
' submit scan --jobs --delay 2h --tag all
want 'k1
k2' "$out" "ids of whole jobs"
try 0 status scan k1 --json --request
want '*"priority":90,"tags":\["all"\]*"request":{"n": 1.10}}' "$out" "a whole job"
try 0 status scan k2 --json
want '*"tags":\["z"\]*"backoff":{"initialMs":5,*' "$out" "the other"
pipe 2 '{"job": "k3", "request": 1}
{"job": "k4", "request": 1, "prio": 1}' submit scan --jobs
want k3 "$out" "the job before the wrong one"
want '*line 2: field prio: there is no such field; *' "$err" "the wrong field"
pipe 2 '{"job": "k5", "request": 1, "priority": 200}' submit scan --jobs
want 'jobq: line 1: field priority: a whole number from 1 to 100 is expected; *' "$err" "priority"
pipe 5 '{"job": "k 5", "request": 1}' submit scan --jobs
want 'jobq: line 1: refused by the store (400): *job*' "$err" "refused by the store"
try 0 cancel scan k3

echo "- on a terminal a bar shows the progress"
try 0 submit scan --request 1 --job b1
COLUMNS=80 TERM=xterm script -qec "$JOBQ wait scan b1" "$tmp/screen" >/dev/null </dev/null &
waiting=$!
driver 0 work scan --once --exec 'echo "jobq:progress 0.5 half" >&2; sleep 0.7; echo 1'
wait "$waiting"
want 0 $? "exit code of wait"
want '*accepted*\[##########----------\]  50 %*half*' "$(cat "$tmp/screen")" "a bar"

finish_test
