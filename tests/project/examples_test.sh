#!/usr/bin/env bash
# The programs of examples/, APP and DRIVER, against a store, with what their heads say they read.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/../cli/cli_store.sh"
umask 077

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
token client.token --client-of words --client app
token driver.token --driver-of words

echo "- without a token"
timeout 30 "$DRIVER" >"$tmp/out" 2>"$tmp/err"
judge "$?" 2 "the driver"
want 'refused (401): *' "$err" "why"
timeout 30 "$APP" >"$tmp/out" 2>"$tmp/err"
judge "$?" 2 "the app"
want 'refused (401): *' "$err" "why"

echo "- a job"
JOBQ_TOKEN_FILE=$tmp/driver.token "$DRIVER" >"$tmp/driven" 2>&1 &
driver=$!
export JOBQ_TOKEN_FILE=$tmp/client.token
timeout 60 "$APP" 'the "quick" brown fox' >"$tmp/out" 2>"$tmp/err"
judge "$?" 0 "the app"
want '* submitted*accepted*%*complete*words: 4' "$out" "what it prints"
until_file 'is done' "$tmp/driven"

echo "- a driver that ends hands back what it has, at once"
many=$(printf 'word %.0s' $(seq 600))
timeout 90 "$APP" "$many" >"$tmp/app.out" 2>&1 &
app=$!
until_file accepted "$tmp/app.out"
job=$(sed -n 's/ submitted$//p' "$tmp/app.out")
kill "$driver"
wait "$driver"
judge "$?" 0 "the driver"
until_status words "$job" submitted

echo "- a cancel"
JOBQ_TOKEN_FILE=$tmp/driver.token "$DRIVER" >"$tmp/driven" 2>&1 &
driver=$!
until_status words "$job" accepted
try 0 cancel words "$job"
wait "$app"
judge "$?" 1 "the app whose job is cancelled"
want '*cancelled*' "$(cat "$tmp/app.out")" "what it prints"
kill "$driver"
wait "$driver"
finish_test
