#!/usr/bin/env bash
# The shell blocks of README.md and of pages in docs, in their order, against a
# store. What looks on for ever is ended after a second. Where a page leaves tokens out, each command
# gets one that fits.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/../cli/cli_store.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
umask 077

cat >"$tmp/shims.sh" <<'END'
jobqd() {
  : >store.log  # here, or what the store before wrote may still be read
  "$JOBQD" --backups "$PWD/backups" "$@" >>store.log 2>&1 &
  echo $! >store.pid
  until grep -q '^ready' store.log; do kill -0 "$(cat store.pid)" || exit 1; done
}
fits() {
  case " $* " in
    *" functions list "* | *" functions show "*) echo client ;;
    *" functions "* | *" state "*) echo driver ;;
    *" worker"* | *" admin "* | *" top "* | *" stats "* | *" export "* | *" import "*) echo operator ;;
    *" --driver "* | *" pool "* | *" work "* | *" peek "* | *" latest "* | *" since "*) echo driver ;;
    *) echo client ;;
  esac
}
jobq() {
  local limit=30 code
  case " $* " in
    *" watch "* | *" --follow "* | *" top "*) limit=1 ;;
    *" work "*--count* | *" work "*--drain*) ;;
    *" work "*) set -- work --count 1 "${@:2}" ;;
    *" pool run "*) ;;
    *" pool "*)
      JOBQ_TOKEN_FILE=driver.token timeout 60 "$JOBQ" "$@" >pool.out 2>&1 &
      echo $! >pool.pid
      until grep -q begins pool.out; do sleep 0.1; done
      return
      ;;
  esac
  [ -z "$choose_tokens" ] || export JOBQ_TOKEN_FILE=$(fits "$@").token
  timeout "$limit" "$JOBQ" "$@"
  code=$?
  [ $limit.$code = 1.124 ] && code=0
  echo "$code $*" >>codes
  return "$code"
}
END

# page FILE: its blocks as one script. JOB is a job that has ended, except where one must wait.
page() {
  sed -n '/^```sh$/,/^```$/{/```/d;p}' "$root/$1" | sed \
    -e 's/ &$//; /^export PATH=/d; /^cmake /d; /^jobqd .*--driver-keys/d; /^jobqd --verify/d' \
    -e '/^jobqd .*--backups/d; /^jobqd --restore/d; /^rm -r BACKUPS/d' \
    -e "s,/tmp/jobs,$tmp/jobs,; s,tcp://127.0.0.1:,ipc://$tmp/,g; s,--data DIR,--data $tmp/jobs," \
    -e '/admin edit/s/\bJOB\b/waits/; s/\bJOB\b/first/; s,tcp://HOST:5558,ipc://'"$tmp/5558,"
}

# run: the script on standard input; exit codes and commands go into "codes".
run() {
  rm -f codes
  cat shims.sh - >page.sh
  bash page.sh >page.out 2>page.err </dev/null
}

cd "$tmp" || exit 1
printf '#!/bin/sh\necho 1\n' >ocr
cp ocr scan
chmod 700 ocr scan
mkdir bin
ln -s "$JOBQ" bin/jobq
export PATH=$tmp/bin:$PATH

echo "- README.md"
{
  echo choose_tokens=
  page README.md | sed '/^jobq admin pause/i\
jobq submit scan --token-file client.token --job waits --request 1 --delay 1h'
} | run
store_pid=$(cat store.pid)
want '1 cancel scan first' "$(grep -v '^0 ' codes)" "what fails: a job that has ended"
want 35 "$(wc -l <codes)" "commands"
want $'first\n11\n*' "$(cat page.out)" "the response"

echo "- docs/schedules.md"
{
  echo "choose_tokens=1"
  echo "export JOBQ_ENDPOINT=ipc://$tmp/5555 JOBQ_SERVER_KEY_FILE=$tmp/jobs/curve.public"
  echo "jobq admin resume scan"
  page docs/schedules.md
} | run
want '' "$(grep -v '^0 ' codes)" "what fails"
want 11 "$(wc -l <codes)" "commands"

echo "- docs/functions.md"
{
  echo "choose_tokens=1"
  echo "export JOBQ_ENDPOINT=ipc://$tmp/5555 JOBQ_SERVER_KEY_FILE=$tmp/jobs/curve.public"
  page docs/functions.md
} | run
want $'1 submit *--wait*"page": 0}\n1 submit *eve.token*--wait*"page": 3}' "$(grep -v '^0 ' codes)" \
  "what fails: one that fails, one that is forbidden"
want 65 "$(wc -l <codes)" "commands"
said=$(tr -s ' ' <page.out)
want '*thumb 1.0 5 20 left *calls POST /scan/job/*admission permits*# Thumb*thumb-1*It waits for permits/*' "$said" \
  "a function at the console, and that it is submitted"
want '*job thumb-1*50 % half of it*{"small": {"page": 1}}*info makes it small*' "$said" "how it goes"
want $'*\nhttps://example.org/done\n{"datasource":"scan","job":"thumb-1","status":"complete","function":"thumb",'\
$'"response":{"small": {"page": 1}}}\n*=> any: scan-posts/* complete\n*' "$said" "what is posted"
want $'*\n{"small": {"page": 2}}\n*' "$said" "what is waited for"
want '*is failed: exit-78: there is no page 0*is forbidden: exit-77: not for you: *"client":"eve"*"/scan/job/"*' \
  "$(cat page.err)" "why there is none"
