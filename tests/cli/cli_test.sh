#!/bin/bash
# The program jobq against a real store: command line, tokens, submit, wait and work.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"

echo "- command line"
try 0 --help
want '*Exit codes:*' "$out" "help"
want '*submit*work*mint*' "$out" "commands in the help"
try 0 --version
want 'jobq *' "$out" "version"
for command in submit status wait watch cancel log explain list work accept renew update peek \
  latest since catalogue mint inspect info ping top stats limits admin "admin pause" "admin resume" "admin drain" \
  "admin config" "admin datasources" "admin stats" "admin workers" "admin remove" \
  "admin restart" "admin edit" "admin redrive"; do
  # shellcheck disable=SC2086
  try 0 $command --help
  want '*Example:*' "$out" "help of $command"
done
try 2
try 2 no-such-command
want 'jobq: *--help' "$err" "hint"
try 2 status scan j1 --no-such-option
want 'jobq: *jobq status --help' "$err" "hint of a command"
try 2 status scan
try 2 status scan j1 --server-key short
want '*not 40 characters of Z85, it has 5;*' "$err" "length of the key"
try 2 status scan j1 --endpoint localhost:5555
try 2 status scan j1 --token-file "$tmp/none"
try 2 wait scan j1 --timeout soon
try 2 work scan --exec true --once --count 2

printf '\1\2\200' >"$tmp/bytes"
chmod 600 "$tmp/bytes"
try 2 status scan j1 --token-file "$tmp/bytes"
want '*neither text nor a binary macaroon' "$err" "a file of bytes"

echo "- manual pages and completion know every command and option"
try 0 man
for words in '.SS jobq submit' '.SS jobq admin key retire' '\\-\\-lost\\-leases\\-max' \
  '\\-\\-patience' '.SH MORE' 'Exit codes:'; do
  want "*$words*" "$out" "the manual page"
done
if command -v groff >/dev/null; then
  want '' "$(groff -man -Tascii -ww -z "$tmp/out" 2>&1)" "what groff says of it"
fi
pipe 0 "$("$JOBQD" --help)" man jobqd
want '.TH JOBQD 8*\\-\\-data*' "$out" "the store's manual page"
try 2 completion fish
try 0 completion bash
# completes WORD... : what may stand for the last one.
completes() {
  (
    eval "$out"
    COMP_WORDS=(jobq "$@") COMP_CWORD=$#
    _jobq
    echo "${COMPREPLY[*]}"
  )
}
want 'mint' "$(completes mi)" "a command"
want 'restart' "$(completes admin rest)" "a command of two words"
want '--label --limit*' "$(completes mint --l) $(completes list scan --l)" "options"
want '--patience' "$(completes admin pause --pat)" "an option of all commands"

