#!/usr/bin/env bash
# Commands that run for long, and that hang under a worker that lives.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
export JOBQ_TOKEN_FILE=$tmp/client

# until_flagged JOB PATTERN
until_flagged() {
  for _ in $(seq 400); do
    out=$("$JOBQ" status scan "$1" --json)
    # shellcheck disable=SC2254
    case $out in $2) return ;; esac
    sleep 0.05
  done
  echo "FAILED: $1 is not flagged: $out"
  failures=$((failures + 1))
}

echo "- a command that hangs under a live worker is flagged, and goes on"
try 0 submit scan --job hangs --request 1 --slow-after 300ms --stall-after 300ms
"$JOBQ" work scan --token-file driver --once --lease 1s --exec \
  'until [ -e go ]; do sleep 0.1; done; echo jobq:progress 0.5 >&2; until [ -e end ]; do sleep 0.1; done; echo 1' \
  >work.out 2>&1 &
worker=$!
until_flagged hangs '*"isSlow":true*"isStalled":true*'
try 0 list scan --flagged
want '*hangs*accepted, slow, stalled*' "$out" "the list"
try 0 explain scan hangs
want '*(slow)*(stalled)*' "$out" "the explanation"
try 0 admin stats scan --token-file operator --json
want '*"slow":1*"stalled":1*' "$out" "the statistics"
sleep 2 # the lease is renewed
try 0 status scan hangs
want '*accepted, slow, stalled*' "$out" "the job"
touch go
until_flagged hangs '*"progress":0.5*'
touch end
wait "$worker"
want 0 $? "the worker"
try 0 status scan hangs --json
want '*"status":"complete"*"attempt":1*' "$out" "the job"
want 0 "$(grep -c isSlow <<<"$out")" "flags of a job that has ended"
try 0 list scan --flagged
want 0 "$(grep -c hangs <<<"$out")" "lines of jobs that are flagged"

echo "- or fails, and is run again"
try 0 submit scan --job fails --request 1 --stall-after 500ms --stall-fails --backoff none
try 0 work scan --token-file driver --once --kill-after 1s --exec 'sleep 60'
try 0 work scan --token-file driver --once --exec 'echo 2'
try 0 status scan fails --json
want '*"status":"complete"*"failures":1*' "$out" "the job"
want '*stalled*without progress for 0.5 s*' "$out" "the attempt that hung"

echo "- a job that is handed back for too long fails"
try 0 submit scan --job deferred --request 1 --defer-max 300ms
try 0 work scan --token-file driver --once --quiet --exec 'exit 76'
sleep 0.5
try 0 work scan --token-file driver --once --quiet --exec 'exit 76'
until_status scan deferred failed
try 1 wait scan deferred
want '*deferred*' "$err" "why"

finish_test
