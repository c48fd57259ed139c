#!/bin/bash
# What drivers and operators can do from the command line: single calls, requests as a series, the
# modes and limits of datasources, jobs that need a hand, and what is counted.
# shellcheck disable=SC2016
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
umask 077
token any --client-of scan
token alice --client-of scan --client alice
token driver --driver-of scan
token operator --operator
token scan_operator --operator-of scan
export JOBQ_TOKEN_FILE=$tmp/any

submit() {
  local job=$1 client=$2
  shift 2
  try 0 submit scan --request 1 --job "$job" --client "$client" "$@"
}
operator() {
  local wanted=$1
  shift
  try "$wanted" --token-file "$tmp/operator" "$@"
}

echo "- rights"
try 3 admin pause scan
driver 3 admin pause scan
driver 3 top
try 3 peek scan
try 3 admin config scan --driver
try 2 admin
try 2 admin frobnicate
want "*no command 'frobnicate'; see jobq admin --help" "$err" "hint"
try 2 admin stats --driver

echo "- configuration"
operator 4 admin config scan
operator 0 admin config scan --description 'pages' --running-max 8 --timeout 10m --weight alice=2
want '*description *pages*timeout *10m*running-max *8*weight *alice=2*' "$out" "a new datasource"
operator 0 admin config scan --running-max 0 --backoff initial=2s --keep-for 1d --json
want '{"datasource":"scan","description":"pages","mode":"running","terms":{"keepForMs":86400000,*' \
  "$out" "the rest stays"
want '*"timeoutMs":600000,*"initialMs":2000,*"weights":\[{"client":"alice","weight":2}\]}' "$out" \
  "the rest stays"
submit g1 bob
try 0 status scan g1 --client bob --json
want '*"keepForMs":86400000,*"timeoutMs":600000,*"initialMs":2000,*' "$out" "terms of a new job"
driver 0 admin config scan --driver --weight alice=1 --backoff 0 --timeout 0 --description 0
want '*keep-for *1d*' "$out" "by a driver"
case $out in *weight* | *backoff* | *timeout* | *description*) want '' "$out" "taken back" ;; esac
operator 0 admin config scan --reset --priority 60 --json
want '{"datasource":"scan","mode":"running","priority":60,"terms":{}}' "$out" "reset"
operator 0 admin config scan --reset
operator 2 admin config scan --weight alice
want "*--weight: 'alice' is not CLIENT=N with N from 1 to 100" "$err" "a weight"
operator 2 admin config scan --weight alice=101
operator 2 admin config scan --lease 50ms
want '*--lease*100ms to 1h*' "$err" "a lease"
operator 2 admin config scan --failures-max 1001
operator 2 admin config scan --priority 101
operator 2 admin config scan --backoff 'factor=0'
try 0 admin config scan --token-file "$tmp/scan_operator"
try 3 admin config other --token-file "$tmp/scan_operator"

echo "- catalogue"
token catalogue --path /cat
catalogue() {
  local wanted=$1
  shift
  try "$wanted" catalogue --token-file "$tmp/catalogue" "$@"
}
driver 3 catalogue
want '*; a token for it: jobq mint --data DIR --path /cat' "$err" "which token is missing"
catalogue 0
want 'DATASOURCE *' "$out" "nothing is registered"
item='{"href":"tcp://drv-core-store:5555/kv/scan","item-metadata":[
  {"rel":"urn:X-hypercat:rels:hasDescription:en","val":"the scanner"},
  {"rel":"urn:X-hypercat:rels:isContentType","val":"application/json"},
  {"rel":"urn:X-databox:rels:hasVendor","val":"Acme"},{"rel":"urn:X-databox:rels:hasType","val":"scanner"},
  {"rel":"urn:X-databox:rels:hasDatasourceid","val":"scan"},
  {"rel":"urn:X-databox:rels:isActuator","val":true},
  {"rel":"urn:X-jobq:rels:hasDefaults","val":{"runningMax":5,"terms":{"timeoutMs":60000}}}]}'
