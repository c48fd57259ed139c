#!/usr/bin/env bash
# jobq functions: what it prints, what is refused, and that they live through kill -9.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
token limited --client-of scan --client me --rate 10/d
export JOBQ_TOKEN_FILE=$tmp/driver

echo "- register, list, show"
cat >ocr.json <<'END'
[{"name": "ocr", "version": "1.2", "author": "alice", "tags": ["text", "fast"], "cost": 5,
  "documentation": "# OCR\n\nReads a page.", "terms": {"timeoutMs": 60000, "keepFailedForMs": 86400000},
  "calls": [{"method": "GET", "path": "/scan/job/*"}, {"path": "/scan/job/"}],
  "requestSchema": {"type": "object", "required": ["page"]},
  "indexed": [{"name": "page", "pointer": "/page"}]},
 {"name": "scan/a4", "priority": 70}]
END
try 0 functions register scan ocr.json
want $'ocr 1.2\nscan/a4' "$out" "what is registered"
try 0 functions list scan --driver
want '*ocr*1.2*5*alice*fast text*OCR*scan/a4*' "$out" "the list"
try 0 functions list scan --token-file client --name '*/a?'
want '*scan/a4*' "$out" "a pattern"
want 0 "$(grep -c ocr <<<"$out")" "lines with what does not fit"
try 0 functions list scan --token-file client --sort name-down --json
want '*"name":"scan/a4"*"name":"ocr"*' "$(tr '\n' ' ' <<<"$out")" "the order"
try 0 functions show scan ocr --token-file client
want '*timeout*1m*calls*GET /scan/job/\**/scan/job/*indexed*page of /page*{"type": "object", "required": \["page"\]}*# OCR*Reads a page.*' \
  "$out" "the function"
try 4 functions show scan 'oc*' --token-file client

echo "- what is left of the quota"
try 0 submit scan --token-file limited --function ocr --request '{"page": 1}'
try 0 functions show scan ocr --token-file limited
want '*quota*1 left*rate*5 of 10 used in 24 h*' "$out" "the quota"
try 0 submit scan --token-file limited --function ocr --request '{"page": 1}'
try 0 functions list scan --token-file limited --name ocr
want '*none until *' "$out" "the quota that is used up"

echo "- defaults of jobs"
try 0 submit scan --token-file client --function scan/a4 --request 1 --job a
try 0 status scan a --token-file client --json
want '*"priority":70*' "$out" "the function's priority"

echo "- what is refused, with field and limit"
refused() { # refused TEXT JSON
  echo "$2" >bad.json
  try 5 functions register scan bad.json
  want "$1" "$err" "a function that is none"
}
refused '*name: *' '{"name": ""}'
refused '*cost: 0..1000000*' '{"name": "x", "cost": 1000001}'
refused '*calls\[0\].path: must begin with /*' '{"name": "x", "calls": [{"path": "x"}]}'
refused '*calls\[0\].path: may have a \* at its end alone*' '{"name": "x", "calls": [{"path": "/*/x"}]}'
refused '*indexed\[0\].pointer: is no JSON pointer*' '{"name": "x", "indexed": [{"name": "a", "pointer": "a"}]}'
refused '*indexed\[0\].name: may not have a =*' '{"name": "x", "indexed": [{"name": "a=", "pointer": "/a"}]}'
refused '*indexed\[1\].name: stands there twice*' \
  '{"name": "x", "indexed": [{"name": "a", "pointer": "/a"}, {"name": "a", "pointer": "/b"}]}'
refused '*version: *64*' "{\"name\": \"x\", \"version\": \"$(printf '%065d' 0)\"}"
echo '[{"name": "y"}, {"name": "x", "prio": 1}]' >bad.json
try 2 functions register scan bad.json
want '*function 2: field prio: there is no such field*' "$err" "a field that there is not"
try 0 functions list scan --driver --name y
want 0 "$(grep -c "^y" <<<"$out")" "functions of a file that is wrong"
try 3 functions register scan ocr.json --token-file client
try 3 functions register scan ocr.json --token-file limited

echo "- strict"
try 0 admin config scan --strict yes --token-file operator
try 4 submit scan --token-file client --function orc --request 1
want "*function: the datasource is strict, and 'orc' is not registered*" "$err" "an unknown function"
try 0 submit scan --token-file client --function scan/a4 --request 1
try 0 admin config scan --token-file operator
want '*strict*yes*' "$out" "the configuration"

