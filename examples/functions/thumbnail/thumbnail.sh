# Started for each job: its request is on standard input, what it prints is the response.
request=$(cat)
for part in 0.25 0.5 0.75 1; do
  sleep 0.4
  echo "jobq:progress $part" >&2
done
echo "jobq:log info made of $request" >&2
echo '{"bytes": '$((RANDOM % 4000 + 1000))'}'