operator 0 admin config scan --lease 1m
printf '%s' "$item" >"$tmp/item"
catalogue 0 --register "$tmp/item"
want '*description *the scanner*timeout *1m*lease *1m*running-max *5*' "$out" "what was configured stays"
pipe 0 "$item" catalogue --register - --token-file "$tmp/catalogue" --json
want '{"datasource":"scan",*"runningMax":5,"item":{"href":"tcp://drv-core-store:5555/kv/scan",*}}' "$out" \
  "registered again"
catalogue 0
want '*scan *yes *scanner *Acme *tcp://drv-core-store:5555/kv/scan*' "$out" "a registered datasource"
operator 0 admin config scan --reset
kill "$store_pid" && wait "$store_pid"
start_store
catalogue 0 --json
want '{"catalogue-metadata":\[*\],"items":\[{"href":"tcp://drv-core-store:5555/kv/scan",*"val":true},*\]}\]}' \
  "$out" "the catalogue after a restart"
pipe 2 '{' catalogue --register - --token-file "$tmp/catalogue"
want '*the item is not JSON: *' "$err" "what is no JSON"
pipe 5 '{"href":"tcp://a/kv/scan","item-metadata":[]}' catalogue --register - \
  --token-file "$tmp/catalogue"
want '*(400): item.item-metadata: no rel is a hasDescription' "$err" "what is no item"

echo "- single calls of a driver"
driver 0 peek scan
want '*g1*bob*' "$out" "peek"
driver 0 accept scan --lease 5m --worker w --json
want '{"job":"g1","attempt":1,"leaseToken":"M*","leaseUntil":"20*"client":"bob",*"request":1}' "$out" "accept"
driver 0 accept scan
want '' "$out" "there is no other"
driver 0 renew scan g1 --attempt 1 --lease 9m
want 'lease until *(in 9 min)' "$out" "renew"
driver 5 renew scan g1 --attempt 2
want '*(409): the lease is not held' "$err" "renew of another attempt"
driver 0 update scan g1 --attempt 1 --progress 0.5 --message half
driver 0 update scan g1 --attempt 1 --log error --message 'page 6 is empty'
for wrong in 1.5 0x1p-1 nan -0.1 +0.5 1e-1 0,5; do
  driver 2 update scan g1 --attempt 1 --progress "$wrong"
  want "jobq: --progress: '$wrong' is no decimal number from 0 to 1*" "$err" "a share that is none"
done
driver 2 update scan g1 --attempt 1 --progress 1 --fail x
driver 2 update scan g1 --attempt 1
driver 2 update scan g1 --attempt 1 --complete '{'
driver 2 update scan g1 --attempt 1 --complete 1 --delay 1s
driver 5 update scan g1 --attempt 1 --cancelled
driver 5 update scan g1 --attempt 2 --complete 1
try 3 update scan g1 --attempt 1 --complete 1 --token-file "$tmp/driver"
want '*(403): lease.token: is not what the accept of this attempt answered; *--lease-token*' "$err" "without proof"
try 3 update scan g1 --attempt 1 --release --lease-token other --token-file "$tmp/driver"
want '*answered' "$err" "with another's proof"
try 0 status scan g1 --client bob
want '*progress *50 %  half*log lines *1*' "$out" "progress and log"
driver 0 cancel scan g1 --driver
driver 0 renew scan g1 --attempt 1
want '*cancel requested' "$out" "a cancel is told"
driver 0 update scan g1 --attempt 1 --cancelled
want cancelled "$out" "cancelled"
submit g2 bob
driver 0 accept scan
driver 0 update scan g2 --attempt 1 --retry no-network --message 'cable?' --delay 1h
want 'retrying, not before *' "$out" "retry with a delay"
operator 0 admin restart scan g2
want g2 "$out" "a job that waits runs now, under its id"
driver 0 accept scan
driver 0 update scan g2 --attempt 2 --forbid not-yours
driver 0 update scan g2 --attempt 2 --forbid not-yours
want forbidden "$out" "the same word again"