echo "- no option takes an empty value, which would be a variable that is not set"
command=
options=0
while IFS= read -r line; do
  case $line in
    '.SS jobq '*)
      command=${line#.SS jobq }
      command=${command//\\-/-}
      ;;
    '\fB\-\-'*'\fI'[A-Z]*)
      option=${line#\\fB}
      option=${option%%\\fR*}
      option=${option//\\-/-}
      # shellcheck disable=SC2086
      try 2 $command "$option" ''
      want "*$option: *" "$err" "which one"
      options=$((options + 1))
      ;;
  esac
done < <("$JOBQ" man)
[ "$options" -gt 100 ] || want 'more than 100' "$options" "options tried"
while read -r option; do
  "$JOBQD" "$option" '' >"$tmp/out" 2>"$tmp/err"
  judge "$?" 2 "jobqd $option ''"
  want "*$option: *" "$err" "which one of jobqd"
done < <("$JOBQD" --help | sed -n 's/^ *\(--[a-z-]*\) [A-Z0-9].*/\1/p')

echo "- no store"
export JOBQ_ENDPOINT=ipc://$tmp/r
try 6 info --patience 1500ms
want "jobq: waiting for ipc://$tmp/r: cannot connect (does a store listen there?); $tmp/r: No such file*
*" "$err" "a line while it waits"
try 6 info --patience 1500ms --endpoint tcp://no-such-host.invalid:1
want '*; no-such-host.invalid: *' "$err" "a host that is not known"
try 6 ping
want "jobq: *; $tmp/r: No such file*" "$err" "the only line of a ping"
[ "$(wc -l <"$tmp/err")" = 1 ] || want 'one line' "$err" "a ping without a store"
JOBQ_PATIENCE=200ms try 6 info
JOBQ_PATIENCE=soon try 2 info
try 6 status scan j1 --patience 1h --patience 200ms  # the last counts
try 6 wait scan j1 --patience 200ms
try 6 submit scan --request 1 --patience 200ms

start_store
try 0 info
want '*durability*synced*' "$out" "info"
try 0 --json info
want '{*"requestEndpoints":?"ipc:*' "$out" "info as JSON"

JOBQ_TOKEN=none try 0 ping
want 'jobqd *.* answers, up for *' "$out" "ping"
try 0 ping --json
want '{*"version":*' "$out" "ping as JSON"
kill -STOP "$store_pid"
try 6 ping --patience 300ms
kill -CONT "$store_pid"

echo "- tokens"
umask 077
try 2 mint --data "$tmp/d"
want '*--unlimited*' "$err" "a token without limits"
try 2 mint --data "$tmp/d" --path '/a/*' --path '/b/*'
want '*--path given twice*' "$err" "two paths"
try 2 mint --data "$tmp/d" --client-of scan --driver-of scan
try 2 mint --data "$tmp/d" --caveat 'colour = red'
try 2 mint --data "$tmp/d" --client-of scan --expires yesterday
for option in --client-of --driver-of --operator-of; do
  try 2 mint --data "$tmp/d" $option jobs
  want "jobq: $option: 'jobs' is a word that paths use*" "$err" "mint for what is no datasource"
  try 2 mint --data "$tmp/d" $option keys
  want "jobq: $option: 'keys' is a word that paths use*" "$err" "mint for what is none any more"
done
try 2 mint --data "$tmp/d" --expires 1h --client alice
want '*no limit of paths*--unlimited*' "$err" "limits, but none of paths"
try 2 mint --data "$tmp/d" --path '/*'
try 2 mint --data "$tmp/d" --client-of scan --unlimited
try 0 mint --data "$tmp/d" --expires 1h --unlimited
for path in '/*/job/*' '/sc*n/job/*' '/scan/**' /scan '/jobs/scan/nothing' /scan/job/list/x \
  '/admin/keys/*/retire' '/jobs/scan/no*' 'scan/*' '/kv/*/job' /kv; do
  try 2 mint --data "$tmp/d" --path "$path"
  try 2 attenuate --path "$path" "$("$JOBQ" mint --data "$tmp/d" --unlimited)"
done
for path in '/scan/*' '/scan*' '/scan/job/*' /scan/job /scan/job/list/ '/jobs/*' '/admin/k*' '/sub/scan/job' \
  '/cat' '/jobs/scan/since/*' '/scan/job/j1*' '/kv/scan/job/alice/*' /kv/scan.server/take; do
  try 0 mint --data "$tmp/d" --path "$path"
done
try 2 mint --data "$tmp/none" --client-of scan
token alice --client-of scan --client alice --expires 1h
want '' "$err" "minting says nothing else"
JOBQ_DATA=$tmp/d try 0 mint --client-of scan --client alice --label first -o "$tmp/out.token"
want '' "$out$err" "minting to a file"
JOBQ_DATA=$tmp/d try 0 mint --client-of scan --client alice --label second -o "$tmp/out.token"
want 600 "$(stat -c %a "$tmp/out.token")" "mode of the file"
try 0 inspect --token-file "$tmp/out.token"
want '*second*' "$out" "the file is replaced"
try 2 attenuate --datasource admin --token-file "$tmp/alice"
want "jobq: --datasource: 'admin' is a word that paths use*" "$err" "the same of attenuate"
try 2 mint --data "$tmp/d" --unlimited -o "$tmp"
token bob --client-of scan --client bob --expires 1h
token any --client-of scan
token driver --driver-of scan --expires 1h
token operator --operator --expires 1h
token all --unlimited
try 0 inspect --token-file "$tmp/alice"
want '*only as client alice*in 60 min*' "$out" "inspect"
try 0 inspect --data "$tmp/d" --json "$(cat "$tmp/alice")"
want '*"client":"alice"*"signature":"good"*' "$out" "inspect as JSON"
pipe 0 "$(cat "$tmp/all")" inspect -
want '*everything*never*' "$out" "inspect of an unlimited token"
try 2 inspect nonsense

echo "- submit, status, list"
export JOBQ_TOKEN_FILE=$tmp/alice
try 0 submit scan --request '{"page": 1}'
first=$out
want '????????-????-4???-????-????????????' "$first" "id"
try 0 submit scan --request '{"page": 2}' --job two --priority 60 --keep-for 2h
want two "$out" "given id"
try 0 submit scan --request '{"page": 2}' --job two --priority 60 --keep-for 2h --json
want '*"job":"two"*"created":false*' "$out" "submit again"
want 'jobq: two was there already' "$err" "what is said of it"
for option in '--keep-for 0s' '--timeout 0' '--valid-for 0s' '--failures-max 0' \
  '--backoff jitter=0.2'; do
  # shellcheck disable=SC2086
  try 2 submit scan --request 1 $option
done
pipe 2 '{"request": 1, "client": ""}' submit scan --jobs
pipe 2 '{"request": 1, "request": 2}' submit scan --jobs
want '*field request: it stands there twice*' "$err" "a field twice"
{
  printf '\357\273\277'
  cat "$tmp/alice"
} >"$tmp/marked"
try 0 status scan two --token-file "$tmp/marked"
JOBQ_TOKEN=$(cat "$tmp/alice") try 0 status scan two
want '*JOBQ_TOKEN is used, and JOBQ_TOKEN_FILE is not*' "$err" "two places of a token"
try 2 submit scan --request 1 --job unsent --ticket --wait
want 'jobq: --ticket does not go with --wait*' "$err" "what does not go together"
try 4 status scan unsent
try 5 submit scan --request '{"page": 3}' --job two
want 'jobq: refused by the store (409)*' "$err" "other content"
try 0 status scan "$first"
want '*client*alice*status*submitted*' "$out" "status"
try 0 status scan two --json --client alice
want '{"job":"two","client":"alice","status":"submitted",*"priority":60*"keepForMs":7200000*}' "$out" "status as JSON"
try 4 status scan nobody
for word in cancel count events list j1/log; do
  for command in status cancel explain wait log; do
    try 2 $command scan "$word"
    want "jobq: JOB: '$word' *" "$err" "$command with what is no id"
  done
done
try 2 list jobs
want "jobq: DSID: 'jobs' is a word that paths use, and no id*" "$err" "a datasource that cannot be"
try 2 submit scan --request '{"page": }'
want '*line 1, column 10*' "$err" "position of the error"
pipe 2 '{' submit scan -
pipe 0 '{"page": 3}' submit scan - --job three
try 2 submit scan
try 2 submit scan --request-file "$tmp/none"
try 2 submit scan --request 1 --priority 101
try 2 submit scan --request 1 --delay 36600d
want "jobq: --delay: '36600d' is not within 0s to 36525d" "$err" "a long time is one"
try 5 submit scan --request 1 --job list
want '*jobs?0].job: is a word that paths use, and no id' "$err" "a job that cannot be"
for command in "submit scan --request 1" "list scan" "status scan two" "explain scan two" \
  "cancel scan two" "log scan two" "watch scan two"; do
  # shellcheck disable=SC2086
  try 2 $command --client bob
  want 'jobq: --client bob: the token is for client alice alone' "$err" "another client"
done
pipe 2 '{"request": 1, "client": "bob"}' submit scan --jobs
want 'jobq: line 1: --client bob: the token is for client alice alone; *' "$err" "in a line"
try 0 list scan
want "JOB*CLIENT*$first*two*three*" "$out" "list"
try 0 list scan --limit 1 --json
want "{\"job\":\"$first\"*" "$out" "list as JSON"
want 'jobq: 1 of 3 shown, oldest first; for more: --after *, --limit N or --all' "$err" "more"
try 0 list scan --after "$(printf '%s' "$err" | sed 's/.*--after \([0-9]*\),.*/\1/')"
want "JOB*two*three*" "$out" "the rest"
want '' "$err" "nothing more"
try 0 list scan --limit 1 --text '"page"'
want 'jobq: 1 shown, oldest first; there may be more: --after *' "$err" "more of a search"
try 0 list scan --limit 3
want '' "$err" "all three"
try 0 count scan
want 3 "$out" "count"
try 0 count scan --status complete --json
want '{"count":0}' "$out" "count as JSON"
try 0 count scan --text '"page": 3'
want 1 "$out" "count of a search"
try 3 count scan --driver
try 0 list scan --status complete,failed --json
want '' "$out" "nothing is complete"
try 2 list scan --status "done"
pipe 0 "$(seq 600)" submit scan --lines --client alice
want 600 "$(printf '%s\n' "$out" | sort -u | wc -l)" "ids of the lines"
try 0 list scan --all --json
want 603 "$(printf '%s\n' "$out" | wc -l)" "all jobs"
pipe 2 '1
{
2' submit scan --lines
want 1 "$(printf '%s\n' "$out" | wc -l)" "the line before the wrong one"
want '*line 2: not JSON*' "$err" "the wrong line"

echo "- tokens that do not do"
try 3 list scan --token-file "$tmp/driver"
want "*'/scan/job/list*jobq mint --data DIR --client-of scan --client NAME" "$err" "what would do"
try 3 peek scan
want "*'/jobs/scan/*jobq mint --data DIR --driver-of scan" "$err" "what would do"
try 3 admin pause scan
want "*'/admin/scan/pause*jobq mint --data DIR --operator" "$err" "what would do"
try 3 status scan two --token-file "$tmp/bob"
try 3 submit other --request 1
try 3 stats
try 3 status scan two --token nonsense
flipped=$(sed 's/.$//; s/\(.*\)\(....\)$/\1AAAA/' "$tmp/alice")
try 3 status scan two --token "$flipped"
try 3 work scan --exec cat --once
for command in "submit scan --request 1" "list scan" "explain scan two" "status scan two"; do
  # shellcheck disable=SC2086
  try 5 $command --token-file "$tmp/any"
  want '*(400): *client: must not be empty; *say --client NAME' "$err" "which option says it"
done
try 0 stats --token-file "$tmp/operator"
want '*jobsLive*' "$out" "stats"
try 0 list scan --driver --limit 1 --json --token-file "$tmp/driver"
want "{\"job\":\"$first\"*" "$out" "list for drivers"
try 0 status scan two --driver --token-file "$tmp/driver"

echo "- wait and work"
work() {
  try 0 work work --token-file "$tmp/worker" "$@"
}
token worker --driver-of work --expires 1h
token carol --client-of work --client carol --expires 1h
JOBQ_TOKEN_FILE=$tmp/carol
try 0 submit work --request '{"n": 1}' --job w1
try 7 wait work w1 --timeout 200ms
want 'jobq: job w1 is submitted after*' "$err" "not final"
work --exec 'cat; echo note >&2' --once
want '* w1 client carol attempt 1 complete*' "$err" "log line"
try 0 wait work w1
want '{"n": 1}' "$out" "response"
try 0 status work w1 --json
want '*"status":"complete"*"response":{"n": 1}}' "$out" "response in JSON"

try 0 submit work --request 2 --job w2 --failures-max 1
work --exec 'echo first >&2; echo no such page >&2; exit 3' --once --quiet
want '' "$err" "quiet"
try 1 wait work w2
want 'jobq: job w2 is failed: exit-3: no such page' "$err" "failure"
try 0 status work w2
want '*exit-3: no such page*detail*first*' "$out" "detail"

try 0 submit work --request 3 --job w3
# shellcheck disable=SC2016
work --exec 'echo "$JOBQ_DATASOURCE $JOBQ_JOB $JOBQ_CLIENT $JOBQ_ATTEMPT ${JOBQ_TOKEN_FILE-none}"' \
  --count 1
try 0 wait work w3
want '"work w3 carol 1 none"' "$out" "environment, and text as a JSON string"

try 0 submit work --request 4 --job w4 --failures-max 1
# shellcheck disable=SC2016
work --exec 'kill -9 $$' --once
try 1 wait work w4 --json
want '*"status":"failed"*"code":"signal-9"*' "$out" "signal"

try 0 submit work --request 5 --job w5
work --exec 'head -c 2000000 /dev/zero' --once
try 1 wait work w5
want '*response-too-large*' "$err" "too large"

(sleep 0.5; "$JOBQ" work work --exec 'tr a-z A-Z' --once --token-file "$tmp/worker" 2>/dev/null) &
try 0 submit work --request '"abc"' --wait=20s
want '"ABC"' "$out" "submit --wait"
wait $!
try 7 submit work --request 7 --job w7 --wait=300ms
try 7 submit work --request 7 --job w7 --wait 300ms
try 7 submit work --request 7 --job w7 --wait=300ms --json
want '*"created":false*' "$out" "submit --wait --json says whether it made the job"
try 2 submit work --wait soon --request 7
try 2 submit work --request 7 --wait=soon

echo "- a command that cannot be run ends its worker, never a job"
try 0 submit work --request 1 --job x1 --failures-max 1
for command in ./tpyo /etc/passwd; do
  try 2 work work --token-file "$tmp/worker" --exec "$command" --threads 2
  want "jobq: the command cannot be run: *$command: *; its job is handed back, and this worker ends*" \
    "$err" "the reason"
done
try 0 status work x1 --json
want '*"status":"submitted"*"failures":0,*"releases":2*' "$out" "a job that nothing happened to"
work --exec cat --drain
try 0 wait work x1

echo "- a worker ends after so many jobs, or when no job may run"
pipe 0 "$(seq 8)" submit work --lines
work --exec cat --threads 3 --count 6
want 6 "$(grep -c ' complete ' "$tmp/err")" "six jobs of three threads"
work --exec cat --threads 3 --drain
want 2 "$(grep -c ' complete ' "$tmp/err")" "the rest"
work --exec cat --drain
want '' "$err" "an empty queue"

echo "- the store's end and return do not disturb a wait"
try 0 submit work --request 10 --job w10 --priority 100
(sleep 0.3; "$JOBQ" work work --exec 'sleep 2; cat' --once --token-file "$tmp/worker" 2>/dev/null) &
worker=$!
(
  sleep 1
  kill "$store_pid"
) &
killer=$!
timeout 30 "$JOBQ" wait work w10 >"$tmp/waited" &
waiting=$!
wait "$killer"
wait "$store_pid"
start_store
wait "$waiting"
want 0 "$?" "exit code of the wait"
want 10 "$(cat "$tmp/waited")" "response after the restart"
wait "$worker"

finish_test
