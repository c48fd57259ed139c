#!/bin/bash
# Secrets that jobq is given: who else can see them, and CURVE keys of its own.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
unset JOBQ_CURVE_SECRET_FILE
umask 077

# of_process FILE PID : what the system shows of it, one word a line.
of_process() { tr '\0' '\n' <"/proc/$2/$1"; }

# not_in TEXT WHERE WHAT : no token of a test is in it.
not_in() {
  if grep -q -F -e "$1" <<<"$2"; then
    echo "FAILED: $3: the secret is there"
    failures=$((failures + 1))
  fi
}

until_gone() {
  for _ in $(seq 400); do
    of_process "$1" "$2" | grep -q -F -e "$3" || return
    sleep 0.05
  done
  echo "FAILED: $1 of a process still has its secret"
  failures=$((failures + 1))
}

export JOBQ_ENDPOINT=ipc://$tmp/r
"$JOBQD" --data "$tmp/d" --request "ipc://$tmp/r" --driver "ipc://$tmp/d.sock" \
  --status "ipc://$tmp/s" >"$tmp/store.log" 2>&1 &
store_pid=$!
until_file ready "$tmp/store.log"
export JOBQ_SERVER_KEY_FILE=$tmp/d/curve.public
token alice --client-of scan --client alice --expires 1h
token driver --driver-of scan --expires 1h
alice=$(cat "$tmp/alice")
driver=$(cat "$tmp/driver")

echo "- a token by value is not seen by others"
for way in "--token $alice" "--token=$alice"; do
  # shellcheck disable=SC2086
  "$JOBQ" wait scan nothing-yet $way --endpoint "ipc://$tmp/nobody" --patience 60s \
    >/dev/null 2>&1 &
  pid=$!
  until_gone cmdline "$pid" "$alice"
  want '*wait*scan*nothing-yet*' "$(of_process cmdline "$pid")" "the rest of the command line"
  kill "$pid"
  wait "$pid" 2>/dev/null
done
JOBQ_TOKEN=$alice "$JOBQ" wait scan nothing-yet --endpoint "ipc://$tmp/nobody" --patience 60s \
  >/dev/null 2>&1 &
pid=$!
until_gone environ "$pid" "$alice"
kill "$pid"
wait "$pid" 2>/dev/null
JOBQ_TOKEN=$alice try 0 list scan
try 0 list scan --token "$alice"
try 0 list scan --token="$alice"

echo "- a job's command has none of the worker's secrets"
try 0 submit scan --request 1 --job j1 --token "$alice"
JOBQ_TOKEN=$driver JOBQ_CURVE_SECRET_FILE= try 0 work scan --once \
  --exec "env > $tmp/env; tr '\0' '\n' </proc/\$PPID/environ > $tmp/parent; echo 1"
want '*JOBQ_JOB=j1*' "$(cat "$tmp/env")" "the job's environment"
not_in "$driver" "$(cat "$tmp/env")" "the job's environment"
not_in "$driver" "$(cat "$tmp/parent")" "its parent's environment"
case $(cat "$tmp/env") in
  *JOBQ_TOKEN* | *JOBQ_CURVE*) want nothing "$(cat "$tmp/env")" "names" ;;
esac
# But it may report, with the token of its lease and nothing else.
try 0 submit scan --request 1 --job j1b --token "$alice"
JOBQ_TOKEN=$driver try 0 work scan --once --exec \
  "$JOBQ update scan \$JOBQ_JOB --attempt \$JOBQ_ATTEMPT --token \"\$JOBQ_LEASE_TOKEN\" --progress 0.5"
try 0 status scan j1b --token "$alice" --json
want '*"response":"accepted"*' "$out" "what the command's own report answered"

try 0 submit scan --request 1 --job j1c --token "$alice"
JOBQ_TOKEN=$driver try 0 work scan --once --exec \
  "$JOBQ update scan \$JOBQ_JOB --attempt \$JOBQ_ATTEMPT --token \"\$JOBQ_LEASE_TOKEN\" --complete 7"