echo "- one job by its name"
submit n1 bob
submit n2 bob
driver 0 accept scan n2 --worker w
want 'n2 attempt 1 of client bob,*' "$out" "out of turn"
driver 5 accept scan n2 --worker other
want '*(409)*' "$err" "it runs already"
driver 4 accept scan nobody
driver 0 update scan n2 --attempt 1 --complete 1

echo "- requests as a series"
driver 0 latest scan --json
want '{"sequence":*"kind":"job","job":{"job":"n2",*"request":1*}}' "$out" "latest"
sequence=$(printf '%s' "$out" | sed 's/{"sequence":\([0-9]*\),.*/\1/')
driver 0 since scan "$((sequence - 1))" --json
want '{"sequence":'"$sequence"',*n2*' "$out" "after a cursor"
driver 0 since scan 0 --all --json
want '*"job":"g1"*"kind":"cancel","job":{"job":"g1"*"job":"n2"*' "$out" "all, with the cancel"
driver 0 since scan 10m
want '*ASKS FOR*g1*bob*n2*' "$out" "from a time on"
driver 0 since scan 2099-01-01T00:00:00Z --json
want '' "$out" "nothing in the future"
driver 2 since scan yesterday
driver 0 accept scan
driver 0 update scan n1 --attempt 1 --complete 1

echo "- pause, resume, drain"
operator 0 admin pause scan
want paused "$out" "pause"
submit m1 bob
driver 0 accept scan
want '' "$out" "a paused datasource hands nothing out"
driver 75 accept scan m1
want '*(503)*' "$err" "nor by name"
try 0 explain scan m1 --client bob
want '*The datasource is paused.*' "$out" "explain a pause"
operator 0 admin resume scan
want running "$out" "resume"
operator 0 admin drain scan
want draining "$out" "drain"
try 75 submit scan --request 1 --client bob
want '*(503)*' "$err" "a draining datasource takes nothing in"
driver 0 accept scan
want 'm1 *' "$out" "it hands out"
driver 0 update scan m1 --attempt 1 --complete 1
operator 0 admin resume scan --json
want '{"datasource":"scan","mode":"running",*' "$out" "resume as JSON"

echo "- limits of what waits"
operator 0 admin config scan --waiting-max 2 --waiting-per-client-max 1
submit q1 bob
try 75 submit scan --request 1 --client bob
want 'jobq: refused by the store (429): *' "$err" "one client's"
submit q2 alice
pipe 75 '1
' submit scan --lines --client carol
want 'jobq: line 1: refused by the store (429): *' "$err" "all clients'"
pipe 75 "$(seq 500)" submit scan --lines --client carol
want 'jobq: line 1: *jobq: line 2: *jobq: line 3: *jobq: 500 lines are refused, 0 are taken' "$err" \
  "many are said in one line"
want 4 "$(printf '%s\n' "$err" | wc -l)" "lines about them"
operator 0 admin config scan --reset

echo "- how many run at once"
operator 0 admin config scan --running-max 1
driver 0 accept scan --worker w
want 'q1 *' "$out" "the first"
driver 0 accept scan --worker v
want '' "$out" "no second"
driver 75 accept scan q2 --worker v
want '*(429)*' "$err" "nor by name"
try 0 explain scan q2 --client alice --json
want '*"kind":"concurrency"*"count":1*' "$out" "explain the limit"
driver 0 update scan q1 --attempt 1 --complete 1
driver 0 accept scan --worker v
want 'q2 *' "$out" "the next"
driver 0 update scan q2 --attempt 1 --complete 1
operator 0 admin config scan --reset

echo "- turns and weights"
operator 0 admin config scan --weight alice=2
for number in 1 2 3; do
  submit "wa$number" alice
  submit "wb$number" bob
done
driver 0 accept scan --max 6 --worker w --json
want "a a b a b b " \
  "$(printf '%s\n' "$out" | sed 's/{"job":"w\(.\).*/\1/' | tr '\n' ' ')" "alice has two in a row"
for job in wa1 wa2 wa3 wb1 wb2 wb3; do driver 0 update scan $job --attempt 1 --fail broken; done

