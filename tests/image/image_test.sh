#!/usr/bin/env bash
# The images of docker/Dockerfile, built and run as README.md and docker/compose.yml say, without a daemon:
# their lines meet the program `docker` that is beside this file.
#   image_test.sh --programs BUILD      with the programs of a build directory
#   image_test.sh --build BUILD         with all steps of the Dockerfile, on a base made by debootstrap:
#                                       a quarter of an hour; jobq of BUILD is outside of the containers
# Ends with 77 where it cannot be run.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
missing=
for tool in buildah ip nsenter setpriv dpkg-query; do
  command -v "$tool" >/dev/null || missing+=" $tool"
done
python3 -c 'import yaml' 2>/dev/null || missing+=" python3-yaml"
[ "$1" = --programs ] || command -v debootstrap >/dev/null || missing+=" debootstrap"
if [ "$(id -u)" != 0 ] || [ -n "$missing" ] || ! unshare --mount --net --pid --fork true; then
  echo "skipped: it takes root, namespaces, buildah and some more; not here:${missing:- the first two}"
  exit 77
fi
build=$(cd "${2:?the build directory}" && pwd) || exit 1
JOBQ=$build/tools/jobq JOBQD=none
# shellcheck source=tests/cli/cli_store.sh
. "$here/../cli/cli_store.sh"
export STATE=$tmp PATH="$here:$PATH"
umask 022

clean_up() {
  for name in $(ip netns list | sed -n "s/^\(jobq${tmp: -6}[^ ]*\).*/\1/p"); do
    ip netns pids "$name" | xargs -r kill -9
    ip netns delete "$name"
  done
  buildah --storage-driver vfs --root "$tmp/images" --runroot "$tmp/run" rm --all >/dev/null
  rm -rf "$tmp"
}
# The host's jobq, where the container's ports are.
jobq() {
  ip netns exec "jobq${tmp: -6}-jobs" "$JOBQ" "$@"
}
if [ "$1" = --programs ]; then
  export PROGRAMS=$build