want $'*SUBMITTED RUNS COMPLETE FAILED CANCELLED FORBIDDEN ERRORS *\ncover 3 0 *\nthumb 4 3 2 1 0 1 1 *' "$said" \
  "what was counted, with what it has called"
want '4 3 2 1 0 1' "$(sed -n '/^FROM/,/^function/s/^.*:00Z//p' page.out |
  awk '{for (i = 1; i <= 6; ++i) sum[i] += $i} END {print sum[1], sum[2], sum[3], sum[4], sum[5], sum[6]}')" \
  "the same in the latest hour"
want '*18 of 100 used*' "$said" "what is left of the quota"

echo "- docs/workers.md"
{
  echo "choose_tokens=1"
  echo "export JOBQ_ENDPOINT=ipc://$tmp/5555 JOBQ_SERVER_KEY_FILE=$tmp/jobs/curve.public"
  page docs/workers.md
} | run
kill "$(cat pool.pid)"
want '' "$(grep -v '^0 \|^4 functions show scan \(size\|twice\)' codes)" "what fails: a function before it is there"
want $'*upper 1.0*"ABC"\n3\n*size*\n3\n*twice*\n42.0\n"ABC"\n' "$(tr -s ' ' <page.out)"$'\n' "functions, and what they answer"

echo "- docs/code.md"
{
  echo "choose_tokens=1"
  echo "export JOBQ_ENDPOINT=ipc://$tmp/5555 JOBQ_SERVER_KEY_FILE=$tmp/jobs/curve.public"
  page docs/code.md
} | run
kill "$(cat pool.pid)"
want '' "$(grep -v '^0 ' codes)" "what fails"
want '*\["A", "B"\]*6*\["a", "b"\]*' "$(cat page.out)" "what the code answers"

echo "- docs/flows.md"
{
  echo "choose_tokens=1"
  echo "export JOBQ_ENDPOINT=ipc://$tmp/5555 JOBQ_SERVER_KEY_FILE=$tmp/jobs/curve.public"
  page docs/flows.md
} | run
want '1 wait scan --group shelf-7' "$(grep -v '^0 ' codes)" "what fails: a group in which one has failed"
want 71 "$(wc -l <codes)" "commands"
want '*It waits for page-1, page-2.*bound*1 job with the key account-7 runs or comes first*' "$(cat page.out)" \
  "what is said"
want '*{"upto": 2}*' "$(cat page.out)" "the newer request"
said=$(tr -s ' ' <page.out)
want $'*\nlook-7\n*It waits for left-7, right-7.\n*WORKER *HEARD *\nhand *last job look-7\nresult complete\n*' "$said" \
  "a schedule, what waits, and who works"
want '*left-7 complete*right-7 complete*"job":"left-7"*"response":21}*"job":"right-7"*"response":21}*' "$said" \
  "the results of two"
want $'*\n2 complete, 1 failed\n42\ntotal-7 complete*=> complete: scan-results/*' "$said" "of a group, and of the sum"
want '*"job":"torn-7","status":"failed","function":"measure","error":{"code":"exit-1",*"the page is torn"*'\
'"job":"total-7","status":"complete","function":"total","response":42}*' "$said" "what comes to the return queue"

echo "- docs/operating.md"
cp client.token alice.token
{
  echo "choose_tokens=1"
  echo "export JOBQ_ENDPOINT=ipc://$tmp/5555 JOBQ_SERVER_KEY_FILE=$tmp/jobs/curve.public"
  echo "jobq admin resume scan"
  page docs/operating.md | sed "s,mint --data $tmp/jobs \.\.\.,mint --data $tmp/jobs --operator,"
} | run
want $'4 worker drain scan NAME\n4 worker halt scan NAME\n4 worker resume scan NAME\n1 cancel scan first --driver' \
  "$(grep -v '^0 ' codes)" "what fails: a worker that there is not, a job that has ended"
want 66 "$(wc -l <codes)" "commands"
want '*+ datasource parcels: *+ function parcels/label: *+ right press@parcels: work*7 done*stays without --prune*' "$(cat page.out)" \
  "what a file says"

echo "- a copy of a stopped store's directory is a backup"
kill "$store_pid"
while kill -0 "$store_pid" 2>/dev/null; do sleep 0.05; done
cp -a jobs d
"$JOBQD" --verify "$tmp/d" >verify.out 2>&1
want '*: sound' "$(cat verify.out)" "what is said of the copy"
export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
token copy --client-of scan --client me
export JOBQ_TOKEN_FILE=$tmp/copy
try 0 status scan waits
try 0 list scan

echo "- a backup of the page is a store"
want '*d2: restored ' "$("$JOBQD" --restore backups/2026-11-28 --data d2 | tr '\n' ' ')" "restoring"

echo "- packaging/*.service"
for unit in jobqd jobq-http; do
  sed "s,^ExecStart=$unit,ExecStart=$JOBQD," "$root/packaging/$unit.service" >"$unit.service"
  if command -v systemd-analyze >/dev/null; then
    want '' "$(systemd-analyze verify "$tmp/$unit.service" 2>&1)" "what systemd says of $unit"
  else
    echo "not checked by systemd, which is not here"
  fi
done
finish_test