echo "- restart, redrive, remove, edit"
operator 0 admin restart scan wa1 --id again
want again "$out" "the child's id"
operator 0 admin restart scan wa1
want again "$out" "restarted once"
try 0 status scan again --client alice --json
want '*"parent":"wa1"*' "$out" "the child knows its parent"
try 0 status scan wa1 --client alice
want '*restarted as *again*' "$out" "the parent its child"
operator 0 admin redrive scan --client alice
want 'wa2 restarted as *
wa3 restarted as *' "$out" "redrive by client"
want '*2 restarted' "$err" "redrive counts"
operator 0 admin redrive scan --limit 1 --json
want '{"job":"*","client":"bob","status":"submitted",*"parent":"wb1"*' "$out" "redrive as JSON"
operator 0 admin redrive scan --status cancelled,failed
want 'g1 restarted as *
wb2 restarted as *
wb3 restarted as *' "$out" "redrive by status"
operator 2 admin redrive scan --status complete
operator 0 admin remove scan wb2
want removed "$out" "remove"
try 4 status scan wb2 --client bob
operator 4 admin remove scan wb2
operator 0 admin edit scan again --priority 90 --valid-for 1h --request '{"n": 2}' --json
want '*"job":"again",*"priority":90,*"expiresAt"*' "$out" "edit"
driver 0 peek scan --json
want '*"job":"again"*"request":{"n": 2}}}' "$out" "its new request comes first"
operator 2 admin edit scan again
operator 2 admin edit scan again --request '{'
operator 5 admin edit scan wa1 --priority 1
want '*(409)*' "$err" "an ended job is not edited"

echo "- statistics and workers"
submit o1 bob --function ocr
driver 0 accept scan --function ocr --worker clerk --lease 10m
operator 0 admin workers scan
want '*WORKER*HEARD*clerk*1*o1 for * ocr*' "$out" "workers"
driver 0 admin workers scan --driver --json
want '*{"worker":"clerk",*"running":1,"leases":\[{"job":"o1","attempt":1,"function":"ocr",*' "$out" \
  "workers as JSON"
driver 0 update scan o1 --attempt 1 --retry broken --delay 1h
operator 0 admin stats scan
want '*FUNCTION*SUBMITTED*RUNS*ERRORS*OLDEST*(none)*ocr  *1  *1  *0 *(all)*' "$out" "by function"
driver 0 admin stats scan --driver --json
want '{"datasource":"scan",*"functions":\[*{"function":"ocr","waiting":1,*"errors":1,*' "$out" \
  "by function as JSON"
operator 0 admin stats
want '*DATASOURCE*MEAN RUN*scan *' "$out" "all datasources"
operator 0 admin datasources
want '*scan *running*' "$out" "datasources"
operator 0 stats --json
want '{"requests":*' "$out" "the store's counters"

echo "- top"
operator 0 top --once --interval 0
want '*DATASOURCE*SUBMIT/S*scan *running* -  *' "$out" "a first look has no rates"
(for number in $(seq 20); do "$JOBQ" submit scan --request 1 --client bob; done) >/dev/null &
submitting=$!
operator 0 top scan --interval 1s --json
wait "$submitting"
want '{"time":"20*"datasources":\[{"datasource":"scan",*"perSecond":{"submitted":[1-9]*' "$out" \
  "rates"
want '*"workers":\[{"worker":"clerk",*' "$out" "workers in it"
driver 0 top scan --driver --once --interval 10ms
want '*DATASOURCE*FUNCTION*MEAN WAIT*ocr*WORKER*clerk*' "$out" "one datasource"
operator 2 top --interval 1ms
TERM=xterm timeout 3 script -qec "$JOBQ top --interval 200ms --token-file $tmp/operator" \
  "$tmp/screen" >/dev/null 2>&1 </dev/null
want '*all datasources*every 200 ms*DATASOURCE*scan*DATASOURCE*scan*' "$(cat "$tmp/screen")" \
  "a live view"

finish_test
