#!/usr/bin/env python3
"""core4's job API: the lines of its document, as they are printed there (core4_lines.txt), and what
they do not show."""

import ast
import contextlib
import doctest
import io
import json
import os
import pathlib
import re
import subprocess
import threading

import requests

from programs import LONG, run

LINES = pathlib.Path(__file__).with_name("core4_lines.txt")
PRINTED = "http://localhost:5001"
JOB = "/core4/api/v1/job"
KIND = "core4.queue.helper.job.example.DummyJob"
OF_THE_DOCUMENT = "5f6252b42e84fa29038a3e3f"


def add_user(world, name, password, **tokens):
    options = []
    for kind, token in tokens.items():
        file = world.path / f"{name}.{kind}"
        file.write_text(token + "\n", encoding="utf-8")
        options += [f"--{kind}-token-file", str(file)]
    subprocess.run(
        [os.environ["JOBQ"], "users", "add", str(world.path / "users"), name, "--password-file",
         "-", "--datasource", "scan", *options],
        input=password + "\n", check=True, capture_output=True, text=True, timeout=LONG)


def start(world):
    add_user(world, "admin", "hans", client=world.mint("--client-of", "scan"),
             driver=world.driver, operator=world.operator)
    add_user(world, "eve", "eva", client=world.mint("--client-of", "scan", "--client", "eve"))
    world.start_gateway("--users", str(world.path / "users"), "--heartbeat", "1s")


def ask(world, method, path, user=("admin", "hans"), **more):
    return requests.request(method, f"http://127.0.0.1:{world.port}{JOB}{path}", auth=user,
                            timeout=LONG, **more)


