#!/usr/bin/env bash
# jobq code: what jobs name to be run, who may, and that it lives through kill -9.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test
token runs --client-of scan --run-code --client me
export JOBQ_TOKEN_FILE=$tmp/runs

echo "- minting the right"
try 0 inspect --token-file runs
want '*only the requests /scan/\*, /jobs/scan/code/\**' "$out" "the caveat"
try 2 mint --data "$tmp/d" --driver-of scan --run-code
want '*--run-code goes with --client-of*' "$err" "what it goes with"

echo "- add, list, show"
printf 'def main():\n  return 7\n' >seven.py
try 0 code add scan seven.py
hash=$(sha256sum seven.py | cut -d ' ' -f 1)
want "$hash" "$out" "the hash"
try 0 code add scan seven.py
want "$hash" "$out" "the hash of what is there"
pipe 2 'x' code add scan -
want '*--runtime is needed*' "$err" "code of no known runtime"
pipe 0 'exports.main = () => 8' code add scan - --runtime node
try 0 code list scan
want "*$hash*python3*23*0*" "$out" "the list"
want 1 "$(grep -c node <<<"$out")" "lines of the other runtime"
try 0 code show scan "$hash"
want "$(cat seven.py)" "$out" "the code"
try 0 code show scan "$hash" --json
want "*\"hash\":\"$hash\"*\"runtime\":\"python3\"*\"bytes\":23*" "$out" "what is known of it"
try 4 code show scan "$(printf '%064d' 0)"
try 5 code show scan seven
want '*code: must be a SHA-256*' "$err" "no hash"
try 5 code add scan seven.py --runtime node
want "*runtime: this code is there already, for 'python3'*" "$err" "another runtime"
: >empty.py
try 5 code add scan empty.py
want '*content: must not be empty*' "$err" "no code"

echo "- who may"
try 3 code add scan seven.py --token-file client
want '*caveat*' "$err" "a client without the right"
try 3 submit scan --token-file client --code "$hash"
want "*to run code: it needs POST /jobs/scan/code/$hash*" "$err" "a submit without the right"
try 0 code list scan --token-file driver
try 0 code list scan --operator --token-file operator
try 3 code remove scan "$hash"

echo "- jobs that name it"
try 0 submit scan --code "$hash" --job one
try 0 submit scan --code seven.py --method main --args '[1, 2]' --kwargs '{"deep": true}' --job two
try 0 status scan two --request --json
want "*\"code\":\"$hash\",\"method\":\"main\"*\"request\":{\"args\":\[1, 2\],\"kwargs\":{\"deep\": true}}*" \
  "$out" "the job"
want '*"labels":\["run-code:python3"\]*' "$out" "its labels"
try 0 status scan two
want "*code*$hash*method*main*" "$out" "the job for people"
try 2 submit scan --args '[]' --request 1
want '*--args goes with --code*' "$err" "arguments of no code"
try 2 submit scan --code "$hash" --request 1
try 5 submit scan --code "$hash" --args '{}'
want '*request.args: must be a list*' "$err" "arguments that are no list"
try 4 submit scan --code "$(printf '%064d' 0)"
want '*code: unknown*' "$err" "code that is not there"
pipe 0 "{\"code\": \"$hash\", \"method\": \"main\", \"request\": {}, \"job\": \"three\"}" submit scan --jobs
driver 0 accept scan --worker w --json
want 1 "$(grep -c '^\[*\]*$' <<<"$out")" "jobs for a worker that runs no code"
try 5 code remove scan "$hash" --token-file driver
want '*code: 3 jobs and functions that the store has name it*' "$err" "code that jobs name"

echo "- it lives through kill -9"
kill -9 "$store_pid"
{ wait "$store_pid"; } 2>/dev/null
start_store
try 0 code show scan "$hash"
want "$(cat seven.py)" "$out" "the code"
try 0 code list scan --json
want "*\"hash\":\"$hash\"*\"uses\":3*" "$out" "its jobs"

