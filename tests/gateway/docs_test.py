#!/usr/bin/env python3
"""The shell blocks of docs/http.md and docs/compatibility.md, in their order: each line must
succeed."""

import os
import pathlib
import re
import subprocess

from programs import LONG, run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

SHIMS = """
set -eu
jobq() { "$JOBQ" "$@"; }
jobq-http() { :; }
jobqd() { :; }
curl() {
  local limit=20
  case " $* " in *" -N "*) limit=1 ;; esac
  command curl -sS --fail-with-body --max-time "$limit" "${@//127.0.0.1:8080/127.0.0.1:$PORT}" ||
    [ "$?.$limit" = 28.1 ]
}
promtool() { command promtool "$@"; }
"""


def blocks(world, name):
    """What they print."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    found = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    assert len(found) > 2
    script = SHIMS + "".join(found).replace("/tmp/jobs", str(world.path / "data"))
    done = subprocess.run(["bash", "-c", script], cwd=world.path, capture_output=True, text=True,
                          timeout=10 * LONG,
                          env={**os.environ, "PORT": str(world.port),
                               "JOBQ_ENDPOINT": f"ipc://{world.path}/request"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def page(world):
    world.start_gateway()
    out = blocks(world, "http.md")
    assert '"status":"complete"' in out and '"total":1' in out, out
    assert "HttpOnly" in out


def compatibility(world):
    """The file is there from the start, and read again when the page has changed it."""
    users = world.path / "jobs.users"
    users.touch(0o600)
    world.start_gateway("--users", str(users))
    out = blocks(world, "compatibility.md")
    assert '"qual_name":"core4.queue.helper.job.example.DummyJob"' in out, out
    assert '{"0":{' in out and '"state":"complete"' in out, out


if __name__ == "__main__":
    run([page, compatibility])
