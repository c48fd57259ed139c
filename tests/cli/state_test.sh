#!/usr/bin/env bash
# What attempts leave for the next ones and functions keep between runs: jobq work, update and state,
# over kill -9.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
export JOBQ_TOKEN_FILE=$tmp/client
work() { try 0 work scan --token-file driver --once --quiet "$@"; }
kill_store() {
  kill -9 "$store_pid"
  wait "$store_pid" 2>/dev/null
  start_store
}

echo "- a command goes on where the attempt before it was"
cat >pages.sh <<'END'
last=$(cat "$JOBQ_CHECKPOINT")
echo "after:${last:-nothing}" >>told
printf '%s' "$((${last:-0} + 3))" >"$JOBQ_CHECKPOINT"
[ "${last:-0}" -ge 6 ] || exit 75
echo '"done"'
END
try 0 submit scan --job pages --request 1 --function ocr --backoff none
for _ in 1 2; do work -- sh pages.sh; done
try 0 status scan pages
want '*checkpoint *1 bytes*' "$out" "the job"
try 0 export scan --token-file operator
want '*"checkpoint":"6"*' "$out" "the export"
kill_store
work -- sh pages.sh
want $'after:nothing\nafter:3\nafter:6' "$(cat told)" "what each attempt was given"
try 0 wait scan pages
want '"done"' "$out" "the response"
try 0 export scan --token-file operator
want 0 "$(grep -c checkpoint <<<"$out")" "checkpoints of jobs that have ended"

echo "- it is sent with progress, so that a worker that is killed loses no more than the rest"
try 0 submit scan --job killed --request 1 --function ocr --priority 100
"$JOBQ" work scan --token-file driver --once --lease 1s --exec \
  'echo half >"$JOBQ_CHECKPOINT"; echo jobq:progress 0.5 >&2; sleep 60' \
  >/dev/null 2>&1 &
worker=$!
for _ in $(seq 400); do
  "$JOBQ" status scan killed --json | grep -q '"checkpointBytes":5' && break
  sleep 0.05
done
kill -9 "$worker"
wait "$worker" 2>/dev/null
until_status scan killed retrying
work --exec 'cat "$JOBQ_CHECKPOINT"; ls "$(dirname "$JOBQ_CHECKPOINT")"'
try 0 wait scan killed
want '*half*checkpoint*state*' "$out" "what the next attempt got"

echo "- a checkpoint that the store does not take is told, and the job goes on"
try 0 submit scan --job large --request 1 --function ocr
try 0 work scan --token-file driver --once --exec 'head -c 70000 /dev/zero | tr "\0" x >"$JOBQ_CHECKPOINT"; echo 1'
want '*checkpoint: 65537 bytes, at most 65536*' "$err" "the trouble"
try 0 wait scan large
want 1 "$out" "the response"

echo "- what a function keeps is changed once, by the word that ends the attempt"
for job in a b; do
  try 0 submit scan --job "$job" --request 1 --function count
  work --exec 'cat "$JOBQ_STATE"
    printf "jobq:state %s\n" "add runs 1" "set last $JOBQ_JOB" "max high 7" "min low -7" "set gone x" "remove gone" >&2'
done
try 0 wait scan b
want '{"high":"7","last":"a","low":"-7","runs":"1"}' "$out" "what the second run was given"
kill_store
try 0 state show scan count --token-file driver
want $'high=7\nlast=b\nlow=-7\nruns=2' "$out" "what is kept"
try 0 state show scan --token-file operator --operator
want '*count *4 *' "$out" "the functions that keep something"
try 0 submit scan --job c --request 1 --function count
try 0 work scan --token-file driver --once --exec 'echo jobq:state add last 1 >&2; echo 1'
want '*state\[0\].number: last is no whole number*' "$err" "the refusal"
try 1 wait scan c
want '*bad-response*last is no whole number*' "$err" "how the job ended"

echo "- jobq update"
try 0 submit scan --job d --request 1 --function count
accepted() {
  try 0 accept scan d --token-file driver --json
  attempt=$(sed 's/.*"attempt":\([0-9]*\).*/\1/' <<<"$out")
  JOBQ_LEASE_TOKEN=$(sed 's/.*"leaseToken":"\([^"]*\)".*/\1/' <<<"$out")
  export JOBQ_LEASE_TOKEN
}
say() { try "$1" update scan d --token-file driver --attempt "$attempt" "${@:2}"; }
accepted
want '*"state":\[{"name":"high","value":"7"}*' "$out" "the accept"
say 5 --complete 1 --checkpoint x
want '*checkpoint: goes with progress, retry and release alone*' "$err" "a checkpoint with the end"
say 5 --progress 0.5 --state a=1
want '*state: goes with a word that ends the attempt alone*' "$err" "state with progress"
say 5 --complete 1 --state-add runs=9223372036854775807
want '*state\[0\].number: runs would be beyond 64 bits*' "$err" "an overflow"
say 0 --release --checkpoint 'page 5' --state-add runs=1
say 0 --release --checkpoint 'page 5' --state-add runs=1
try 0 state show scan count --token-file driver --json
want '*"name":"runs","value":"3"*' "$out" "said twice, counted once"
accepted
want '*"checkpoint":"page 5"*' "$out" "the next accept"
say 0 --complete 1 --state-remove last
say 2 --complete 1 --state-add runs=x

echo "- jobq state"
try 0 state set scan count page=7 'text=a = b' --token-file driver
want $'high=7\nlow=-7\npage=7\nruns=3\ntext=a = b' "$out" "what is kept then"
try 0 state remove scan count page --token-file driver
try 0 state remove scan count --all --token-file driver
try 0 state show scan count --token-file driver
want '' "$out" "what is kept then"
try 2 state remove scan count --token-file driver
try 2 state set scan count page --token-file driver
try 5 state set scan count 'no name=1' --token-file driver
want '*changes\[0\].name: *' "$err" "a name that is none"
try 3 state show scan count

finish_test
