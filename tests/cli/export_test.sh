#!/bin/bash
# Jobs of a datasource from one store to another, which has other keys: all states, under load, and
# with kills on the way.
# shellcheck disable=SC2016
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"

# store NAME: starts it, or starts it again, and lets the commands that follow mean it.
store() {
  tmp_of_store=$tmp/$1
  mkdir -p "$tmp_of_store"
  export JOBQ_ENDPOINT=ipc://$tmp_of_store/r
  "$JOBQD" --data "$tmp_of_store/data" --request "ipc://$tmp_of_store/r" \
    --driver "ipc://$tmp_of_store/w" --status "ipc://$tmp_of_store/s" --no-curve \
    >>"$tmp_of_store/log" 2>&1 &
  store_pid=$!
  "$JOBQ" info --patience 20s >/dev/null || {
    cat "$tmp_of_store/log"
    exit 1
  }
}
mint() { "$JOBQ" mint --data "$tmp_of_store/data" "$@"; }
kill_store() {
  kill -9 "$1"
  wait "$1" 2>/dev/null
}
# The lines without what is another store's: the places in its event log.
same_anywhere() { sed 's/"sequence":[0-9]*,"changed":[0-9]*,//' "$1"; }

umask 077
store one
first_pid=$store_pid
trap 'kill $first_pid 2>/dev/null; clean_up' EXIT
mint --client-of scan >"$tmp/any"
mint --driver-of scan >"$tmp/driver"
mint --operator-of scan >"$tmp/operator"
export JOBQ_TOKEN_FILE=$tmp/any
submit() { try 0 submit scan --client alice --job "$@"; }

echo "- a job in each state"
submit waits --request '{"page": 1}' --tag a4 --tag colour --priority 70 --function ocr --keep-for 1d
submit delayed --request 2 --delay 9h --valid-for 20h
for job in complete failed forbidden retrying released cancelled running stopping; do
  submit "$job" --request "[\"$job\"]" --priority 90
done
for job in complete failed forbidden retrying released running stopping; do
  driver 0 accept scan "$job" --worker w
done
driver 0 update scan complete --attempt 1 --progress 0.5 --message half
driver 0 update scan complete --attempt 1 --complete '{"n": 12345678901234567890.10}'
driver 0 update scan failed --attempt 1 --fail exit-1 --message 'no paper'
driver 0 update scan forbidden --attempt 1 --forbid not-yours
driver 0 update scan retrying --attempt 1 --retry jam --delay 5h
driver 0 update scan released --attempt 1 --release --delay 6h
try 0 cancel scan cancelled --client alice
try 0 cancel scan stopping --client alice

echo "- rights"
try 3 export scan
pipe 3 '{"job":"x"}' import scan
try 3 export scan --token-file "$tmp/driver"
try 3 export print --token-file "$tmp/operator"

echo "- under load"
# Until it is told to stop.
(
  n=0
  while [ ! -e "$tmp/enough" ]; do
    n=$((n + 1))
    printf '{"job":"load%s.%s","client":"bob","request":%s}\n' "$n" 1 1 "$n" 2 2 "$n" 3 3 "$n" 4 4 |
      "$JOBQ" submit scan --jobs
  done
) >"$tmp/submitted" 2>"$tmp/load.err" &
load=$!
until [ -s "$tmp/submitted" ]; do kill -0 "$load" || exit 1; sleep 0.05; done
cp "$tmp/submitted" "$tmp/before"
try 0 export scan --token-file "$tmp/operator"
touch "$tmp/enough"
wait "$load"
want '' "$(cat "$tmp/load.err")" "the load"
cp "$tmp/out" "$tmp/loaded"
sed 's/{"job":"\([^"]*\)".*/\1/' "$tmp/loaded" | sort >"$tmp/exported"
want '' "$(uniq -d "$tmp/exported")" "jobs that are in it twice"
want '' "$(sort "$tmp/before" | comm -23 - "$tmp/exported")" "jobs from before that are not in it"

echo "- the states, as JSON"
try 0 export scan --client alice --token-file "$tmp/operator"
cp "$tmp/out" "$tmp/alice"
want 10 "$(wc -l <"$tmp/alice")" "lines of one client"
want '*{"job":"complete",*"attempts":\[{"attempt":1,"worker":"w",*"ending":"complete"}\],"content":"*","request":\["complete"\],"response":{"n": 12345678901234567890.10}}*' \
  "$out" "a complete job"
