#!/usr/bin/env bash
# How a worker ends, and what it does with commands and their processes then, against a real store.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
umask 077

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
work() {
  try 0 work work --token-file "$tmp/worker" "$@"
}
token worker --driver-of work --expires 1h
token carol --client-of work --client carol --expires 1h
export JOBQ_TOKEN_FILE=$tmp/carol

echo "- a worker that is told to end finishes what runs"
pipe 0 "$(seq 4)" submit work --lines
"$JOBQ" work work --exec 'sleep 1; cat' --threads 2 --name w --token-file "$tmp/worker" \
  2>"$tmp/work.err" &
worker=$!
sleep 0.5
kill -TERM "$worker"
wait "$worker"
want 0 "$?" "exit code of a drained worker"
want 2 "$(grep -c ' complete ' "$tmp/work.err")" "jobs finished while draining"

echo "- a second signal stops what runs, and releases it to another worker"
try 0 submit work --request 9 --job w9 --priority 100
"$JOBQ" work work --token-file "$tmp/worker" \
  --exec 'trap "echo stopped >&2; exit 0" TERM; echo jobq:log info on >&2; sleep 60 & wait' \
  2>"$tmp/work.err" &
worker=$!
until_log work w9
kill -INT "$worker"
until_file 'the next signal stops it' "$tmp/work.err"
kill -INT "$worker"
wait "$worker"
want 130 "$?" "exit code of a worker that was stopped"
want '*w9 client carol attempt 1 submitted after * the worker was stopped*' \
  "$(cat "$tmp/work.err")" "log of a released job"
work --exec 'echo again' --once
try 0 wait work w9
want '"again"' "$out" "done by the next worker"
try 0 status work w9 --json
want '*"attempt":2,"failures":0,"lostLeases":0,"releases":1*"ending":"released"*' "$out" "a release"

echo "- a third signal kills, and the job is handed back at no cost"
try 0 submit work --request 12 --job w12 --priority 100
"$JOBQ" work work --token-file "$tmp/worker" --lease 1s \
  --exec 'trap "" TERM; echo jobq:log info on >&2; while :; do sleep 1; done' 2>"$tmp/work.err" &
worker=$!
until_log work w12
kill -INT "$worker"
until_file 'the next signal stops it' "$tmp/work.err"
kill -TERM "$worker"
until_file 'the next signal kills it' "$tmp/work.err"
kill -INT "$worker"
wait "$worker"
want 130 "$?" "exit code of a killed worker"
work --exec 'echo again' --once
try 0 status work w12 --json
want '*"attempt":2,"failures":0,"lostLeases":0,"releases":1*"ending":"released"*' "$out" "a release"

echo "- a worker whose terminal hangs up finishes what runs"
try 0 submit work --request 13 --job w13 --priority 100
"$JOBQ" work work --token-file "$tmp/worker" --exec 'echo jobq:log info on >&2; sleep 1; cat' \
  2>"$tmp/work.err" &
worker=$!
until_log work w13
kill -HUP "$worker"
wait "$worker"
want 0 "$?" "exit code after SIGHUP"
want '*w13 * complete *' "$(cat "$tmp/work.err")" "finished"

echo "- a worker whose log nobody reads goes on"
pipe 0 "$(seq 3)" submit work --lines
timeout 30 "$JOBQ" work work --token-file "$tmp/worker" --count 3 --exec 'sleep 0.2; cat' 2>&1 |
  head -n 1 >"$tmp/head.out"
want 0 "${PIPESTATUS[0]}" "exit code of a worker that is not read"

echo "- processes that leave the command's group and session are killed too"
try 0 submit work --request 14 --job w14 --priority 100
work --once --exec \
  "setsid sh -c 'echo \$\$ >$tmp/left; exec sleep 61' >/dev/null 2>&1 & until [ -s $tmp/left ]; do sleep 0.1; done"
want '' "$(ls -d "/proc/$(cat "$tmp/left")" 2>/dev/null)" "what made itself a session"

echo "- a command whose lease is lost is stopped"
try 0 submit work --request 11 --job w11 --priority 100
"$JOBQ" work work --exec 'echo started >&2; sleep 60' --once --lease 1s \
  --token-file "$tmp/worker" 2>"$tmp/work.err" &
worker=$!
sleep 0.5
kill -STOP "$store_pid"
sleep 2.5
kill -CONT "$store_pid"
wait "$worker"
# The store, which was away itself, may have kept the lease, and takes the job back then.
want '*w11 client carol attempt 1 * after * s: *started*' "$(cat "$tmp/work.err")" \
  "log of a lost lease"
work --exec cat --once
try 0 wait work w11
want 11 "$out" "response of the second attempt"

echo "- a worker that is killed is missed long before its lease is over"
try 0 submit work --request 15 --job w15 --function killed
"$JOBQ" work work --token-file "$tmp/worker" --function killed --lease 10m \
  --exec 'echo jobq:log info on >&2; sleep 60' 2>"$tmp/work.err" &
worker=$!
until_log work w15
kill -KILL "$worker"
wait "$worker" 2>/dev/null
work --function killed --exec 'echo instead' --once
try 0 status work w15 --json
want '*"attempt":2,*"lostLeases":1,*"ending":"lease-lost"*' "$out" "a worker that was killed"
try 0 wait work w15
want '"instead"' "$out" "done by the next worker at once"

echo "- a worker that only comes back loses nothing, also when the store was killed"
try 0 submit work --request 16 --job w16 --priority 100
"$JOBQ" work work --token-file "$tmp/worker" --once --quiet \
  --exec 'echo jobq:log info on >&2; sleep 6; echo same' 2>"$tmp/work.err" &
worker=$!
until_log work w16
kill -KILL "$store_pid"
wait "$store_pid" 2>/dev/null
start_store
wait "$worker"
want 0 "$?" "exit code of a worker whose store was killed"
try 0 status work w16 --json
want '*"attempt":1,*"lostLeases":0*"response":"same"*' "$out" "the attempt of a worker that came back"

finish_test
