#!/usr/bin/env bash
# jobq webhook: jobs' requests as posts, against a real store and receivers on loopback.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
here=$(cd "$(dirname "$0")" && pwd)
umask 077

receivers=()
posting=
end_all() {
  [ -n "$posting" ] && kill -KILL "$posting" 2>/dev/null
  for receiver in "${receivers[@]}"; do kill "$receiver" 2>/dev/null; done
  clean_up
}
trap end_all EXIT

# receive NAME OPTIONS... : a receiver with its directory $tmp/NAME; its port is in $port.
receive() {
  mkdir "$tmp/$1"
  cp "$tmp/secret" "$tmp/$1/secret"
  : >"$tmp/$1/posts"
  python3 "$here/webhook_receiver.py" "$tmp/$1" "${@:2}" 2>"$tmp/$1/errors" &
  receivers+=($!)
  until_file . "$tmp/$1/port"
  port=$(cat "$tmp/$1/port")
}
# post CODE OPTIONS... : a driver that ends when there is nothing to do.
post() {
  try "$1" webhook --token-file "$tmp/driver" --secret-file "$tmp/secret" --drain "${@:2}"
}
# begin_posting OPTIONS... : one that goes on.
begin_posting() {
  "$JOBQ" webhook --token-file "$tmp/driver" --secret-file "$tmp/secret" "$@" 2>"$tmp/posting.err" &
  posting=$!
}
end_posting() {
  kill "-$1" "$posting"
  wait "$posting" 2>/dev/null
  posting=
}
# a job JOB that posts to URL, with more options.
submit() {
  try 0 submit webhook --job "$1" --function "$2" --request '{"page": 1}' "${@:3}"
}
# The posts, without the backslashes of JSON within JSON.
plain_posts() {
  tr -d '\134' <"$posts"
}
status() {
  try 0 status webhook "$1" --json
}

export JOBQ_ENDPOINT="ipc://$tmp/r"
start_store
token driver --driver-of webhook --expires 1h
token worker --driver-of web --expires 1h
token operator --operator
# A cancel that nobody obeys is not to look like one that is.
try 0 admin config webhook --cancel-grace 1h --token-file "$tmp/operator"
token client --path '/web*' --client carol --expires 1h
export JOBQ_TOKEN_FILE=$tmp/client
printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64)" >"$tmp/secret"
receive plain
plain=http://localhost:$port
literal=http://127.0.0.1:$port
posts=$tmp/plain/posts

echo "- it does not start without what makes it safe"
post 2
want '*--allow: name the hosts that may be posted to*' "$err" "no host"
post 2 --allow example.org/path
want "*--allow: 'example.org/path' is more than a host*" "$err" "no host"
chmod 644 "$tmp/secret"
post 2 --allow example.org
want "*$tmp/secret*chmod 600*" "$err" "a secret that others can read"
chmod 600 "$tmp/secret"
echo short >"$tmp/short"
try 2 webhook --token-file "$tmp/driver" --secret-file "$tmp/short" --allow example.org
want "*$tmp/short: line 1: a secret has 24 to 64 bytes, this one 5*" "$err" "a short secret"

echo "- what follows a job is posted, signed, with its response"
try 0 submit web --job letter --function upper --request '"abc"' --then "webhook:$plain/ok"
try 0 work web --once --token-file "$tmp/worker" --exec 'tr a-z A-Z'
post 0 --allow-private "$plain"
want '{"path": "/ok", "id": "*-*", "signed": true, "type": "application/json", "extra": null, "body":*' \
  "$(cat "$posts")" "what is posted"
want '*"body": "{"datasource":"web","job":"letter","status":"complete","function":"upper","response":"ABC"}"}' \
  "$(plain_posts)" "what is posted"
follower=$(sed 's/.*"id": "\([^"]*\)".*/\1/' "$posts")
status "$follower"
want '*"status":"complete"*"response":{"status":200,"body":"thanks"}*' "$out" "the response"

echo "- a request may name URL, body and headers"
try 0 submit webhook --job named \
  --request "{\"url\": \"$plain/ok?a=b\", \"body\": [1.50], \"headers\": {\"X-Extra\": \"7\"}}"
try 0 submit webhook --job after --after-any web/letter --request "{\"url\": \"$plain/after\"}"
try 0 submit webhook --job wrong --request '{"body": 1}'
post 0 --allow-private "$plain"
want '*{"path": "/ok?a=b", "id": "named", "signed": true, *"extra": "7", "body": "?1.50?"}*' \
  "$(cat "$posts")" "what is posted"
want '*{"path": "/after", "id": "after", "signed": true, *"job":"letter",*"response":"ABC"*' \
  "$(plain_posts)" "what the jobs answered that it waited for"
status wrong
want '*"status":"failed"*"code":"bad-request","message":"url: is missing"*' "$out" "a wrong request"

echo "- a failure is tried again, under the same id"
submit fails "$plain/fails-once" --backoff none
submit busy "$plain/busy-once" --backoff initial=1h,max=1h
submit gone "$plain/gone"
submit moved "$plain/moved" --failures-max 1
submit large "$plain/large"
post 0 --allow-private "$plain"
want 2 "$(grep -c '"/fails-once", "id": "fails", "signed": true' "$posts")" "posts"
status fails
want '*"status":"complete"*"attempt":2,*"code":"http-500"*' "$out" "a job that is tried again"
status gone
want '*"status":"failed"*"attempt":1,*"code":"http-410"*wants no more posts*' "$out" "410"
status moved
want '*"status":"failed"*"code":"http-302"*a redirect, which is not followed*' "$out" "a redirect"
want 1 "$(grep -c '"/ok"' "$posts")" "posts to where the redirect leads"
status large
want '*"status":"complete"*"response":{"status":200,"body":"xxxx*' "$out" "a large answer"
want 4096 "$(printf '%s' "$out" | grep -o 'xxx*' | tr -d '\n' | wc -c)" "bytes kept"
begin_posting --allow-private "$plain"
until_status webhook busy complete
status busy
want '*"attempt":2,*"code":"http-429"*' "$out" "a job whose receiver says when"
end_posting TERM

