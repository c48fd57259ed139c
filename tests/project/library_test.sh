#!/usr/bin/env bash
# The programs of docs/library.md, PROGRAM1, PROGRAM2 and PROGRAM3, against a store.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/../cli/cli_store.sh"

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
token client.token --client-of scan --client me
token driver.token --driver-of scan
JOBQ_TOKEN=$(cat "$tmp/driver.token") "$PROGRAM3" >"$tmp/worked" &
worker=$!
export JOBQ_TOKEN
JOBQ_TOKEN=$(cat "$tmp/client.token")
want "1000 of 1000" "$(timeout 60 "$PROGRAM1")" "what many requests at once say"
want complete "$(timeout 60 "$PROGRAM2")" "what a program with its own loop says"
kill "$worker"
wait "$worker"
want 1001 "$(cat "$tmp/worked")" "what the worker has done"
finish_test