echo "- the store on disk fits together, and is backed up with it"
kill "$store_pid"
wait "$store_pid"
timeout 60 "$JOBQD" --verify "$tmp/d" >verify.out 2>&1
want 0 "$?" "the exit code of --verify: $(cat verify.out)"
JOBQ_BACKUPS=$tmp/backups start_store
try 0 admin backup one --token-file operator
timeout 60 "$JOBQD" --restore "$tmp/backups/one" --data "$tmp/again" >verify.out 2>&1
want 0 "$?" "the exit code of --restore: $(cat verify.out)"
for job in one two three; do try 0 cancel scan "$job"; done
try 0 admin remove scan one --token-file operator
try 0 admin remove scan two --token-file operator
try 0 admin remove scan three --token-file operator
try 0 code remove scan "$hash" --token-file driver
try 4 code show scan "$hash"

echo "- a job's code is run by pools that say so"
cat >count.py <<'END'
import os

calls = 0


def main(*args, **kwargs):
    global calls
    calls += 1
    print("printed")
    os.system("echo from a child")
    return {"args": args, "kwargs": kwargs, "calls": calls, "job": os.environ["JOBQ_JOB"]}


def bad(text):
    raise ValueError(text)
END
cat >count.js <<'END'
let calls = 0;
exports.main = async (...args) => { console.log('printed'); return { args, calls: ++calls, job: process.env.JOBQ_JOB }; };
exports.bad = (text) => { throw new RangeError(text); };
END
try 2 pool scan --run-code perl --token-file driver
want "*--run-code: there is no runner for 'perl'*" "$err" "another runtime"
try 2 work scan --run-code python3 --exec cat --token-file driver
runtimes=(--run-code python3)
command -v node >/dev/null && runtimes+=(--run-code node)
"$JOBQ" pool scan "${runtimes[@]}" --max 1 --token-file driver --quiet >pool.out 2>pool.err &
pool=$!
until_file 'WARNING: --run-code python3: this runs what clients send' pool.err
run() { # run WANTED FILE METHOD ARGS KWARGS ID
  try 0 submit scan --code "$2" --method "$3" --args "$4" --kwargs "$5" --job "$6" --wait=20s
  want "$1" "$out" "the response of $6"
}
run '{"args": \[1, "x"\], "kwargs": {"deep": true}, "calls": 1, "job": "p1"}' count.py main '[1, "x"]' '{"deep": true}' p1
run '{"args": \[\], "kwargs": {}, "calls": 2, "job": "p2"}' count.py main '[]' '{}' p2
run '7' seven.py main '[]' '{}' p3
try 1 submit scan --code count.py --method bad --args '["no good"]' --failures-max 1 --job p4 --wait=20s
want '*ValueError: no good*' "$err" "an exception"
try 0 status scan p4 --json
want '*"code":"ValueError","message":"no good","detail":"Traceback*count.py*in bad*' \
  "${out//$(sha256sum count.py | cut -d ' ' -f 1)/count.py}" "its traceback"
try 1 submit scan --code count.py --method nothing --failures-max 1 --wait=20s
want '*AttributeError*' "$err" "a method that there is not"
try 1 submit scan --function run-code:python3 --request 1 --wait=20s
want '*no-code: it names no code to be run*' "$err" "a job of that function without code"
if [ "${#runtimes[@]}" = 4 ]; then
  run '{"args":\[1,{"deep":true}\],"calls":1,"job":"n1"}' count.js main '[1]' '{"deep": true}' n1
  try 1 submit scan --code count.js --method bad --args '["no good"]' --failures-max 1 --wait=20s
  want '*RangeError: no good*' "$err" "an exception"
fi

echo "- a function's jobs run its code, without the right to run any"
hash=$(sha256sum count.py | cut -d ' ' -f 1)
pipe 0 "{\"name\": \"count\", \"code\": \"$hash\"}" functions register scan - --token-file driver
try 0 functions show scan count --token-file client
want "*code*$hash*method*main*" "$out" "the function"
try 0 submit scan --function count --request '{"args": [2]}' --job f1 --wait=20s --token-file client
want '{"args": \[2\], "kwargs": {}, "calls": 3, "job": "f1"}' "$out" "the response of f1"
try 5 submit scan --function count --request '[2]' --token-file client
want '*request: must be an object*' "$err" "a request that the code cannot be called with"
kill "$pool"
wait "$pool"
want 0 "$?" "the exit code of the pool"
want 0 "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'jobq-code-*' -newer count.js | wc -l)" "directories left behind"

finish_test