def enqueue(world, user=("admin", "hans"), **more):
    answer = ask(world, "POST", "", user, json={"qual_name": KIND, "follow": False, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def events(answer):
    """(name, data) of a stream that ends."""
    assert answer.headers["Content-Type"].startswith("text/event-stream"), answer.text
    text = b"".join(answer).decode()
    found = re.findall(r"^event: (\w+)\ndata: (.*)\n$", text, re.M)
    return [(name, json.loads(data)) for name, data in found]


class Worker:
    """Does jobs of scan with `work`, one after the other, until it is told to end."""

    def __init__(self, world, work):
        self.world = world
        self.work = work
        self.is_over = False
        self.error = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            while not self.is_over:
                answer = self.world.call("POST", "/v1/jobs/scan/accept",
                                         {"worker": "w", "waitMs": 200}, self.world.driver)
                for job in answer.json()["accepted"]:
                    self.work(self, job)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def say(self, job, **word):
        lease = {name: job[name] for name in ("job", "attempt", "leaseToken")}
        answer = self.world.call("POST", "/v1/jobs/scan/update", {**lease, **word},
                                 self.world.driver)
        assert answer.code == 200, answer.text

    def wait_for_cancel(self, job):
        while not self.world.call("POST", "/v1/jobs/scan/renew", {"worker": "w", "waitMs": 20000},
                                  self.world.driver).json().get("cancels"):
            pass
        self.say(job, cancelled=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join(LONG)
        if self.error:
            raise self.error


def do(worker, job):
    worker.say(job, log={"lines": [{"level": "info", "text": "start"}]})
    worker.say(job, progress={"value": 0.5, "message": "half"})
    worker.say(job, log={"lines": [{"level": "warning", "text": "one"}, {"text": "two"}]})
    worker.say(job, complete=None)


def as_printed(world):
    """Only host and port are changed. The job that the document names is there."""
    start(world)
    world.call("POST", "/v1/jobs/scan/functions", {"name": KIND, "author": "mra"}, world.driver)
    world.call("POST", "/v1/scan/job/", {"job": OF_THE_DOCUMENT, "request": {"sleep": 60}},
               world.client)
    count = 0

    def work(worker, job):
        nonlocal count
        count += job["job"] != OF_THE_DOCUMENT
        if count == 2:
            worker.wait_for_cancel(job)
        else:
            do(worker, job)

    text = LINES.read_text(encoding="utf-8")
    assert text.count(PRINTED) == 15, "the lines are not all there"
    examples = doctest.DocTestParser().get_examples(
        text.replace(PRINTED, f"http://127.0.0.1:{world.port}"))
    names, told, answers = {}, [], []
    with Worker(world, work):
        for example in examples:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(example.source, "<document>", "single"), names)
            told.append(out.getvalue())
            if example.source.startswith("rv ="):
                answers.append(names["rv"])
    for answer in answers:
        assert answer.status_code == 200, (answer.url, answer.text)
    assert len(answers) == 15
    kinds = answers[1].json()
    assert [one["qual_name"] for one in kinds["data"]] == [KIND], kinds
    assert kinds["data"][0]["author"] == "mra" and kinds["page_count"] == 1, kinds
    assert answers[3].json()["data"]["args"] == {"sleep": 60}
    assert names["jid"] != names["new_jid"]
    assert [one["_id"] for one in answers[5].json()["data"]] == [names["jid"]]
    assert "'data': []" in told[-1], told[-1]
    assert "killed\n" in told
    # Chunks, as `for line in rv` gives them.
    streamed = b"".join(ast.literal_eval(line) for line in "".join(told).splitlines()
                        if line.startswith(("b'", 'b"')))
    assert streamed.count(b"event: close\n") == 3, streamed


def streaming(world):
    """States, all lines of the log, and the end: none twice, none left out."""
    start(world)
    with Worker(world, do):
        answer = ask(world, "POST", "", json={"qual_name": KIND, "args": {"n": 1.50}}, stream=True)
        got = events(answer)
    names = [name for name, _ in got]
    assert names[0] == "state" and names[-1] == "close", names
    states = [data for name, data in got if name == "state"]
    job = states[0]["_id"]
    assert re.fullmatch("[0-9a-f]{24}", job), job
    assert states[0]["args"] == {"n": 1.5} and states[0]["qual_name"] == KIND
    assert states[-1]["state"] == "complete", states
    lines = [data for name, data in got if name == "log"]
    assert [line["message"] for line in lines] == ["start", "one", "two"], lines
    assert [line["level"] for line in lines] == ["INFO", "WARNING", "INFO"], lines
    assert {line["identifier"] for line in lines} == {job}
    assert got[-1][1] == {"state": len(states), "log": 3}, got[-1]
    # Of a job that has ended: as it is, its log, the end.
    again = events(ask(world, "GET", f"/follow/{job}", stream=True))
    assert [name for name, _ in again] == ["state", "log", "log", "log", "close"], again
    only = events(ask(world, "GET", f"/log/{job}?follow=true", stream=True))
    assert [name for name, _ in only] == ["log", "log", "log", "close"], only
    pages = [ask(world, "GET", f"/log/{job}", params={"per_page": 2, "page": page}).json()
             for page in range(3)]
    assert [[line["message"] for line in page["data"]] for page in pages] == [
        ["start", "one"], ["two"], []], pages
    assert pages[0]["total_count"] == 3 and pages[0]["page_count"] == 2, pages[0]
    details = ask(world, "GET", f"/{job}").json()["data"]
    assert details["journal"] and details["trial"] == 1 and details["prog"]["value"] == 0.5, details


def stream_goes_on(world):
    """Through a restart of the store, in the middle of a job."""
    start(world)
    job = enqueue(world)
    stream = ask(world, "GET", f"/follow/{job}", stream=True)
    lines = stream.iter_lines(chunk_size=1)
    while not next(lines).startswith(b"event: state"):
        pass
    world.store.kill()
    world.start_store()
    with Worker(world, do):
        rest = [line for line in lines if line.startswith(b"event:")]
    assert rest.count(b"event: log") == 3 and rest[-1] == b"event: close", rest


def follow_a_kind(world):
    """All jobs of a kind, from now on, and no others."""
    start(world)
    kind = {"name": KIND}
    world.call("POST", "/v1/jobs/scan/functions", kind, world.driver)
    assert ask(world, "GET", "/follow/no.Kind", stream=True).status_code == 404
    stream = ask(world, "GET", f"/follow/{KIND}", stream=True)
    lines = stream.iter_lines(chunk_size=1)
    assert next(lines) == b": heartbeat"
    enqueue(world, qual_name="other.Kind")
    jobs = [enqueue(world), enqueue(world)]
    ended, logs, name = {}, [], None
    with Worker(world, do):
        for line in lines:
            if line.startswith(b"event: "):
                name = line[7:]
            if not line.startswith(b"data: "):
                continue
            data = json.loads(line[6:])
            assert data["qual_name"] == KIND, data
            if name == b"log":
                logs.append((data["identifier"], data["message"]))
            elif data["state"] == "complete":
                ended[data["_id"]] = data
            if len(ended) == 2:
                break
    assert sorted(ended) == sorted(jobs)
    assert sorted(logs) == sorted((job, text) for job in jobs for text in ("start", "one", "two"))
    # Of the user's own jobs, where no more may be seen.
    own = ask(world, "GET", f"/follow/{KIND}", ("eve", "eva"), stream=True).iter_lines(chunk_size=1)
    assert next(own) == b": heartbeat"
    enqueue(world)
    mine = enqueue(world, ("eve", "eva"))
    data = next(line for line in own if line.startswith(b"data: "))
    assert json.loads(data[6:])["_id"] == mine, data


def lists(world):
    start(world)
    assert ask(world, "GET", "/list").json()["data"] == [], "before there is a datasource"
    assert ask(world, "GET", "").json()["data"] == []
    for name in ("proj.Alpha", "proj.alphabet", "proj.Beta"):
        world.call("POST", "/v1/jobs/scan/functions",
                   {"name": name, "documentation": "of " + name}, world.driver)
    found = ask(world, "GET", "/list?search=p?oj*ALPHA").json()
    assert [one["_id"] for one in found["data"]] == ["proj.Alpha", "proj.alphabet"], found
    assert found["data"][0]["doc"] == "of proj.Alpha"
    assert (found["total_count"], found["count"], found["page"], found["per_page"]) == (2, 2, 0, 10)
    assert found["data"][0]["schedule"] is None
    world.call("POST", "/v1/scan/job/schedules/nightly",
               {"cron": "30 2 * * *", "job": {"function": "proj.Alpha", "request": {}}},
               world.client)
    assert ask(world, "GET", "/list?search=.Alpha").json()["data"][0]["schedule"] == "30 2 * * *"
    down = ask(world, "GET", '/list?per_page=2&page=1&sort=[["_id",-1]]').json()
    assert [one["_id"] for one in down["data"]] == ["proj.Alpha"], down
    assert down["page_count"] == 2
    jobs = [enqueue(world, qual_name=f"kind.{i % 2}", args={"i": i}) for i in range(5)]
    by_get = ask(world, "GET", "", params={"per_page": 2, "page": 1}).json()
    by_post = ask(world, "POST", "/queue", json={"per_page": 2, "page": 1}).json()
    assert [one["_id"] for one in by_get["data"]] == jobs[2:4] == [
        one["_id"] for one in by_post["data"]], by_get
    assert [one["args"] for one in by_get["data"]] == [{"i": 2}, {"i": 3}]
    assert by_get["total_count"] == 5 and by_get["page_count"] == 3
    row = by_get["data"][0]
    assert row["state"] == "pending" and row["highstate"] == "waiting" and row["age"] >= 0, row
    assert not any(row["flag"].values())
    odd = ask(world, "POST", "/queue", json={"filter": {"qual_name": {"$in": ["kind.1"]}},
                                             "sort": [["_id", -1]]}).json()
    assert [one["_id"] for one in odd["data"]] == [jobs[3], jobs[1]], odd
    assert ask(world, "GET", "", ("eve", "eva")).json()["total_count"] == 0


def large(world):
    """Pages of what would take too much memory are refused; smaller ones are there."""
    start(world)
    for _ in range(70):
        enqueue(world, args={"text": "x" * 1000000})
    assert ask(world, "GET", "?per_page=100").status_code == 413
    assert ask(world, "GET", "?per_page=5").json()["total_count"] == 70


def control(world):
    """What a worker has is killed by it; what was restarted is told by both."""
    start(world)
    with Worker(world, Worker.wait_for_cancel):
        job = enqueue(world)
        stream = ask(world, "GET", f"/follow/{job}", stream=True)
        for line in stream.iter_lines(chunk_size=1):
            if b'"state":"running"' in line:
                break
        assert ask(world, "PUT", f"/restart/{job}").status_code == 409
        assert ask(world, "PUT", f"/remove/{job}").status_code == 409
        assert ask(world, "PUT", f"/kill/{job}").json()["data"] is True
    assert ask(world, "GET", f"/{job}").json()["data"]["flag"]["killed"]
    new = ask(world, "PUT", f"/restart/{job}", json={"follow": False}).json()["data"]
    old = ask(world, "GET", f"/{job}").json()["data"]
    assert old["state"] == "killed" and old["journal"] and old["enqueued"]["child_id"] == new, old
    details = ask(world, "GET", f"/{new}").json()["data"]
    assert details["enqueued"]["parent_id"] == job and not details["journal"], details
    assert [one["_id"] for one in ask(world, "GET", "").json()["data"]] == [new]
    # Restarted and followed; one that waits keeps its id.
    stream = ask(world, "PUT", f"/restart/{new}", stream=True)
    with Worker(world, do):
        got = events(stream)
    assert got[0][1]["_id"] == new and got[-1][0] == "close", got
    waiting = enqueue(world)
    assert ask(world, "PUT", f"/remove/{waiting}").json()["data"] is True
    assert ask(world, "GET", "").json()["data"] == []


if __name__ == "__main__":
    run([as_printed, streaming, stream_goes_on, follow_a_kind, lists, large, control])
