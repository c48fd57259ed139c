#!/usr/bin/env bash
# jobq admin apply: a store gets what a file says, JobEngine's config.yml as it is among them.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
token all --unlimited
export JOBQ_TOKEN_FILE=$tmp/all

plan() { # plan CODE ARGUMENTS... : with the file store.yml
  local wanted=$1
  shift
  try "$wanted" admin apply store.yml "$@"
}

echo "- a file that is not there is made, and nothing is done by it"
try 0 submit scan --client me --request 1 --job waits
try 0 admin apply new.yml --prune --yes
want '*there was none*' "$err" "what is said"
want 'version: 1*port: 6010*job_keep_minutes: 60*job_timeout_minutes: 10*queues: {}' "$(cat new.yml)" "the default"
try 0 status scan waits --client me
try 0 admin apply new.yml --dry-run
want '- datasource scan: 1 jobs that wait, 0 that run, 0 that have ended; stays without --prune' "$out" "no queues"

echo "- the plan is shown, done once it is said, and empty then"
cat >store.yml <<'END'
datasources:
  scan:
    description: The scanner
    runningMax: 8
    startRate: 10/m
    terms: {timeoutMs: 600000, failuresMax: 3, backoff: {initialMs: 2000}}
    weights: [{client: alice, weight: 3}]
    functions:
      ocr:
        version: "1.2"
        documentation: Reads a page
        requestSchema: {type: object, required: [page]}
        terms: {keepForMs: 60000}
      copy:
    schedules:
      nightly:
        cron: "30 2 * * *"
        zone: Europe/Berlin
        job: {client: me, function: ocr, request: {page: 1.5}, priority: 70}
  fax:
END
plan 0 --dry-run
for line in '~ datasource scan: *runningMax: 8*terms.timeoutMs: 600000*' '+ function scan/ocr: *' \
  '+ function scan/copy: *' '+ schedule scan/nightly: *' '+ datasource fax'; do
  want "*$line*" "$out" "a line of the plan"
done
try 4 admin config fax
plan 2
want '*--yes*' "$err" "without a word nothing is done"
try 4 admin config fax
plan 0 --yes
want '*5 done' "$out" "what was done"
try 0 admin config scan
want '*timeout *10m*failures-max *3*backoff *initial=2s*running-max *8*weight *alice=3*start-rate *10/m' "$out" "the configuration"
try 0 functions show scan ocr --driver
want '*version *1.2*keep for *1m*{"type":"object","required":\["page"\]}*Reads a page*' "$out" "the function"
try 0 schedule show scan nightly --client me --json
want '*"request":{"page":1.5}*' "$out" "the schedule"
plan 0 --yes
want 'nothing to do' "$out" "again"
try 0 admin config scan --running-max 2
plan 0 --dry-run --json
want '{"change":"change","what":"datasource","name":"scan","detail":"runningMax: 2 -> 8","planned":true}' "$out" "as JSON"
plan 0 --yes --json
want '{"change":"change","what":"datasource","name":"scan",*"done":true}' "$out" "what was done, as JSON"

echo "- what is gone from the file stays, unless it is pruned"
cat >store.yml <<'END'
datasources:
  fax: {}
  scan: {runningMax: 8, functions: {copy: {}}}
END
plan 0 --yes
want '*- function scan/ocr; stays without --prune*' "$out" "a function"
try 0 functions show scan ocr --driver
try 0 schedule show scan nightly --client me
plan 0 --yes --prune
want '*- function scan/ocr; all of it is lost*' "$out" "a function"
try 4 functions show scan ocr --driver
try 0 schedule show scan nightly --client me
echo 'datasources: {fax: {}}' >store.yml
try 0 accept scan --worker w
plan 5 --yes --prune
want '*- datasource scan: 0 jobs that wait, 1 that run, 0 that have ended; all of it is lost*0 done' "$out" "jobs that run"
want '*1 jobs are running*' "$err" "why not"
try 0 status scan waits --client me
want 'running' "$("$JOBQ" admin config scan --json | sed 's/.*"mode":"\([a-z]*\)".*/\1/')" "its mode"
try 0 admin remove scan waits --force
try 0 submit scan --client me --request 1
plan 0 --yes --prune
want '*- datasource scan: 1 jobs that wait*1 done' "$out" "with its jobs"
try 4 admin config scan

echo "- on a terminal it asks"
ask() { # ask ANSWER
  SHELL=/bin/bash script -qec "$(printf '%q ' timeout 30 "$JOBQ" admin apply store.yml)" /dev/null \
    <<<"$1" >screen 2>&1
}
echo 'datasources: {fax: {}, asked: {}}' >store.yml
ask n
want '*+ datasource asked*do it? *' "$(cat screen)" "the question"
try 4 admin config asked
ask y
want '*1 done*' "$(cat screen)" "what was done"
try 0 admin config asked