else
  export BASE=$tmp/base
  debootstrap --variant=minbase bookworm "$BASE" >"$tmp/debootstrap.log" || {
    echo "skipped: no base: $(tail -1 "$tmp/debootstrap.log")"
    exit 77
  }
  # What Debian leaves out of its slim images.
  rm -rf "$BASE"/var/cache/apt/archives/*.deb "$BASE"/usr/share/{man,locale}
  find "$BASE/usr/share/doc" ! -name copyright -type f -delete
  echo "  base: $(du -s --apparent-size --block-size=1000000 "$BASE" | cut -f 1) MB"
fi

# As a checkout is; nothing is written into the one that is tested.
mkdir "$tmp/source"
tar -C "$root" --exclude=./build --exclude=./.git -c . | tar -C "$tmp/source" -x
cd "$tmp/source" || exit 1

# does COMMAND... : and it succeeds.
does() {
  "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  judge "$?" 0 "$*"
}
until_healthy() {
  for _ in $(seq 200); do
    docker exec "$1" jobq ping >"$tmp/out" 2>"$tmp/err" && return
    sleep 0.05
  done
  echo "FAILED: $1 does not get healthy: $(cat "$tmp/err") $(docker logs "$1")"
  exit 1
}

echo "- the lines of README.md"
sed -n '/^```bash$/,/^```$/{/```/d;p}' README.md >"$tmp/lines"
want 7 "$(wc -l <"$tmp/lines")" "lines"
while read -r line; do
  eval "$line" >"$tmp/out" 2>"$tmp/err" </dev/null
  judge "$?" 0 "$line"
  case $line in "docker run "*) until_healthy jobs ;; esac
done <"$tmp/lines"

echo "- what is in the image"
of_config() {
  docker inspect store-jobqueue |
    python3 -c "import json, sys; config = json.load(sys.stdin)[0]['Config']; print($1)"
}
want 555:555 "$(of_config 'config["User"]')" "user"
want '/database' "$(of_config '*config["Volumes"]')" "volumes"
want '5555/tcp 5556/tcp 5557/tcp 5558/tcp' "$(of_config '*sorted(config["ExposedPorts"])')" "ports"
want "CMD jobq ping" "$(of_config '*config["Healthcheck"]["Test"]')" "health check"
want "store" "$(of_config 'config["Labels"]["databox.type"]')" "label"
want "$(docker exec jobs jobqd --version)" \
  "$(of_config 'config["Labels"]["org.opencontainers.image.version"]')" "version"
image=$(buildah --storage-driver vfs --root "$tmp/images" --runroot "$tmp/run" mount | sed 's/^[^ ]* //;q')
size=$(du -s --apparent-size --block-size=1000000 "$image" | cut -f 1)
echo "  $size MB in all"
[ "$size" -le 60 ] || want "at most 60" "$size" "MB"

echo "- a stop, while somebody waits, loses nothing; a new container on the volume goes on"
JOBQ_SERVER_KEY_FILE=curve.public jobq submit scan --token-file client.token --job first --request 1 \
  >"$tmp/out" || want 0 "$?" "submit"
JOBQ_SERVER_KEY_FILE=curve.public jobq schedule add scan nightly --token-file client.token --request 1 \
  --cron @daily --zone Europe/Berlin >"$tmp/out" || want 0 "$?" "a schedule in a time zone"
JOBQ_SERVER_KEY_FILE=curve.public ip netns exec "jobq${tmp: -6}-jobs" "$JOBQ" wait scan first \
  --token-file client.token >"$tmp/waited" 2>&1 & # not in a shell, so that it can be ended
waiting=$!
does docker stop jobs
want 0 "$(docker wait jobs)" "exit code of the store"
kill "$waiting"
does docker rm jobs
eval "$(grep '^docker run ' "$tmp/lines")"
until_healthy jobs
out=$(JOBQ_SERVER_KEY_FILE=curve.public jobq status scan first --token-file client.token --json)
want '{*"status":"submitted"*' "$out" "the job"
does docker stop jobs
does docker rm jobs

echo "- docker/compose.yml"
want 'app_token driver_token server_key watcher_token' "$(cd docker/secrets && echo *)" "secrets"
want 0 "$(docker compose -f docker/compose.yml wait app)" "exit code of the app"
want '* submitted*100%*complete*words: 9*' "$(docker compose -f docker/compose.yml logs app)" "the app"
for _ in $(seq 200); do
  case $(docker compose -f docker/compose.yml logs watcher) in *'"complete"'*) break ;; esac
  sleep 0.05
done
want '{*"submitted"*"accepted"*"complete"*' "$(docker compose -f docker/compose.yml logs watcher)" "watcher"
in_watcher() {
  docker compose -f docker/compose.yml exec -T watcher "$@" >"$tmp/out" 2>"$tmp/err"
}
in_watcher jobq ping
judge "$?" 0 "the store, from the clients' network"
for host in store store-for-drivers; do
  in_watcher jobq ping --patience 1s --endpoint "tcp://$host:5558"
  judge "$?" 6 "the drivers' endpoint of $host, from the clients' network"
done
in_watcher jobq submit words --request 1
judge "$?" 3 "a submit of the watcher"
does docker compose -f docker/compose.yml up --detach http
at_gateway() {
  ip netns exec "jobq${tmp: -6}-jobs-http" curl -sS --retry 20 --retry-connrefused --retry-delay 1 "$@"
}
want '{"status":"ok"}' "$(at_gateway http://127.0.0.1:8080/healthz)" "the gateway, and the store behind it"
want '*"complete"*' "$(at_gateway -H "Authorization: Bearer $(cat docker/secrets/watcher_token)" \
  http://127.0.0.1:8080/v1/words/job/list)" "the app's job, over HTTP"
does docker compose -f docker/compose.yml down
finish_test
