#!/bin/bash
# What others have written reaches a terminal as text that it does not obey, in whatever view: it
# sets no colours, moves nothing, turns no words around and begins no line.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"

export JOBQ_ENDPOINT=ipc://$tmp/r
start_store
umask 077
token alice --client-of scan --client alice --expires 1h
token driver --driver-of scan --expires 1h
token operator --operator --expires 1h
export JOBQ_TOKEN_FILE=$tmp/alice

# The controls of C0 and C1, a deletion, a direction and what has no width; and a line of its own.
evil=$'EVIL\033[35m\033[2J\033]0;title\a\xe2\x80\xae\xc2\x9b31m\xe2\x80\x8b\x7f\b\rover\nFORGED'
# Of those, what stands in JSON as it is.
json="{\"page\":\"$(printf 'EVIL\xe2\x80\xae\xc2\x9b31m\xe2\x80\x8b\x7f')\"}"

# judge_screen FILE WHAT : nothing but what jobq itself says to a terminal is obeyed.
judge_screen() {
  python3 - "$1" "$2" <<'END' || failures=$((failures + 1))
import re
import sys

shown = open(sys.argv[1], "rb").read().decode()
own = r"\033\[(0|2|31|32|33)m|\033\[(\?7[lh]|H|K|J|2J)|\r(?=\n|\033\[K|\033\[2m|[^\n]*\033\[K)"
words = re.sub(own, "", shown)
obeyed = re.findall("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]",
                    words)
forged = re.search(r"^(FORGED|over)", words, re.MULTILINE)
if obeyed or forged:
    print(f"FAILED: {sys.argv[2]}: a terminal obeys {set(obeyed)}{' a line' if forged else ''}")
    print(f"  {shown!r}")
    sys.exit(1)
END
}

# see WANTED ARGUMENTS... : runs jobq on a terminal, for $patience seconds at most; the pattern says
# how it is seen that the text is in this view at all.
patience=30
see() {
  local wanted=$1 line
  shift
  line=$(printf '%q ' timeout "$patience" "$JOBQ" "$@")
  TERM=xterm SHELL=/bin/bash script -qec "stty cols 200 rows 50; $line" /dev/null </dev/null \
    >"$tmp/screen" 2>&1
  judge_screen "$tmp/screen" "jobq $*"
  want "$wanted" "$(cat "$tmp/screen")" "jobq $*"
}

# see_driver, see_operator: with their tokens.
see_driver() { see "$1" "$2" --token-file "$tmp/driver" "${@:3}"; }
see_operator() { see "$1" "${@:2}" --token-file "$tmp/operator"; }

echo "- jobs in each state"
for job in waits runs retries fails completes; do
  try 0 submit scan --job "$job" --request "$json" --function ocr --tag paper
done
for job in runs retries fails completes; do
  driver 0 accept scan "$job" --worker w1 --lease 1h
  driver 0 update scan "$job" --attempt 1 --progress 0.5 --message "$evil"
  driver 0 update scan "$job" --attempt 1 --log error --message "$evil"
done
driver 0 update scan retries --attempt 1 --retry no-network --message "$evil"
driver 0 update scan fails --attempt 1 --fail broken --message "$evil"
driver 0 update scan completes --attempt 1 --complete "$json"

echo "- what clients look at"
for job in waits runs retries fails completes; do
  see "*$job*" status scan "$job"
  see "*" explain scan "$job"
done
see "*EVIL*" status scan runs
see "*EVIL*" status scan fails
see "*EVIL*" status scan fails --json
see "*EVIL*" log scan runs
see "*EVIL*" log scan runs --json
see "*EVIL*" wait scan completes
see "*EVIL*" wait scan fails
see "*EVIL*" wait scan runs --timeout 1s
see "*runs*" list scan
see "*EVIL*" list scan --json
see "*5*" count scan
see "*EVIL*" watch scan --timeout 1s
see "*EVIL*" watch scan --from 0 --timeout 1s
see "*EVIL*" watch scan --from 0 --jsonl --timeout 1s
see "*EVIL*" watch scan runs --from 0 --timeout 1s

echo "- what drivers and operators look at"
see_driver "*EVIL*" peek scan
see_driver "*EVIL*" latest scan
see_driver "*" since scan 0
see_driver "*EVIL*" since scan 0 --json
see_driver "*" list scan --driver
see_driver "*EVIL*" watch scan --driver --from 0 --timeout 1s
see_driver "*ocr*" top scan --driver --once --interval 100ms
patience=1 see_driver "*ocr*" top scan --driver --interval 100ms
see_driver "*EVIL*" accept scan waits --worker w1
see_operator "*scan*" top --once --interval 100ms
see_operator "*" stats
for view in stats workers config; do
  see_operator "*" admin "$view" scan
done
see_operator "*scan*" admin datasources
see_operator "*k1.*" admin usage
see_operator "*EVIL*" export scan
for view in status explain log; do
  see_driver "*" "$view" scan fails --driver
done

echo "- what is said of mistakes"
see "*not JSON*" submit scan --request "$evil"
see "*jobs*.job*" submit scan --request 1 --job "$evil"
see "*EVIL*" status "$evil" job
see "*EVIL*" list scan --status "$evil"
see "*token*" inspect "$evil"
see "*EVIL*" "$evil"
see "*EVIL*" info --endpoint "ipc:///$evil" --patience 100ms

echo "- what a worker's command says"
try 0 submit scan --job says --request 1
printf '%s' "$evil" >"$tmp/evil"
see_driver "*FORGED*" work scan --once --exec "cat $tmp/evil >&2; exit 78"

finish_test