echo "- no other host, port or scheme is posted to"
before=$(wc -l <"$posts")
submit other https://other.example/ok
submit port "http://localhost:1/ok"
submit scheme "https://localhost:$port/ok"
submit literal "$literal/ok"
submit user "http://me@localhost:$port/ok"
post 0 --allow-private "$plain"
status other
want '*"status":"forbidden"*"code":"host-not-allowed","message":"other.example is no host * --allow other.example"*' \
  "$out" "another host"
for job in port scheme literal; do
  status "$job"
  want '*"status":"forbidden"*"code":"host-not-allowed"*' "$out" "another $job"
done
status user
want '*"status":"failed"*"url: must be without a user*' "$out" "a user"

echo "- a name that leads to a private address needs its marker; a listed address does not"
submit private "$plain/ok"
submit listed "$literal/listed"
post 0 --allow "$plain" --allow "$literal" --allow '*'
status private
want '*"status":"forbidden"*"code":"address-not-allowed","message":"*localhost*: leads to a loopback address*' \
  "$out" "a name that leads inside"
until_status webhook listed complete
want $((before + 1)) "$(wc -l <"$posts")" "posts in all"
want '*"/listed"*' "$(tail -n 1 "$posts")" "the last one"

echo "- proxies of the environment are not asked"
submit proxied "$plain/proxied"
http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 post 0 --allow-private "$plain"
until_status webhook proxied complete

echo "- a receiver that is silent, and one that is not there"
submit silent "$plain/hold" --failures-max 1
post 0 --allow-private "$plain" --timeout 300ms
status silent
want '*"status":"failed"*"code":"timeout"*' "$out" "a silent receiver"
submit away http://localhost:1/ --failures-max 1
post 0 --allow-private http://localhost:1
status away
want '*"status":"failed"*"code":"unreachable"*' "$out" "no receiver"
: >"$tmp/plain/go"
until_file . "$tmp/plain/held"

echo "- so many posts to a host at a time, and others are not held up"
receive bound
bound=http://localhost:$port
for i in $(seq 9); do submit "bound-$i" "$bound/hold"; done
begin_posting --allow-private "$bound" --allow "$literal" --threads 6 --per-host 2
until_file '^2 at most' "$tmp/bound/held"
submit beside "$literal/ok"
until_status webhook beside complete
: >"$tmp/bound/go"
for i in $(seq 9); do until_status webhook "bound-$i" complete; done
end_posting TERM
want '* at most 2' "$(cat "$tmp/bound/held")" "posts at the same time"
want 9 "$(wc -l <"$tmp/bound/posts")" "posts"

echo "- a cancel ends a post"
receive held
held=http://localhost:$port
begin_posting --allow-private "$held" --timeout 1h
submit cancelled "$held/hold"
until_file . "$tmp/held/held"
try 0 cancel webhook cancelled
until_status webhook cancelled cancelled

echo "- a second signal stops what is under way, and hands it back"
submit stopped "$held/hold"
until_file '"stopped"' "$tmp/held/posts"
kill -INT "$posting"
kill -TERM "$posting"
wait "$posting"
want '1[34][03]' "$?" "exit code of one that was stopped"
posting=
status stopped
want '*"status":"submitted"*"failures":0,"lostLeases":0,"releases":1*"ending":"released"*' "$out" \
  "a job that was handed back"

echo "- one that is killed is missed, and the job is posted again under its id"
submit killed "$held/hold" --priority 100
begin_posting --allow-private "$held" --threads 1
until_file '"killed"' "$tmp/held/posts"
end_posting KILL
: >"$tmp/held/go"
begin_posting --allow-private "$held"
until_status webhook killed complete
until_status webhook stopped complete
status killed
want '*"attempt":2,*"lostLeases":1*' "$out" "a job whose driver was killed"
want 2 "$(grep -c '"id": "killed", "signed": true' "$tmp/held/posts")" "posts"
end_posting TERM

if command -v openssl >/dev/null; then
  echo "- certificates are checked, with the system's or those of a file"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout "$tmp/tls.key" \
    -out "$tmp/tls.crt" 2>/dev/null
  receive tls "$tmp/tls.crt" "$tmp/tls.key"
  submit stranger "https://localhost:$port/ok" --failures-max 1
  post 0 --allow-private "localhost:$port"
  status stranger
  want '*"status":"failed"*"code":"unreachable"*certificate*' "$out" "a certificate of nobody's"
  submit misnamed "https://127.0.0.1:$port/ok" --failures-max 1
  submit trusted "https://localhost:$port/ok"
  post 0 --allow-private "localhost:$port" --allow "127.0.0.1:$port" --ca-file "$tmp/tls.crt"
  status misnamed
  want '*"status":"failed"*"code":"unreachable"*' "$out" "a certificate of another name"
  until_status webhook trusted complete
  want 1 "$(wc -l <"$tmp/tls/posts")" "posts"
else
  echo "not checked with TLS: there is no openssl"
fi

echo "- neither the secret nor what is posted is told"
secret=$(sed 's/^whsec_//' "$tmp/secret")
want '' "$(grep -e "$secret" -e '"page"' "$tmp"/*.err)" "what drivers said"
finish_test
