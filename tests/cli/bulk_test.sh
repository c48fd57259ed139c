#!/bin/bash
# Lists that are sorted and filtered, what is done to all jobs that match, and the pause of the store.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
umask 077
token any --client-of scan
token driver --driver-of scan
token operator --operator
token narrow --operator-of scan --function ocr
export JOBQ_TOKEN_FILE=$tmp/any

submit() {
  local job=$1
  shift
  try 0 submit scan --request 1 --job "$job" --client bob "$@"
}
operator() {
  local wanted=$1
  shift
  try "$wanted" --token-file "$tmp/operator" "$@"
}
listed() {
  local expected=$1
  shift
  try 0 list scan --client bob --json "$@"
  want "$expected" "$(printf '%s\n' "$out" | sed -n 's/^{"job":"\([^"]*\)".*/\1/p' | tr '\n' ' ')" "$*"
}

submit a --function ocr --tag page=7 --priority 10
submit b --function ocr-fast --tag page=17 --priority 90
submit c --function mail --key k --unique u
submit d --delay 1h

echo "- lists"
listed "a b " --function 'ocr*'
listed "b " --function 'ocr-????'
listed "a b " --tag 'page=*7'
listed "c " --key k
listed "c " --unique u
listed "" --key other
listed "a b c d " --submitted-since 1h
listed "" --submitted-before 1h
listed "" --started-since 1h
listed "d c b a " --sort submitted-down
listed "b d c a " --sort priority-down
listed "a c d b " --sort priority --all
listed "b c a " --sort service
listed "b c " --sort service --limit 2
listed "d c " --sort submitted-down --limit 2
listed "b d " --sort priority-down --limit 2 --total
want '*--behind 50:4*4 in all' "$err" "where it goes on, and how many there are"
listed "c a " --sort priority-down --behind 50:4
try 0 count scan --client bob --function 'o*'
want 2 "$out" "a count by a pattern"
try 2 list scan --client bob --sort size
try 2 list scan --client bob --sort priority --behind 50
try 2 list scan --client bob --behind 50:4
try 2 list scan --client bob --sort service --total
try 2 list scan --client bob --ended-since soon
try 5 list scan --client bob --function 'o r'

echo "- a dry run, and all that match"
operator 2 admin cancel scan
operator 0 admin cancel scan --function 'ocr*' --dry-run
want '*a *bob*b *bob*' "$out" "the first ones"
want '*2 would be cancelled' "$err" "how many"
listed "a b c d " --status submitted
operator 0 admin edit scan --tag 'page=*' --priority 60
want 'a changed
b changed' "$out" "edited"
want '*2 changed' "$err" "edited"
operator 2 admin edit scan --tag x --request 1
operator 2 admin edit scan --tag x
operator 2 admin edit scan a --tag x --priority 1
operator 0 admin cancel scan --function 'ocr*'
want 'a cancelled
b cancelled' "$out" "cancelled"
operator 0 admin cancel scan --function 'ocr*'
want '*0 cancelled' "$err" "again"
listed "a b " --status cancelled --sort ended
operator 0 admin redrive scan --status cancelled --function ocr --dry-run
want '*1 would be restarted' "$err" "a redrive, dry"
operator 0 admin redrive scan --status cancelled --function ocr
want 'a restarted as *' "$out" "a redrive"
operator 0 admin remove scan --ended-since 1h --json
want '{"job":"a",*{"job":"b",*' "$out" "removed"
try 4 status scan a --client bob

echo "- by force"
try 0 accept scan --token-file "$tmp/driver" --worker w --lease 1m
operator 5 admin remove scan c
want '*(409): job: is *; cancel it first, or force it' "$err" "not final"
operator 0 admin remove scan d --force
want removed "$out" "one that waits"
operator 0 admin remove scan --all
want '*0 removed' "$err" "none has ended"
operator 0 admin remove scan --all --force
want '*2 removed' "$err" "what waits and what runs"
listed ""
try 3 admin remove scan --all --token-file "$tmp/narrow"

echo "- the store's pause"
submit p
operator 0 admin pause
want 'the store is paused' "$out" "paused"
try 0 accept scan --token-file "$tmp/driver" --worker w
want '' "$out" "nothing is handed out"
kill "$store_pid" && wait "$store_pid"
start_store
try 0 explain scan p --client bob
want '*he store is paused*' "$out" "explained, after a restart"
operator 0 stats --json
want '*"isPaused":true*' "$out" "told"
operator 0 admin resume --json
want '{"isPaused":false,"order":"work"}' "$out" "resumed"
try 0 accept scan --token-file "$tmp/driver" --worker w --json
want '{"job":"p",*' "$out" "handed out"
lease_token=$(printf '%s' "$out" | sed 's/.*"leaseToken":"\([^"]*\)".*/\1/')

echo "- history"
driver 0 update scan p --attempt 1 --complete 1 --lease-token "$lease_token"
operator 0 stats history scan --json
want '{"at":"*","submitted":*,"complete":1,*"waiting":*,"running":0,"waitP50Ms":*' "$out" "minutes"
try 0 stats history scan --driver --token-file "$tmp/driver" --hours 2
want 'FROM *COMPLETE*WAIT 50 / 95 / 99 %*' "$out" "hours"
operator 0 stats history scan --function other --json
want '' "$out" "of a function that is none"
operator 0 top scan --once --interval 0s
want '*complete, last 60 min: *█ at most 1 a minute*' "$out" "a line of it"
kill "$store_pid" && wait "$store_pid"
start_store
operator 0 stats history scan --json
want '{"at":"*"complete":1,*' "$out" "kept over a restart"
operator 2 stats history scan --hours 2 --minutes 3
try 3 stats history scan
submit p2
driver 0 accept scan --worker w

echo "- a datasource is dropped"
submit q
operator 2 admin drop scan
want '*scan: 1 jobs that wait, 1 that run, 1 that have ended; *--yes' "$err" "nothing without a word"
operator 5 admin drop scan --yes
want '*1 jobs are running; wait for them, or --force' "$err" "not while jobs run"
submit r
"$JOBQ" watch scan --driver --jsonl --token-file "$tmp/driver" >"$tmp/watched" 2>&1 &
watcher=$!
until_file '"job":"r"' "$tmp/watched"
operator 0 admin drop scan --yes --force
want 'dropped, with 4 jobs' "$out" "dropped"
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
"$JOBQ" --token-file "$tmp/operator" admin drop scan --yes >/dev/null 2>&1  # which it may have made anew
operator 4 admin stats scan
operator 0 admin datasources
want 'DATASOURCE *' "$out" "none is left"
case $out in *scan*) want '' "$out" "it is not listed" ;; esac
kill "$store_pid" && wait "$store_pid"
want '*: sound' "$("$JOBQD" --verify "$tmp/d" 2>&1)" "what is on disk"
start_store
operator 4 admin drop scan --yes
submit p
listed "p "
finish_test
