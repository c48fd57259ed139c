#!/usr/bin/env bash
# What is done in a client's name, who admits it, and what goes to the worker alone.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
token limited --client-of scan --client me --rate 10/d
export JOBQ_TOKEN_FILE=$tmp/driver

echo "- what a function calls in its client's name"
cat >calls.json <<'END'
[{"name": "album", "calls": [{"method": "POST", "path": "/scan/job/"}]},
 {"name": "elsewhere", "calls": [{"method": "GET", "path": "/photos/*"}]}]
END
try 0 functions register scan calls.json
try 3 submit scan --token-file client --function elsewhere --request 1
want '*does not cover*/photos/*, which the function elsewhere calls*' "$err" "calls that the token does not cover"
echo '{"name": "x", "calls": [{"path": "/a b"}]}' >bad.json
try 5 functions register scan bad.json
want '*calls\[0\].path: *' "$err" "no path"
try 0 submit scan --token-file limited --function album --job album --request 1
cat >act <<'END'
cp "$JOBQ_ACTING_TOKEN_FILE" kept
"$JOBQ_BIN" submit scan --token-file kept --function photo --job photo --request 1 >said 2>&1; echo "code $?" >>said
"$JOBQ_BIN" submit scan --token-file kept --client other --request 1 >other 2>&1; echo "code $?" >>other
"$JOBQ_BIN" list scan --token-file kept >listed 2>&1; echo "code $?" >>listed
"$JOBQ_BIN" cancel scan photo --token-file kept >cancelled 2>&1; echo "code $?" >>cancelled
echo true
END
JOBQ_BIN=$JOBQ try 0 work scan --function album --count 1 -- sh act
want $'photo\ncode 0' "$(cat said)" "what may be called"
want '*code 2' "$(cat other)" "as another client"
want '*calls*does not allow this call*code 3' "$(cat listed)" "what may not be called"
want '*code 3' "$(cat cancelled)" "nor this"
try 3 submit scan --token-file kept --request 1
want '*the lease that it acts for is over*' "$err" "after the end"
try 0 status scan photo --token-file client
try 0 functions show scan album --token-file limited
want '*rate*2 of 10 used*' "$out" "both count for the token"

echo "- an admission"
token permits --driver-of permits
echo '{"name": "private", "admission": "permits"}' >private.json
try 0 functions register scan private.json
echo '{"name": "private", "admission": "scan"}' >own.json
try 5 functions register scan own.json
want '*admission: is the datasource itself*' "$err" "its own datasource"
try 0 submit scan --token-file client --function private --job p1 --request 1
try 0 submit scan --token-file client --function private --job p2 --request 1
try 0 explain scan p1 --token-file client
want '*waits for permits/*' "$out" "why it waits"
try 0 work permits --token-file permits --count 1 --exec 'cat >asked; echo true'
want '{"datasource":"scan","job":"p1","client":"me","function":"private","calls":\[\]}' "$(cat asked)" "the question"
try 0 work permits --token-file permits --count 1 --exec 'echo "not for you" >&2; exit 77'
try 0 work scan --function private --drain --exec 'echo 1'
try 0 wait scan p1 --token-file client
try 1 wait scan p2 --token-file client
want '*forbidden*' "$err" "what was not admitted"
kill -9 "$store_pid"; wait "$store_pid" 2>/dev/null
start_store
try 0 status scan p2 --token-file client
want '*forbidden*not for you*' "$out" "the error after a kill"

echo "- grants go to the worker alone, and are erased with the end"
echo '{"cloud": "SECRETGRANT"}' >grants
try 2 submit scan --token-file client --request 1 --grants-file act
try 0 submit scan --token-file client --function up --job up --request 1 --grants-file grants
try 0 status scan up --token-file client --json
want 0 "$(grep -c SECRETGRANT <<<"$out")" "lines of the status with it"
try 0 export scan --token-file operator
want 0 "$(grep -c SECRETGRANT <<<"$out")" "lines of the export with it"
kill -9 "$store_pid"; wait "$store_pid" 2>/dev/null
start_store
try 0 work scan --function up --count 1 --exec 'cp "$JOBQ_GRANTS" given; echo true'
want '{"cloud": "SECRETGRANT"}' "$(cat given)" "what the worker got after a kill"
rm grants given
kill "$store_pid"; wait "$store_pid" 2>/dev/null
want '' "$(grep -rl SECRETGRANT --exclude-dir=db d store.log)" "logs and other files of the store with it"
# The journal keeps files of turns for a while: a second, here.
JOBQ_JOURNAL_KEEP=1s start_store
for _ in $(seq 45); do
  try 0 submit scan --token-file client --request 1
  [ -z "$(find d/db -name '*.sst' -exec grep -l SECRETGRANT {} +)" ] && break
  sleep 1
done
kill "$store_pid"
wait "$store_pid" 2>/dev/null
"$COMPACT" d/db
want '' "$(grep -rl SECRETGRANT d)" "files of the store with it, once the journal is trimmed and RocksDB has compacted"
finish_test
