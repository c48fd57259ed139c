#!/usr/bin/env python3
"""JobEngine's requests, with curl, as its document has them."""

import json
import os
import subprocess

from programs import LONG, run

CREATE = {"content": {"job": "content"}, "valid_for": 600, "priority": 80}


def add_user(world, name, queue="test_queue_1", password=None, **tokens):
    options = []
    for kind, token in tokens.items():
        file = world.path / f"{name}.{queue}.{kind}"
        file.write_text(token + "\n", encoding="utf-8")
        options += [f"--{kind}-token-file", str(file)]
    if password:
        options += ["--password-file", "-"]
    subprocess.run(
        [os.environ["JOBQ"], "users", "add", str(world.path / "users"), name, "--datasource",
         queue, *options],
        input=password or "", check=True, capture_output=True, text=True, timeout=LONG)


def start(world):
    queue = "test_queue_1"
    add_user(world, "service3", client=world.mint("--client-of", queue, "--client", "service3"))
    add_user(world, "service1", driver=world.mint("--driver-of", queue),
             operator=world.mint("--operator-of", queue))
    add_user(world, "service2", "test_queue_2", driver=world.mint("--driver-of", "test_queue_2"))
    world.start_gateway("--users", str(world.path / "users"))


def curl(world, method, path, *headers, body=None, options=()):
    """Code and body; what is not JSON is None."""
    sent = ["--data-binary", json.dumps(body) if not isinstance(body, str) else body]
    done = subprocess.run(
        ["curl", "-sS", "-X", method, "--max-time", str(LONG), "-w", "\n%{http_code}", *options,
         *(part for header in headers for part in ("-H", header)),
         *(sent if body is not None else []), f"http://127.0.0.1:{world.port}{path}"],
        check=True, capture_output=True, text=True, timeout=LONG)
    text, code = done.stdout.rsplit("\n", 1)
    return int(code), json.loads(text) if text else None


def by(name, queue="test_queue_1", *more):
    return [f"X-Name: {name}", f"X-Queue: {queue}", *more]


def create(world, **fields):
    code, job = curl(world, "PUT", "/api/v1/jobs/create",
                     *by("service3", "test_queue_1", "X-Content-Type: application/json"),
                     body={**CREATE, **fields})
    assert code == 201, (code, job)
    return job


def take(world):
    return curl(world, "GET", "/api/v1/jobs/next", *by("service1"))


def listed(world, status=None):
    more = [f"X-Status-Filter: {status}"] if status else []
    code, jobs = curl(world, "GET", "/api/v1/jobs", *by("service1", "test_queue_1", *more))
    assert code == (200 if jobs else 204), code
    return [jobs[str(i)] for i in range(len(jobs))] if jobs else []


def update(world, job, **said):
    return curl(world, "POST", f"/api/v1/jobs/{job['uid']}",
                *by("service1", "test_queue_1", "Content-Type: application/json"), body=said)[0]


def as_printed(world):
    start(world)
    assert curl(world, "GET", "/api/v1/test") == (200, None)
    assert take(world) == (204, None)
    assert listed(world) == []
    made = create(world)
    assert made["content"] == {"job": "content"} and made["priority"] == 80
    assert made["created"] == made["last_updated"] and made["state"] == "queued"
    assert made["timeout_time"] == made["created"] + 600
    assert listed(world) == listed(world, "queued") == [made]
    code, taken = take(world)
    assert code == 200 and taken["state"] == "inprogress" and taken["uid"] == made["uid"]
    assert {**taken, "state": "queued", "last_updated": 0} == {**made, "last_updated": 0}, taken
    assert take(world) == (204, None)
    assert listed(world, "queued") == [] and listed(world, "inprogress") == [taken]
    assert update(world, taken, status="complete", content={"job": "done"},
                  timeout_time=1582797595, priority=90) == 200
    [done] = listed(world, "complete")
    assert done["state"] == "complete" and done["content"] == {"job": "done"}, done
    assert listed(world, "failed") == []


def order(world):
    start(world)
    jobs = [create(world, priority=priority, content={"n": n})
            for n, priority in enumerate([1, 100, 50, 100])]
    wanted = [jobs[i]["uid"] for i in (1, 3, 2, 0)]
    assert [take(world)[1]["uid"] for _ in jobs] == wanted
    assert sorted(job["uid"] for job in listed(world, "inprogress")) == sorted(wanted)
    assert create(world, valid_for=0)["timeout_time"] == 0


def updates(world):
    start(world)
    low, high = create(world, priority=10), create(world, priority=20)
    assert update(world, low, priority=90, content={"new": 1.50}, timeout_time=4102444800) == 200
    first = listed(world)[0]
    assert first["uid"] == low["uid"] and first["content"] == {"new": 1.5}, first
    assert first["priority"] == 90 and abs(first["timeout_time"] - 4102444800) <= 1, first
    # Taken by its id, given back with what was left, taken again.
    assert update(world, high, status="inprogress") == 200
    assert update(world, high, content={"half": True}) == 200
    assert update(world, high) == 200
    [running] = listed(world, "inprogress")
    assert running["uid"] == high["uid"] and running["content"] == {"half": True}, running
    assert update(world, high, status="queued", priority=95) == 200
    code, again = take(world)
    assert code == 200 and again["uid"] == high["uid"] and again["content"] == {"half": True}
    assert update(world, high, status="failed", content={"why": "torn"}) == 200
    assert [job["uid"] for job in listed(world, "failed")] == [high["uid"]]
    # Of one that waits too; and said again.
    assert update(world, low, status="complete") == 200
    assert update(world, low, status="complete") == 200
    assert update(world, low, status="queued") == 409
    assert listed(world, "queued") == []


