#!/usr/bin/env bash
# When and where jobs run: labels of workers, rates of starts, ageing, and groups that end first.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
export JOBQ_TOKEN_FILE=$tmp/client

echo "- labels"
try 0 submit scan --job wants --request 1 --label gpu,host=a
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --drain --label gpu --exec 'echo 1'
try 0 status scan wants
want '*status *submitted*labels *gpu host=a*' "$out" "what it wants"
try 0 explain scan wants
want '*o worker that has gpu and host=a waits for jobs*' "$out" "what is missing"
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --drain --label host=a --label gpu --exec 'echo 1'
try 0 wait scan wants
try 5 submit scan --request 1 --label 'a b'

echo "- rates of starts, and ageing"
JOBQ_TOKEN_FILE=$tmp/operator
try 5 admin config scan --start-rate 10
want '*startRate: must be N/U*' "$err" "no rate"
try 2 admin config scan --function-rate ocr
want '*is not FUNCTION=N/U*' "$err" "of no function"
try 2 admin config scan --ageing 10ms
try 0 admin config scan --start-rate 1/h --function-rate ocr=5/m --key-start-rate 2/s --ageing 10m
want '*start-rate *1/h*function-rate *ocr=5/m*key-start-rate *2/s*ageing *10m*' "$out" "the rates"
JOBQ_TOKEN_FILE=$tmp/client
try 0 submit scan --job r1 --request 1
try 0 submit scan --job r2 --request 1
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --drain --exec 'echo 1'
try 0 wait scan r1
try 0 explain scan r2
want '*1 job of the datasource has begun, as many as may (1/h)*' "$out" "why it waits"
JOBQ_TOKEN_FILE=$tmp/operator try 0 admin config scan --start-rate 0 --ageing 0
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --drain --exec 'echo 1'
try 0 wait scan r2

echo "- after a group"
try 0 submit scan --job g1 --group album --request 1
try 0 submit scan --job g2 --group album --request 1
try 0 submit scan --job sum --after-group album --request 1
try 0 explain scan sum
want 'It waits for 2 jobs of the group album*' "$out" "why it waits"
try 5 submit scan --group album --after-group album --request 1
want "*afterGroup: is the job's own group*" "$err" "its own group"
("$JOBQ" watch scan --group album >watched 2>&1; echo "code $?" >>watched) &
watcher=$!
until grep -q '0 of 2 ended: 2 submitted' watched 2>/dev/null; do sleep 0.05; done
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --count 1 --exec 'echo 1'
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --count 1 --exec 'exit 3'
try 0 cancel scan g2
wait "$watcher"
want '*2 of 2 ended: 1 complete, 1 cancelled*code 1*' "$(cat watched)" "how the group ended"
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --drain --exec 'echo 1'
try 0 wait scan sum
try 2 watch scan --group nobody
finish_test
