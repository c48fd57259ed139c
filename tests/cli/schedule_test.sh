#!/usr/bin/env bash
# jobq schedule: what it prints, what is refused, and that a killed store makes no job twice.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
token other --client-of scan --client you
token reader --path '/scan/job/schedules/*' --client me
export JOBQ_TOKEN_FILE=$tmp/client

echo "- add, show, next, list"
try 0 schedule add scan nightly --cron '30 2 * * *' --zone Europe/Berlin --request '{"a": 1}' --tag t
want 'next: *' "$out" "when"
try 0 schedule add scan fast --every 1s --overlap queue --catch-up all --request 1
try 0 schedule show scan nightly
want '*30 2 \* \* \* Europe/Berlin*catch-up*none*overlap*skip*request*{"a": 1}*' "$out" "the schedule"
try 0 schedule next scan nightly --times 2 --json
want 2 "$(grep -c '"at"' <<<"$out")" "times"
try 0 schedule list scan
want '*fast*every 1 s*nightly*30 2*' "$out" "the list"

echo "- what is refused, with the field"
try 5 schedule add scan bad --cron '* 24 * * *' --request 1
want "*cron: hour: '24' is not within 0..23" "$err" "a field"
try 5 schedule add scan bad --cron '0 0 30 2 *' --request 1
want '*cron: never comes*' "$err" "an expression that never comes"
try 5 schedule add scan bad --cron @daily --zone Europe/Atlantis --request 1
want '*zone: is none of the time zones*' "$err" "a zone"
try 5 schedule add scan bad --every 500ms --request 1
want '*everyMs: 1000..31536000000*' "$err" "an interval"
try 2 schedule add scan bad --request 1
want '*one of --cron and --every is needed*' "$err" "neither"
try 4 schedule show scan bad
try 3 schedule show scan nightly --token-file other
want '*belongs to another client*' "$err" "whose it is"
try 3 schedule add scan mine --every 1h --request 1 --token-file reader
want '*to submit*' "$err" "a token that may not submit"

echo "- a job at each time, once, over kill -9"
# seconds: since 1970, of the jobs that there are of "fast".
seconds() {
  "$JOBQ" list scan --all --json | grep -o '"job":"fast[^"]*"' |
    sed -E 's/.*fast.(....)(..)(..)T(..)(..)(..)Z"/\1-\2-\3T\4:\5:\6Z/' | date -f - +%s
}
for wanted in 1 2 3; do
  for _ in $(seq 400); do
    [ "$(seconds | wc -l)" -ge "$wanted" ] && break
    sleep 0.05
  done
  kill -9 "$store_pid"
  wait "$store_pid" 2>/dev/null
  start_store
done
try 0 schedule pause scan fast
made=$(seconds)
want "$(seq "$(head -1 <<<"$made")" "$(tail -1 <<<"$made")")" "$made" "each second has one job"

echo "- run now, resume, remove"
try 0 schedule run-now scan nightly --job mine
want mine "$out" "the job's id"
try 0 schedule run-now scan nightly --job mine
try 0 schedule show scan nightly --json
want '*"runs":1,"lastJob":"mine"*"lastStatus":"submitted"*' "$out" "one job"
try 0 schedule resume scan fast
try 0 schedule remove scan fast
try 4 schedule show scan fast

echo "- its jobs are followed by others, and belong to a group"
try 0 schedule add scan chain --every 1d --request '{"n": 1}' --then :after --then-failed :alarm --group chained
try 0 schedule run-now scan chain --job chained-1
try 0 status scan chained-1 --json
want '*"then":\[{"on":"complete","function":"after"},{"on":"failed","function":"alarm"}\]*' "$out" "what follows"
want '*"group":"chained"*' "$out" "its group"
try 2 schedule add scan chain --every 1d --request 1 --then ':not a name'
try 2 schedule add scan chain --every 1d --request 1 --if-unique never

echo "- a schedule ends with its token"
id=$("$JOBQ" inspect --token-file client | sed -n 's/^identifier *//p')
try 0 admin revoke "$id" --token-file operator
token client --client-of scan --client me
try 0 schedule list scan
want '*nightly*paused*its token was revoked*' "$out" "why it is paused"
try 5 schedule resume scan nightly
want '*its token was revoked; add it again*' "$err" "what to do"
finish_test