def gateway_restarts(world):
    """The lease is found again by whoever answers."""
    start(world)
    create(world)
    _, job = take(world)
    world.gateway.kill()
    world.store.kill()
    world.start_store()
    world.start_gateway()
    assert update(world, job, status="complete") == 200
    assert [one["uid"] for one in listed(world, "complete")] == [job["uid"]]


def deleting(world):
    start(world)

    def delete(job, name="service1"):
        return curl(world, "DELETE", f"/api/v1/jobs/{job['uid']}", *by(name))[0]

    waits, runs = create(world, priority=1), create(world, priority=2)
    assert take(world)[1]["uid"] == runs["uid"]
    assert delete(runs) == 409, "a worker has it"
    assert update(world, runs, status="complete") == 200
    assert delete(waits, "service3") == 403 and delete(waits, "nobody") == 401
    assert len(listed(world)) == 2
    # What `jobq admin apply` makes of the right to edit: its token would cover a removal.
    add_user(world, "service4", driver=world.mint("--driver-of", "test_queue_1"),
             operator=world.mint("--unlimited", "--caveat",
                                 "calls = POST /admin/test_queue_1/job/*"))
    assert delete(waits, "service4") == 403
    assert curl(world, "POST", f"/api/v1/jobs/{waits['uid']}", *by("service4"),
                body={"priority": 3})[0] == 200
    assert delete(waits) == 204 and delete(runs) == 204
    assert delete(waits) == 404 and listed(world) == []


def refused(world):
    start(world)
    add_user(world, "locked", password="hans", driver=world.mint("--driver-of", "test_queue_1"))
    job = create(world)
    next_job, jobs, made = "/api/v1/jobs/next", "/api/v1/jobs", "/api/v1/jobs/create"
    wrong = [
        (400, "GET", next_job, [], None),
        (400, "GET", next_job, ["X-Name: service1"], None),
        (400, "GET", next_job, ["X-Queue: test_queue_1"], None),
        (401, "GET", next_job, by("nobody"), None),
        (401, "GET", next_job, by("service1", "test_queue_1", "X-Name: service3"), None),
        (403, "GET", next_job, by("service1", "test_queue_2"), None),
        (403, "GET", next_job, by("service3"), None),
        (403, "GET", jobs, by("service3"), None),
        (403, "PUT", made, by("service1"), CREATE),
        (403, "POST", f"{jobs}/{job['uid']}", by("service3"), {"status": "complete"}),
        (400, "GET", jobs, by("service1", "test_queue_1", "X-Status-Filter: done"), None),
        (400, "PUT", made, by("service3"), {"priority": 1}),
        (400, "PUT", made, by("service3"), {**CREATE, "priority": 0}),
        (400, "PUT", made, by("service3"), {**CREATE, "priority": 101}),
        (400, "PUT", made, by("service3"), {**CREATE, "content": [1]}),
        (400, "PUT", made, by("service3"), "{"),
        (405, "POST", made, by("service3"), CREATE),
        (404, "GET", "/api/v1/queues", by("service3"), None),
        (404, "POST", f"{jobs}/nothing", by("service1"), {"status": "complete"}),
        (400, "POST", f"{jobs}/{job['uid']}", by("service1"), {"status": "done"}),
        (400, "POST", f"{jobs}/{job['uid']}", by("service1"), {"priority": 101}),
        (400, "POST", f"{jobs}/{job['uid']}", by("service1"), {"timeout_time": 1}),
        # A name with a password is not believed by itself.
        (401, "GET", jobs, by("locked"), None),
    ]
    for code, method, path, headers, body in wrong:
        got = curl(world, method, path, *headers, body=body)
        assert got[0] == code, (code, method, path, headers, body, got)
    assert listed(world) == [job], "a refusal changes nothing"
    assert curl(world, "GET", jobs, *by("locked"), options=["-u", "locked:hans"])[0] == 200
    assert curl(world, "GET", jobs, *by("locked"), options=["-u", "locked:greta"])[0] == 401
    assert curl(world, "GET", jobs, *by("service1"), options=["-u", "locked:hans"])[0] == 403
    # Somebody else's worker has it.
    taken = world.call("POST", "/v1/jobs/test_queue_1/accept", {"worker": "w"},
                       world.mint("--driver-of", "test_queue_1")).json()["accepted"][0]
    assert update(world, {"uid": taken["job"]}, status="complete") == 409
    # Without the file there is none of it.
    world.gateway.kill()
    world.gateway_options = []
    world.start_gateway()
    assert curl(world, "GET", "/api/v1/test")[0] == 404
    assert curl(world, "GET", jobs, *by("service1"))[0] == 404


if __name__ == "__main__":
    run([as_printed, order, updates, gateway_restarts, deleting, refused])