try 0 export scan --status failed,forbidden --token-file "$tmp/operator"
want '*{"job":"failed",*"error":{"code":"exit-1","message":"no paper"},*{"job":"forbidden",*' \
  "$out" "by status"

echo "- import into another store, which is killed on the way"
store two
mint --operator-of scan >"$tmp/operator2"
mint --client-of scan >"$tmp/any2"
mint --driver-of scan >"$tmp/driver"
import() {
  timeout 60 "$JOBQ" import scan --token-file "$tmp/operator2" "$@" >"$tmp/out" 2>"$tmp/err"
  judge "$?" "$wanted" "jobq import $*"
}
total=$(wc -l <"$tmp/loaded")
half=$((total / 2))
wanted=0
head -n "$half" "$tmp/loaded" >"$tmp/lines"
import <"$tmp/lines"
want "$half imported, 0 were there, 0 are over, 0 are refused" "$out" "the first half"
timeout 60 "$JOBQ" import scan --token-file "$tmp/operator2" <"$tmp/loaded" >"$tmp/killed" 2>&1 &
importing=$!
kill_store "$store_pid"
store two
wait "$importing"
import <"$tmp/loaded"
want "*0 are over, 0 are refused" "$out" "the rest"
import <"$tmp/loaded"
want "0 imported, $total were there, 0 are over, 0 are refused" "$out" "all once more"
kill_store "$store_pid"
store two
try 0 export scan --token-file "$tmp/operator2"
cp "$tmp/out" "$tmp/moved"
want "$total" "$(wc -l <"$tmp/moved")" "jobs after the kill"
moves='"job":"\(running\|stopping\)"'
same_anywhere "$tmp/loaded" | grep -v "$moves" >"$tmp/loaded.same"
same_anywhere "$tmp/moved" | grep -v "$moves" >"$tmp/moved.same"
want '' "$(diff "$tmp/loaded.same" "$tmp/moved.same")" "what differs"
want '*"job":"running",*"status":"submitted",*"attempt":1,*"ending":"undelivered"*' \
  "$(grep running "$tmp/moved")" "a job that a worker had"
want '*"job":"stopping",*"status":"cancelled",*' "$(grep stopping "$tmp/moved")" "a cancel"

echo "- they are jobs like others"
export JOBQ_TOKEN_FILE=$tmp/any2
submit waits --request '{"page": 1}' --tag a4 --tag colour --priority 70 --function ocr --keep-for 1d
want '*waits was there already*' "$err" "a repeated submit is recognised"
try 5 submit scan --client alice --job waits --request 7
driver 0 accept scan running --worker w2
want 'running attempt 2 of client alice,*' "$out" "a second attempt"
driver 0 update scan running --attempt 2 --complete 1

echo "- lines that are none"
wanted=5
sed -n '/"job":"waits"/s/"content":".\{4\}/"content":"abcd/p' "$tmp/loaded" >"$tmp/lines"
import <"$tmp/lines"
want '*jobq: line 1: refused by the store (409): job: this id is taken by a job with other content*' \
  "$err" "another job's id"
want '0 imported, 0 were there, 0 are over, 1 are refused' "$out" "a refusal is counted"
wanted=2
printf '%s\n\n{"job":"x","priority":"high"}\n' \
  "$(sed -n '/"job":"waits"/s/waits/new/p' "$tmp/loaded")" >"$tmp/lines"
import --json <"$tmp/lines"
want '{"imported":1,"known":0,"over":0,"refused":0}' "$out" "what was before it"
want '*jobq: line 3: field priority: a whole number from 0 to 4294967295 is expected; nothing from there on is imported' \
  "$err" "the line and the field"
wanted=5
sed -n '/"job":"waits"/s/"priority":70/"priority":101/p' "$tmp/loaded" | sed s/waits/new2/ >"$tmp/lines"
import <"$tmp/lines"
want '*line 1: refused by the store (400): priority: 1..100*' "$err" "a limit"
sed -n '/"job":"complete"/s/"finishedAt":"20[0-9]*/"finishedAt":"2001/p' "$tmp/loaded" |
  sed s/complete\",\"client/old\",\"client/ >"$tmp/lines"
wanted=0
import <"$tmp/lines"
want '0 imported, 0 were there, 1 are over, 0 are refused' "$out" "a job whose time is over"

finish_test
