#!/usr/bin/env bash
# Tokens against a real store: the page about them, discharges, and `jobq inspect --against` with
# the store's own answers.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
umask 077
page=$(cd "$(dirname "$0")/../.." && pwd)/docs/capabilities.md

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
cd "$tmp" || exit 1

echo "- every command of docs/capabilities.md, in its order"
cat >page.sh <<'END'
jobq() {
  timeout 30 "$JOBQ" "$@"
  local code=$?
  echo "$code $*" >>codes
  return "$code"
}
END
# Each piece in a shell as a new user has it.
# shellcheck disable=SC2016
sed -n '/^ *```sh$/,/^ *```$/{s/^ *```sh$/(umask 022/;s/^ *```$/)/;p}' "$page" | sed "s|--data DIR|--data $tmp/d|" >>page.sh
bash page.sh >page.out 2>page.err </dev/null
want 22 "$(wc -l <codes)" "commands that the page has"
want "5 inspect --against POST /scan/job/j1/cancel --token-file look.token
3 status scan j1 --token-file guarded.token" "$(grep -v '^0 ' codes)" "those that are refused"
want "*refused: caveat 'status-only' allows reading a job's status only*" "$(cat page.out)" \
  "what the page quotes"
want '*a third-party caveat has no discharge*' "$(cat page.err)" "without discharge"
for token in alice scan operator j1 look read worker session; do
  want '*signature   good*' "$("$JOBQ" inspect --data d --token-file "$token.token")" "$token.token"
done

echo "- narrowing needs neither store nor keys"
pipe 0 "$(cat alice.token)" attenuate --endpoint "ipc://$tmp/nowhere" --job j1 -
printf '%s' "$out" >piped.token
try 0 status scan j1 --token-file piped.token
try 0 attenuate --datasource scan --method get --target jobqd --job j1 --client alice \
  --status-only --priority 5 --bytes 100 --waiting 3 --rate 5/s --rate 100/d --expires 1h \
  --caveat 'time < 2999-01-01' --token-file alice.token
try 0 inspect "$out"
for words in 'paths that start with /scan/job/' 'GET requests' 'at store jobqd' \
  'about job j1' 'priority 5 or less' 'at most 100 bytes' '3 jobs waiting' '5 jobs in each second' \
  '100 jobs in each day' 'until 2999-01-01'; do
  want "*$words*" "$out" "what inspect says"
done

echo "- a label"
try 0 mint --data d --client-of scan --client alice --label alice-laptop
printf '%s' "$out" >labelled.token
try 0 attenuate --method GET --token-file labelled.token
try 0 inspect --data d "$out"
want '*identifier  k1.*.alice-laptop*label       alice-laptop*signature   good*' "$out" "inspect"
try 0 submit scan --job labelled --request 1 --token-file labelled.token
try 0 admin usage --token-file operator.token
want '*.alice-laptop *' "$out" "usage"
try 0 inspect "MDAwZWxvY2F0aW9uIAowMDEwaWRlbnRpZmllciAKMDAxN2NpZCBwYXRoID0gL2t2L3gvKgowMDE1Y2lkIG1ldGhvZCA9I\
EdFVAowMDEzY2lkIHRhcmdldCA9IHMKMDAyZnNpZ25hdHVyZSBQPR6BqgA6Rh1uDEieIhxPG4jJL7PTVIXzkDyAHq_RrQo="
want '*identifier  arbiter.*.kv-x*label       kv-x*' "$out" "a token of databox's arbiter"
try 2 mint --data d --client-of scan --label 'alice laptop'
want '*1-32 characters*' "$err" "no label"

echo "- what cannot be"
try 2 attenuate --token-file alice.token
want '*no caveat given*' "$err" "nothing to add"
try 2 attenuate --bytes 1k --token-file alice.token
want "*'bytes <= 1k' is malformed*as in 'bytes <= *" "$err" "a malformed caveat"
try 2 attenuate --caveat 'colour = red' --token-file alice.token
want "*there is no caveat 'colour = red'*" "$err" "an unknown caveat"
try 2 attenuate --client bob --token-file alice.token
want "*'client = bob' contradicts caveat 'client = alice'" "$err" "two clients"
try 2 attenuate --job j1 --token-file session.token
want '*bind them' "$err" "a token with discharges"
try 2 attenuate --job j1 alice.token
want '*write --token-file alice.token' "$err" "a file in place of a token"
try 2 inspect --against '' --token-file alice.token
try 2 inspect --against 'FETCH /scan/job/j1' --token-file alice.token
try 2 inspect --against 'GET /scan/job/j1' --job j2 --token-file alice.token
try 2 mint --data d
try 2 keygen worker.secret
want '*File exists' "$err" "no key is overwritten"
want 600 "$(stat -c %a worker.secret)" "mode of a secret key"