echo "- JobEngine's config.yml"
cat >config.yml <<'END'
version: 1
port: 6010
job_keep_minutes: 60
job_timeout_minutes: 10
queues:
  test_queue_1:
    read:
    - service1
    - service2
    write:
    - service3
  test_queue_2:
    read:
    - service3
    write:
    - service1
    - service2
END
try 0 admin apply config.yml --yes
want '*names need --users*' "$err" "names without a file"
try 0 admin config test_queue_1
want '*keep-for *1h*lost-leases-max *1*lease *10m' "$out" "what the minutes are"
try 0 admin apply config.yml --yes --users users --data "$tmp/d"
want '*+ right service1@test_queue_1: work edit*+ right service1@test_queue_2: submit update edit*' "$out" "names"
want '*6 done' "$out" "how many"
cp users before
try 0 admin apply config.yml --yes --users users --data "$tmp/d"
want '*- datasource fax*' "$out" "nothing of JobEngine's"
cmp users before || failures=$((failures + 1))

echo "- names get what the lists say, and no more"
right() { # right NAME DATASOURCE KIND : its token, in a file of its own
  grep "\"name\":\"$1\"" users | grep -o "{\"datasource\":\"$2\"[^}]*}" |
    sed "s/.*\"$3\":\"\([^\"]*\)\".*/\1/" >right
  export JOBQ_TOKEN_FILE=$tmp/right
}
right service3 test_queue_1 client
try 0 submit test_queue_1 --request 1 --job j1
try 0 status test_queue_1 j1
right service3 test_queue_1 driver
try 3 accept test_queue_1 --worker w
try 3 list test_queue_1 --driver
try 0 status test_queue_1 j1 --driver
right service3 test_queue_1 operator
try 0 admin edit test_queue_1 j1 --priority 90
try 3 admin pause test_queue_1
right service1 test_queue_1 driver
try 0 accept test_queue_1 --worker w
try 3 accept test_queue_2 --worker w
export JOBQ_TOKEN_FILE=$tmp/all

echo "- a name that is gone"
sed -i 's/- service2/- service4/' config.yml
try 0 admin apply config.yml --yes --users users --data "$tmp/d"
want '*- name service2; stays without --prune*' "$out" "a name that is gone"
want '1' "$(grep -c service2 users)" "it stays"
try 0 admin apply config.yml --yes --prune --users users --data "$tmp/d"
want '0' "$(grep -c service2 users)" "it is gone"
try 4 admin config fax

echo "- a file that changes is applied again, unless it is wrong"
try 2 admin apply - --yes --follow
try 2 admin apply store.yml --follow
echo 'datasources: {follows: {runningMax: 1}}' >store.yml
"$JOBQ" admin apply store.yml --yes --follow >followed 2>&1 &
follower=$!
until_file '^1 done' followed
echo 'datasources: {follows: {runingMax: 2}}' >store.yml
until_file 'runingMax: there is no such field' followed
echo 'datasources: {follows: {runningMax: 2}}' >store.yml
until_file '^~ datasource follows' followed
for _ in $(seq 400); do
  [ "$(grep -c '^1 done' followed)" = 2 ] && break
  sleep 0.05
done
kill "$follower"
wait "$follower"
try 0 admin config follows
want '*running-max *2*' "$out" "what the file says now"

echo "- what is wrong is named, and nothing is done"
wrong() { # wrong TEXT LINE...
  printf '%s\n' "${@:2}" >store.yml
  plan 2 --yes --prune
  want "jobq: store.yml: $1" "$err" "${*:2}"
}
wrong 'datasources.a/b: *' 'datasources: {a/b: {}}'
wrong 'datasources.a.runingMax: there is no such field' 'datasources: {a: {runingMax: 1}}'
wrong 'datasources.a.mode: *' 'datasources: {a: {mode: paused}}'
wrong 'datasources.a.schedules.n.job.client: is missing*' 'datasources: {a: {schedules: {n: {everyMs: 5000}}}}'
wrong 'datasources.a.functions.f.cost: *' 'datasources: {a: {functions: {f: {cost: x}}}}'
wrong 'names.a.b: must be a list of submit, *' 'names: {a: {b: [read]}}'
wrong 'sources: is none*' 'sources: {}'
wrong 'job_timeout_minutes: must be 1 to 60 minutes' 'job_timeout_minutes: 61' 'queues: {}'
wrong 'version: must be 1' 'version: 2'
wrong 'queues.a.reads: is none*' 'queues: {a: {reads: [x]}}'
wrong 'queues.a.read: must be a list of names' 'queues: {a: {read: x}}'
wrong 'line *' 'queues: ['
wrong 'the file: must be names with values' '- a'
# Aliases of aliases of a long text.
bomb=("a0: &a0 $(printf '%05000d' 0)")
for i in 1 2 3 4 5; do
  name="*a$((i - 1))"
  bomb+=("a$i: &a$i [$name, $name, $name, $name, $name, $name, $name, $name, $name, $name]")
done
wrong 'line *: is too much, with what aliases stand for' "${bomb[@]}"
finish_test