echo "- requests and responses are held to schemas"
cat >sum.json <<'END'
{"name": "sum", "requestSchema": {"type": "object", "required": ["page"], "properties": {"page": {"type": "integer"}}},
 "responseSchema": {"type": "integer"},
 "indexed": [{"name": "page", "pointer": "/page", "isRequired": true}, {"name": "lang", "pointer": "/a/lang"}]}
END
try 0 functions register scan sum.json
export JOBQ_TOKEN_FILE=$tmp/client
try 5 submit scan --function sum --request '{"page": "1"}'
want '*jobs\[0\].request: /page: type: integer is expected*' "$err" "the place and the rule"
try 5 submit scan --function sum --request '{}'
want "*jobs\[0\].request: the whole: required: 'page' is missing*" "$err" "what is missing"
try 5 submit scan --function sum --request '{"page": 1, "a": {"lang": "a b"}}'
want '*jobs\[0\].request: /a/lang: makes no tag lang=...:*' "$err" "what is no tag"
try 5 submit scan --function sum --request '{"page": 1, "a": {"lang": []}}'
want '*jobs\[0\].request: /a/lang: is no text, number or truth value for the tag lang*' "$err" "a list"
try 0 submit scan --function sum --job good --request '{"page": 17, "a": {"lang": "de"}}' --tag x
try 0 submit scan --function sum --job good --request '{"page": 17, "a": {"lang": "de"}}' --tag x
try 0 list scan --tag page=17 --json
want '*"job":"good"*"tags":\["lang=de","page=17","x"\]*' "$out" "the job by its tag"
try 5 schedule add scan bad --every 1h --function sum --request '{}'
want "*job.request: the whole: required: 'page' is missing*" "$err" "a schedule's request"
try 5 admin edit scan good --request '{"page": null}' --token-file operator
want '*request: /page: type: integer is expected*' "$err" "a request that is edited"
export JOBQ_TOKEN_FILE=$tmp/driver
echo '{"name": "bad", "requestSchema": {"properties": {"a": {"pattern": "a*"}}}}' >bad.json
try 5 functions register scan bad.json
want '*requestSchema: /properties/a/pattern: this keyword is not supported*' "$err" "a keyword"
echo '{"name": "bad", "responseSchema": {"type": "int"}}' >bad.json
try 5 functions register scan bad.json
want "*responseSchema: /type: a type's name is expected*" "$err" "what is no schema"
lease_token() { sed -n 's/.*"leaseToken":"\([^"]*\)".*/\1/p' <<<"$out"; }
try 0 accept scan good --worker w --json
try 0 update scan good --attempt 1 --complete '"a"' --lease-token "$(lease_token)"
try 0 status scan good --token-file client --json
want '*"status":"retrying"*"failures":1*"code":"response-schema"*"message":"response: the whole: type: integer is expected"*' \
  "$out" "a response that does not fit"
try 0 admin restart scan good --token-file operator
try 0 accept scan good --worker w --json
try 0 update scan good --attempt 2 --complete 3 --lease-token "$(lease_token)"
try 0 status scan good --token-file client --json
want '*"status":"complete"*"response":3*' "$out" "a response that fits"

echo "- tokens for some functions"
"$JOBQ" attenuate --function 'su*' --token-file client >narrow
chmod 600 narrow
try 3 submit scan --token-file narrow --function ocr --request '{"page": 1}'
want "*function: 'ocr', and the token is for function = su\**" "$err" "another function"
try 0 submit scan --token-file narrow --function sum --job narrow --request '{"page": 1}'
try 0 list scan --token-file narrow --all --json
want 2 "$(grep -c '"function":"sum"' <<<"$out")" "jobs of the function"
want 2 "$(wc -l <<<"$out")" "jobs that are listed"
try 0 functions list scan --token-file narrow --json
want 1 "$(wc -l <<<"$out")" "functions that are listed"
try 0 inspect --token-file narrow
want "*only jobs of functions that begin with 'su'*" "$out" "what the token says"

echo "- export, remove, register what was exported, over kill -9"
try 0 functions export scan
cp <(echo "$out") all.jsonl
kill -9 "$store_pid"
wait "$store_pid" 2>/dev/null
start_store
try 0 functions export scan
want 0 "$(diff all.jsonl - <<<"$out" >&2; echo $?)" "what was exported before"
try 0 functions remove scan ocr
try 4 functions remove scan ocr
try 4 submit scan --token-file client --function ocr --request 1
pipe 0 "$(cat all.jsonl)" functions register scan -
try 0 functions export scan
want 0 "$(diff all.jsonl - <<<"$out" >&2; echo $?)" "what was registered again"
finish_test
