#!/usr/bin/env bash
# Jobs that wait for others: what is submitted, refused and told, and that no kill loses or doubles one.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
token both --unlimited --client me
token mail --client-of mail --client me
export JOBQ_TOKEN_FILE=$tmp/client

echo "- after: waits, is explained, gets the responses"
try 0 submit scan --job a --request 1
try 0 submit scan --job b --request 2
try 0 submit scan --job c --after a --after-any b --request 3
try 0 explain scan c
want 'It waits for a, b.*' "$out" "why it waits"
try 0 status scan c --json
want '*"after":*"job":"a"*"status":"submitted"*' "$out" "what it waits for"
try 0 cancel scan b
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --count 2 --exec 'echo "{\"n\": 7}"'
try 0 wait scan a c
want $'a  complete\nc  complete' "$out" "several that are waited for"
try 0 status scan c
want '*after*a complete, b cancelled (any end)*' "$out" "how they ended"
try 1 wait scan b a

try 0 flow scan c
want $'c  complete\n|-- a  complete\n`-- any end of b  cancelled' "$out" "the tree"
try 0 flow scan c --dot
want 'digraph flow {*"b" -> "c" \[style=dashed\];*}' "$out" "the graph"
try 0 flow scan c --json
want '*"waitingJob":"c"*' "$out" "as JSON"
try 4 flow scan nobody

echo "- a worker has the responses of those that its job waited for"
line='{"job": "h", "after": [{"job": "a"}, {"job": "b", "anyEnd": true}], "request": 4,
  "then": [{"function": "next", "request": {"n": 1.50}}]}'
pipe 0 "$(tr -d '\n' <<<"$line")" submit scan --jobs --json
want '*"created":true*' "$out" "it is new"
try 0 status scan h --json
want '*"then":\[{"on":"complete","function":"next","request":{"n": 1.50}}\]*' "$out" "its follow-up as it was written"
try 0 accept scan --token-file "$tmp/driver" --json
want '*"after":\[{"job":"a","status":"complete","response":{"n": 7}},{"job":"b","anyEnd":true,"status":"cancelled"}\]*' \
  "$out" "who accepts it"
lease=$(sed -n 's/.*"leaseToken":"\([^"]*\)".*/\1/p' <<<"$out")
try 0 update scan h --attempt 1 --release --lease-token "$lease" --token-file "$tmp/driver"
JOBQ_TOKEN_FILE=$tmp/driver try 0 work scan --count 1 --exec 'cat "$JOBQ_AFTER"'
try 0 wait scan h
want '\[{"job":"a","status":"complete","response":{"n": 7}},{"job":"b","anyEnd":true,"status":"cancelled"}\]' "$out" \
  "its command"

echo "- one that fails lets those fail that wait for it"
try 0 submit scan --job d --request 1
try 0 submit scan --job e --after d --request 1
try 0 submit scan --job f --after e --request 1
try 0 cancel scan d
try 1 wait scan f
want '*job f is failed: dependency*waited for e to be complete, which is failed*' "$err" "why"

echo "- what is refused"
try 5 submit scan --job g --after nobody --request 1
want '*after\[0\].job: nobody is unknown*' "$err" "an unknown one"
try 2 submit scan --job g --after 'a b' --request 1
want "*--after: 'a b'*" "$err" "what is no id"
try 0 submit mail --job m --request 1 --token-file mail
try 3 submit scan --job g --after mail/m --request 1
want '*to wait for mail/m*' "$err" "another datasource"
try 0 submit scan --job g --after mail/m --request 1 --token-file both

echo "- a list is taken whole or not at all"
printf '%s\n' '{"job": "l1", "request": 1}' '{"job": "l2", "request": 1, "after": [{"job": "l0"}]}' >list
pipe 5 "$(cat list)" submit scan --jobs --atomic
want '*line 1: *atomic: not submitted, since jobs\[1\] is refused*' "$err" "the others"
try 4 status scan l1
sed -i s/l0/l1/ list
pipe 0 "$(cat list)" submit scan --jobs --atomic
want $'l1\nl2' "$out" "all of it"
seq 1025 >many
pipe 2 "$(cat many)" submit scan --lines --atomic
want '*more than 1024 lines; nothing is submitted*' "$err" "too many"
printf '1\n{\n' >broken
pipe 2 "$(cat broken)" submit scan --lines --atomic
try 2 submit scan --atomic --request 1

echo "- groups"
try 2 wait scan
want '*give a JOB, or --group*' "$err" "neither"
try 2 wait scan --group album
want "*there is no job of 'album'*" "$err" "none of it"
for i in 1 2 3 4; do try 0 submit scan --group album --function page --job "g$i" --request "$i"; done
try 0 submit scan --job other --function page --request 1
try 0 list scan --group album --json
want '*"job":"g1"*"group":"album"*' "$out" "listed"
want 4 "$(wc -l <<<"$out")" "all of it, and no other"
try 0 count scan --group album
want 4 "$out" "counted"
try 0 status scan g1
want '*group * album*' "$out" "told"
try 7 wait scan --group album --timeout 10ms
want '4 submitted' "$out" "not in time"
try 0 cancel scan g4
JOBQ_TOKEN_FILE=$tmp/driver "$JOBQ" work scan --function page --count 2 --exec cat 2>/dev/null
try 7 wait scan --group album --timeout 10ms --json
want '{"group":"album","jobs":4,"submitted":1,"complete":2,"cancelled":1}' "$out" "how they stand"
try 2 cancel scan g1 --group album
try 0 cancel scan --group album --wait=10s
want '1 cancelled, 0 requested of those that have them' "$out" "the rest is cancelled"
try 1 wait scan --group album
want '2 complete, 2 cancelled' "$out" "how they ended"
try 0 status scan other
want '*submitted*' "$out" "no other is"
try 0 cancel scan other

echo "- over kill -9"
for i in $(seq 40); do
  [ "$i" = 1 ] && after=() || after=(--after "k$((i - 1))")
  [ $((i % 10)) = 0 ] && { kill -9 "$store_pid"; wait "$store_pid" 2>/dev/null; start_store; }
  "$JOBQ" submit scan --job "k$i" --function k "${after[@]}" --request "$i" >/dev/null || echo "k$i: not submitted"
done
JOBQ_TOKEN_FILE=$tmp/driver "$JOBQ" work scan --function k --count 40 --exec 'cat >>ran; echo >>ran; echo 1' 2>/dev/null &
work=$!
for _ in 1 2 3; do
  sleep 0.3
  kill -9 "$store_pid"
  wait "$store_pid" 2>/dev/null
  start_store
done
try 0 wait scan k40 --timeout 60s
wait "$work"
want "$(seq 40)" "$(uniq ran)" "in order, each once, but for those that a kill took from their worker"
finish_test
