#!/usr/bin/env bash
# jobq users: the file that jobq-http takes names and passwords from.
# shellcheck source=tests/cli/cli_store.sh
. "$(dirname "$0")/cli_store.sh"
begin_test

echo "- add, change, list, remove"
pipe 0 $'hans\n' users add users alice --password-file - --datasource scan --client-token-file client
want alice "$out" "who was added"
want 600 "$(stat -c %a users)" "the mode of the file"
want '{"name":"alice","password":"$argon2id$v=19$*","rights":\[{"datasource":"scan","client":"'"$(cat client)"'"}\]}' \
  "$(cat users)" "the line"
try 0 users add users alice --datasource scan --driver-token-file driver --operator-token-file operator
try 0 users add users bob --datasource fax --client-token-file client
try 0 users add users bob --datasource scan --client-token-file client
try 0 users list users
want '*alice *yes *scan *driver, operator*bob *none *fax; scan *client; client*' "$(tr '\n' ' ' <<<"$out")" "the list"
want 0 "$(grep -c MDA <<<"$out")" "tokens in the list"
try 0 users list users --json
want '*{"name":"bob","hasPassword":false,"rights":\[{"datasource":"fax","tokens":"client"},*' "$(tr '\n' ' ' <<<"$out")" "as JSON"
try 0 users add users bob --datasource fax
try 0 users list users --json
want '*{"name":"bob","hasPassword":false,"rights":\[{"datasource":"scan",*' "$(tr '\n' ' ' <<<"$out")" "a right that is taken"
try 0 users remove users bob
try 2 users remove users bob

echo "- what is refused"
cp users before
try 2 users add users a:b
want '*colon*' "$err" "a name with a colon"
try 2 users add users carol --client-token-file client
pipe 2 $'\n' users add users carol --password-file -
echo nothing >none
try 2 users add users carol --datasource scan --client-token-file none
cmp users before || failures=$((failures + 1))
chmod 640 users
try 2 users list users
want '*chmod 600*' "$err" "a file that others can read"
chmod 600 users
wrong() { # wrong TEXT LINE
  printf '%s\n' "$2" >users
  try 2 users list users
  want "*users: line 1: $1*" "$err" "$2"
}
wrong 'is not JSON' '{'
wrong 'password: is no hash' '{"name": "a", "password": "hans"}'
wrong 'field pass: *' '{"name": "a", "pass": "hans"}'
wrong 'name: *' '{"name": ""}'
wrong 'rights: datasource: *' '{"name": "a", "rights": [{"datasource": "a/b"}]}'
wrong 'rights: scan: stands there twice' \
  '{"name": "a", "rights": [{"datasource": "scan"}, {"datasource": "scan"}]}'
printf '%s\n' '{"name": "a"}' '{"name": "a"}' >users
try 2 users list users
want '*line 2: name: stands there twice*' "$err" "two of one name"
finish_test
