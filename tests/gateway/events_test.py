#!/usr/bin/env python3
"""Event streams of jobq-http: nothing is lost or told twice, whoever dies in between."""

import json
import resource
import socket
import threading

from programs import LONG, Stream, run
from rest_test import JOBS, accept, finish, problem, submit

EVENTS = JOBS + "events"


def take(events, count, wanted=None):
    """So many that are no comments, or up to the one of that name."""
    got = []
    for name, data in events:
        if name == ":":
            continue
        got.append((name, data))
        if len(got) == count or name == wanted:
            return got
    raise AssertionError(f"the stream ended after {got}")


def snapshot_first(world):
    world.start_gateway("--heartbeat", "100ms")
    for i in range(3):
        submit(world, f"job-{i}")
    stream = Stream(world, EVENTS, world.client)
    assert stream.code == 200
    assert stream.reply.getheader("Content-Type") == "text/event-stream"
    events = stream.events()
    [(name, snapshot)] = take(events, 1)
    assert name == "snapshot" and stream.last_id == 3, (name, snapshot)
    assert [job["job"] for job in snapshot["jobs"]] == ["job-0", "job-1", "job-2"]
    assert snapshot["cursor"] == 3
    submit(world, "job-3")
    [(name, data)] = take(events, 1)
    assert name == "submitted" and data["job"] == "job-3" and data["sequence"] == 4
    assert data["event"] == "submitted" and stream.last_id == 4
    # While nothing happens it says that it is alive.
    assert next(events) == (":", "heartbeat")
    stream.close()
    # Without the jobs: how far the event log has come, and what comes then.
    bare = Stream(world, EVENTS + "?noSnapshot=true", world.client)
    events = bare.events()
    assert take(events, 1) == [("snapshot", {"event": "snapshot", "cursor": 4, "jobs": []})]
    submit(world, "job-4")
    assert take(events, 1)[0][1]["job"] == "job-4" and bare.last_id == 5
    bare.close()
    # Another's jobs are not seen, nor is how many there are.
    others = Stream(world, EVENTS, world.other).events()
    assert take(others, 1)[0][1]["jobs"] == []
    # A driver sees all, as `jobq watch` does.
    driver = Stream(world, "/v1/jobs/scan/events?after=0", world.driver).events()
    assert [data["job"] for _, data in take(driver, 4)] == [f"job-{i}" for i in range(4)]


def large_snapshot(world):
    world.start_gateway()
    jobs = [{"job": f"job-{i}", "request": i} for i in range(1000)]
    for _ in range(2):
        world.call("POST", JOBS, {"jobs": jobs}, world.client)
    stream = Stream(world, EVENTS, world.client)
    names = []
    for name, data in stream.events():
        assert name == "snapshot"
        names += [job["job"] for job in data["jobs"]]
        if stream.last_id is not None:
            break
    assert names == [f"job-{i}" for i in range(1000)]


def close_at_the_end(world):
    world.start_gateway()
    submit(world, "job-1")
    path = JOBS + "job-1/events"
    stream = Stream(world, path, world.client)
    events = stream.events()
    assert take(events, 1)[0][1]["jobs"][0]["job"] == "job-1"
    [job] = accept(world)
    finish(world, job, log={"lines": [{"level": "info", "text": "page 1"}]})
    finish(world, job)
    told = take(events, 4)
    assert [name for name, _ in told] == ["accepted", "log", "complete", "close"], told
    assert list(events) == []
    # Again, from each place: what is left, and the end.
    for after, left in ((0, 5), (1, 4), (4, 1), (stream.last_id, 1)):
        again = [name for name, _ in Stream(world, path, world.client, last_id=after).events()
                 if name != ":"]
        assert len(again) == left and again[-1] == "close", (after, again)
    final = [name for name, _ in Stream(world, path, world.client).events() if name != ":"]
    assert final == ["snapshot", "close"], final
    # The ticket of the job is a right to see it.
    ticket = submit(world, "job-1").json()["ticket"]
    assert [name for name, _ in Stream(world, path, ticket).events() if name != ":"] == final
    problem(world.call("GET", JOBS + "none/events", token=world.client,
                       Accept="text/event-stream"), 404, "job")