echo "- secrets that others can read"
cp shared.key open.key
chmod 644 open.key
third=(--third-party https://login.example --identifier 'user = bob')
try 2 attenuate "${third[@]}" --key-file open.key --token-file alice.token
want '*chmod 600 open.key' "$err" "a key"
cp alice.token open.token
chmod 644 open.token
try 0 inspect --token-file open.token
want '*warning*chmod 600 open.token' "$err" "a token"

echo "- discharges"
status() {
  try "$1" status scan j1 --token-file "$2"
}
try 0 discharge --key-file shared.key --expires 5m --token-file guarded.token
printf '%s' "$out" >both.token
status 0 both.token
printf '%s %s' "$(cat guarded.token)" "$(cat login.discharge)" >unbound.token
status 3 unbound.token
want '*a discharge is not bound to it' "$err" "unbound"
head -c 32 /dev/urandom | base64 >foreign.key
try 0 discharge --key-file foreign.key --token-file guarded.token
printf '%s' "$out" >foreign.token
status 3 foreign.token
want '*or a discharge is not bound to it' "$err" "made with another key"
try 0 attenuate --expires 1h --token-file alice.token
try 0 attenuate "${third[@]/bob/alice}" --key-file shared.key "$out"
printf '%s' "$out" >other.token
printf '%s %s' "$(cat other.token)" "$(cut -d ' ' -f 2 session.token)" >moved.token
status 3 moved.token
want '*or a discharge is not bound to it' "$err" "bound to another token"
printf '%s %s' "$(cat alice.token)" "$(cut -d ' ' -f 2 session.token)" >surplus.token
status 3 surplus.token
want '*a discharge belongs to no third-party caveat' "$err" "surplus"
printf '%s %s' "$(cat session.token)" "$(cut -d ' ' -f 2 session.token)" >twice.token
status 3 twice.token
want '*two discharges have the same identifier' "$err" "twice"
try 0 discharge --key-file shared.key --client bob --token-file guarded.token
printf '%s' "$out" >bob.token
status 3 bob.token
want "*'client = bob' contradicts caveat 'client = alice'" "$err" "a discharge for another client"
try 2 discharge --bind login.discharge --token-file alice.token
try 2 discharge --bind login.discharge --token-file session.token
try 2 discharge --bind login.discharge --expires 1m --token-file guarded.token

echo "- what has expired"
past=$(($(date +%s) - 10))
try 0 attenuate --caveat "time < $past" --token-file alice.token
printf '%s' "$out" >old.token
status 3 old.token
want "*caveat 'time < $past' has expired" "$err" "an expired token"
try 0 inspect --token-file old.token
want '*every request is refused: it has expired*' "$out" "what inspect says"
try 0 attenuate --job j1 --token-file old.token
want '*has expired at*' "$err" "narrowing it"
try 0 discharge --key-file shared.key --caveat "time < $past" --token-file guarded.token
printf '%s' "$out" >late.token
status 3 late.token
want "*caveat 'time < $past' has expired" "$err" "an expired discharge"

echo "- inspect --against and the store say the same"
# agree REQUEST COMMAND... : with the token in $token.
agree() {
  local request=$1 said
  shift
  "$JOBQ" inspect --against "$request" --token-file "$token" >said 2>/dev/null
  said="$? $(sed 's/^allowed$//; s/^refused: //' said)"
  timeout 30 "$JOBQ" "$@" --token-file "$token" >/dev/null 2>answer </dev/null
  answered="$? $(sed -n 's/^jobq: refused by the store (40[13]): token: //p' answer | sed 's/; a token for it: .*//')"
  case $answered in
    "3 "*) answered="5 ${answered#3 }" ;;
    *) answered="0 ${answered#* }" ;;
  esac
  # A CURVE key may have characters of patterns, which mean themselves here.
  want "$(sed 's/[][*?\\]/\\&/g' <<<"$said")" "$answered" \
    "$token, $request: the store's answer is not what inspect says"
  pairs=$((pairs + 1))
  [ "${said%% *}" = 0 ] && allowed=$((allowed + 1))
}

make() {
  local name=$1 from=$2
  shift 2
  try 0 attenuate "$@" --token-file "$from"
  printf '%s' "$out" >"$name"
}
make job-list.token alice.token --path /scan/job/list
make post.token alice.token --method post
make elsewhere.token alice.token --path '/scan/job/j2*'
make stats.token scan.token --path /jobs/scan/stats
make watcher.token operator.token --status-only
pairs=0 allowed=0
for token in alice.token scan.token operator.token j1.token look.token read.token worker.token \
  session.token guarded.token surplus.token old.token late.token bob.token job-list.token post.token \
  elsewhere.token stats.token watcher.token; do
  agree 'POST /scan/job/' submit scan --job j1 --request '{"page": 1}'
  agree 'GET /scan/job/j1/' status scan j1
  agree 'GET /scan/job/j2/' status scan j2
  agree 'GET /scan/job/j1/log' log scan j1
  agree 'GET /scan/job/list' list scan
  agree 'GET /scan/job/count' count scan
  agree 'POST /scan/job/j1/cancel' cancel scan j1
  agree 'GET /jobs/scan/list' list scan --driver
  agree 'GET /jobs/scan/latest' latest scan
  agree 'GET /admin/stats' stats
  agree 'POST /admin/scan/pause' admin pause scan
  agree 'GET /status' info
done
want 216 "$pairs" "requests asked"
want 51 "$allowed" "requests allowed"

finish_test