want '* j1c client alice attempt 1 complete after *, as was said with the token of its lease' \
  "$err" "one line of a command that ended its own job"

echo "- a CURVE key of one's own"
try 0 keygen "$tmp/alice.curve"
public=$out
want '????????????????????????????????????????' "$public" "a public key"
try 0 attenuate --curve "$public" "$alice"
printf '%s\n' "$out" >"$tmp/bound"
try 3 list scan --token-file "$tmp/bound"
want '*curve*' "$err" "why"
try 0 list scan --token-file "$tmp/bound" --curve-secret-file "$tmp/alice.curve"
JOBQ_CURVE_SECRET_FILE=$tmp/alice.curve try 0 list scan --token-file "$tmp/bound"
try 0 submit scan --request 2 --job j2 --token-file "$tmp/bound" \
  --curve-secret-file "$tmp/alice.curve"
try 0 keygen "$tmp/other.curve"
try 3 list scan --token-file "$tmp/bound" --curve-secret-file "$tmp/other.curve"
not_in "$(cat "$tmp/alice.curve")" "$out$err" "what is said"

try 2 list scan --curve-secret-file "$tmp/none"
try 2 list scan --curve-secret-file "$tmp/alice"
want '*no CURVE secret key*' "$err" "another file"
not_in "$alice" "$err" "a message about it"
chmod 644 "$tmp/alice.curve"
try 2 list scan --token-file "$tmp/bound" --curve-secret-file "$tmp/alice.curve"
want '*chmod 600*' "$err" "a key that others can read"
chmod 600 "$tmp/alice.curve"
(
  failures=0
  unset JOBQ_SERVER_KEY_FILE
  try 2 list scan --token-file "$tmp/bound" --curve-secret-file "$tmp/alice.curve"
  want '*--server-key*' "$err" "a key of one's own without the store's"
  exit "$failures"
)
failures=$((failures + $?))

echo "- a list of drivers' keys"
try 0 keygen "$tmp/driver.curve"
listed=$out
kill "$store_pid"
wait "$store_pid"
store_pid=
with_keys=("$JOBQD" --data "$tmp/d" --request "ipc://$tmp/r" --driver "ipc://$tmp/d.sock"
  --status "ipc://$tmp/s" --driver-keys "$tmp/keys")
start_with_keys() { "${with_keys[@]}" "$@" >"$tmp/store.log" 2>&1; }
start_with_keys
want '*keys: *No such file*' "$(cat "$tmp/store.log")" "a list that is not there"
printf '# drivers\nnone\n' >"$tmp/keys"
start_with_keys
want '*keys, line 2: *' "$(cat "$tmp/store.log")" "a list that is none"
printf '# drivers\n%s\n' "$listed" >"$tmp/keys"
start_with_keys --no-curve
want '*--driver-keys: *' "$(cat "$tmp/store.log")" "a list without CURVE"
"${with_keys[@]}" >"$tmp/store.log" 2>&1 & # not the function: its shell would be what is ended
store_pid=$!
until_file ready "$tmp/store.log"
try 6 peek scan --endpoint "ipc://$tmp/d.sock" --token-file "$tmp/driver" --patience 1s
want '*handshake*' "$err" "who is not on the list"
try 0 peek scan --endpoint "ipc://$tmp/d.sock" --token-file "$tmp/driver" \
  --curve-secret-file "$tmp/driver.curve"
try 3 peek scan --token-file "$tmp/driver"
want '*driver endpoint*' "$err" "the other door"
try 0 list scan --token-file "$tmp/alice"

echo "damaged" >"$tmp/new"
mv "$tmp/new" "$tmp/keys"
try 0 peek scan --endpoint "ipc://$tmp/d.sock" --token-file "$tmp/driver" \
  --curve-secret-file "$tmp/driver.curve"
try 0 peek scan --endpoint "ipc://$tmp/d.sock" --token-file "$tmp/driver" \
  --curve-secret-file "$tmp/driver.curve"
want 1 "$(grep -c 'old list stays' "$tmp/store.log")" "warnings about a damaged list"
not_in "$driver" "$(cat "$tmp/store.log")" "the store's log"

finish_test