def other_forms(world):
    world.start_gateway("--heartbeat", "100ms")
    submit(world, "job-1")
    page = world.call("GET", EVENTS + "?after=0", token=world.client)
    assert page.json()["events"][0]["job"] == "job-1" and page.json()["isEnd"]
    # A long poll: answered when something happens.
    waiting = world.connect()
    waiting.request("GET", EVENTS + "?after=1&waitMs=60000",
                    headers={"Authorization": f"Bearer {world.client}"})
    lines = Stream(world, EVENTS + "?after=0", world.client, "application/x-ndjson")
    assert lines.reply.getheader("Content-Type") == "application/x-ndjson"
    told = (json.loads(line) for line in lines.lines() if line)
    assert next(told)["job"] == "job-1"
    assert next(told) == {"event": "heartbeat", "cursor": 1}
    submit(world, "job-2")
    assert next(one for one in told if one["event"] != "heartbeat")["job"] == "job-2"
    assert json.loads(waiting.getresponse().read())["events"][0]["job"] == "job-2"
    gone = world.call("GET", EVENTS + "?after=999", token=world.client)
    assert problem(gone, 410, "after")["snapshot"]["cursor"] == 2
    lost = Stream(world, EVENTS, world.client, last_id=999).events()
    assert take(lost, 1)[0][0] == "lost"
    problem(world.call("GET", EVENTS, token=world.client, Accept="text/event-stream",
                       Last_Event_ID="x"), 400, "Last-Event-ID")
    problem(world.call("GET", EVENTS + "?limit=1", token=world.client,
                       Accept="text/event-stream"), 400, "limit")
    problem(world.call("GET", EVENTS, Accept="text/event-stream"), 401, "token")
    assert Stream(world, EVENTS, world.other, last_id=0).code == 200


def without_a_gap(world):
    """Jobs are submitted all the while; gateway and store are killed in turn."""
    world.start_gateway("--heartbeat", "100ms", "--patience", "200ms")
    count = 60
    seen = []

    def watch():
        last = 0
        while len(seen) < count:
            try:
                stream = Stream(world, EVENTS, world.client, last_id=last)
                for name, data in stream.events():
                    last = stream.last_id
                    if name != ":":
                        seen.append(data)
                    if len(seen) == count:
                        return
            except OSError:  # the gateway is away
                pass

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    for i in range(count):
        while True:
            try:
                if submit(world, f"job-{i}").code in (200, 201):
                    break
            except OSError:
                pass
        if i % 20 == 6:
            world.gateway.kill()
            world.start_gateway()
        if i % 20 == 13:
            world.store.kill()
            world.start_store()
    watcher.join(2 * LONG)
    assert [one["job"] for one in seen] == [f"job-{i}" for i in range(count)], seen
    assert [one["sequence"] for one in seen] == list(range(1, count + 1))


def ended_rights(world):
    world.start_gateway("--heartbeat", "50ms", "--streams-per-token-max", "2")
    submit(world, "job-1")
    opened = [Stream(world, path, world.client) for path in (EVENTS, JOBS + "job-1/events")]
    narrow = world.jobq("", "attenuate", world.client, "--job", "job-1").strip()
    for token in (world.client, narrow):
        problem(world.call("GET", JOBS + "job-1/events", token=token, Accept="text/event-stream"),
                429, "streams")
    # Another token's place is another one.
    assert Stream(world, EVENTS, world.other).code == 200
    finish(world, accept(world)[0])
    assert [name for name, _ in opened[1].events()][-1] == "close"
    assert Stream(world, EVENTS, world.client).code == 200
    short = world.mint("--client-of", "scan", "--client", "me", "--expires", "2s")
    streams = [Stream(world, EVENTS, short) for _ in range(2)]
    for stream in streams:
        *_, (name, data) = (one for one in stream.events() if one[0] != ":")
        assert name == "error" and data["status"] == 403, (name, data)


def slow_reader(world):
    """One that reads nothing is let go; the others get all."""
    world.start_gateway("--write-timeout", "300ms", "--heartbeat", "50ms")
    sleeper = socket.socket()
    sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sleeper.settimeout(LONG)
    sleeper.connect(("127.0.0.1", world.port))
    sleeper.sendall((f"GET {EVENTS}?after=0 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                     f"Authorization: Bearer {world.client}\r\n\r\n").encode())
    reader = Stream(world, EVENTS + "?after=0", world.client).events()
    tags = ["t" * 120 + str(i) for i in range(16)]
    total = 0
    while streams_now(world) > 1:
        jobs = [{"request": i, "tags": tags, "function": "f" * 128} for i in range(1000)]
        world.call("POST", JOBS, {"jobs": jobs, "noTickets": True}, world.client)
        total += 1000
        assert len(take(reader, 1000)) == 1000
        assert total < 200_000
    sleeper.close()


def streams_now(world):
    """Open files of the gateway that are connections with a peer, but for ours to ask."""
    done = open("/proc/net/tcp", encoding="ascii").read().splitlines()[1:]
    own = f":{world.port:04X}"
    return sum(line.split()[1].endswith(own) and line.split()[3] == "01" for line in done)


def many(world):
    count = 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    world.start_gateway("--streams-per-token-max", "1000", "--heartbeat", "5s")
    submit(world, "job-0")
    streams = [Stream(world, EVENTS + "?after=1", world.client) for _ in range(count)]
    assert all(stream.code == 200 for stream in streams)
    submit(world, "job-1")
    for stream in streams:
        assert take(stream.events(), 1)[0][1]["job"] == "job-1"
    print(f"{count} streams: {world.gateway.resident() >> 20} MiB")
    assert world.gateway.resident() < 100 << 20
    for stream in streams:
        stream.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def changes(world):
    world.start_gateway("--heartbeat", "100ms", "--streams-per-token-max", "3")
    both = world.mint("--unlimited")
    submit(world, "job-1")
    path = "/changes?path=/jobs/scan/events,/jobs/none/events"
    stream = Stream(world, path, both)
    assert stream.code == 200
    events = stream.events()
    told = take(events, 2)
    assert sorted(data["path"] for _, data in told) == ["/jobs/none/events", "/jobs/scan/events"]
    assert {name for name, _ in told} == {"changed"}, told
    # While nothing happens it says that it is alive.
    assert next(events) == (":", "heartbeat")
    for job in ("job-2", "job-3"):
        submit(world, job)
        assert take(events, 1) == [("changed", {"path": "/jobs/scan/events"})]
    # Each path counts as a stream.
    problem(world.call("GET", path, token=both), 429, "streams")
    stream.close()
    # What a token does not open is said, of that path alone.
    mixed = Stream(world, "/changes?path=/scan/job/events,/jobs/scan/events", world.client).events()
    told = dict(take(mixed, 2))
    assert told["changed"] == {"path": "/scan/job/events"}, told
    assert told["refused"]["path"] == "/jobs/scan/events" and told["refused"]["status"] == 403
    submit(world, "job-4")
    assert take(mixed, 1)[0][1]["path"] == "/scan/job/events"
    # It goes on when the store was away.
    world.store.kill()
    world.start_store()
    submit(world, "job-5")
    assert take(mixed, 1) == [("changed", {"path": "/scan/job/events"})]
    for wrong in ("/changes", "/changes?path=/scan/job/list", "/changes?path=", "/changes?x=1"):
        assert world.call("GET", wrong, token=both).code == 400, wrong
    assert world.call("POST", "/changes", token=both).code == 405
    assert world.call("GET", "/changes?path=/scan/job/events").code == 401


if __name__ == "__main__":
    run([snapshot_first, large_snapshot, close_at_the_end, other_forms, without_a_gap,
         ended_rights, slow_reader, many, changes])
