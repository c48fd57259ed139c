#!/usr/bin/env python3
"""REST of jobq-http against a store: operations, and what HTTP has words for."""

import base64
import http.client
import json
import os
import re
import signal
import ssl
import subprocess

from programs import LONG, run

JOBS = "/v1/scan/job/"


def submit(world, key=None, token=None, **fields):
    body = {"request": {"page": 1}, **fields}
    headers = {"Idempotency_Key": key} if key else {}
    return world.call("POST", JOBS, body, token or world.client, **headers)


def accept(world, **fields):
    body = {"worker": "w", "waitMs": 20000, **fields}
    return world.call("POST", "/v1/jobs/scan/accept", body, world.driver).json()["accepted"]


def finish(world, job, **word):
    outcome = {"job": job["job"], "attempt": job["attempt"], "leaseToken": job["leaseToken"],
               **(word or {"complete": {"pages": [1, 2]}})}
    return world.call("POST", "/v1/jobs/scan/update", outcome, world.driver)


def problem(answer, code, field):
    assert answer.code == code, (answer.code, answer.text)
    assert answer.header("Content-Type") == "application/problem+json"
    told = answer.json()
    assert told["status"] == code and told["title"], told
    assert told.get("field") == field, told
    return told


def submitting(world):
    world.start_gateway()
    first = submit(world, "job-1")
    assert first.code == 201, first.text
    assert first.header("Location") == "/v1/scan/job/job-1/"
    again = submit(world, "job-1")
    assert again.code == 200 and not again.json()["created"], again.text
    assert again.header("Location") is None
    problem(submit(world, "job-1", priority=7), 409, "job")
    problem(submit(world, "job-1", job="job-2"), 400, "Idempotency-Key")
    # Without a name it gets one, and the answer is at the place that is told.
    unnamed = submit(world)
    assert unnamed.code == 201
    there = world.call("GET", unnamed.header("Location"), token=world.client)
    assert there.json()["job"] == unnamed.json()["job"]
    # A list: each has its own answer.
    both = world.call("POST", JOBS, {"jobs": [{"job": "a", "request": 1}, {"job": "b"}]},
                      world.client)
    assert both.code == 207, both.text
    assert [one["code"] for one in both.json()["submitted"]] == [200, 400]
    problem(world.call("POST", JOBS, {"jobs": [{"request": 1}, {"request": 2}]}, world.client,
                       Idempotency_Key="x"), 400, "Idempotency-Key")
    # What the command line says of a job it says too.
    shown = json.loads(world.jobq(world.client, "status", "scan", "job-1", "--json"))
    assert shown == world.call("GET", JOBS + "job-1", token=world.client).json()


def working(world):
    world.start_gateway()
    submit(world, "job-1", function="ocr")
    [job] = accept(world)
    assert job["job"] == "job-1" and job["request"] == {"page": 1}
    assert finish(world, job, progress={"value": 0.5, "message": "half"}).code == 200
    assert finish(world, job, log={"lines": [{"level": "info", "text": "page 1"}]}).code == 200
    renewed = world.call("POST", "/v1/jobs/scan/renew",
                         {"leases": [{"job": "job-1", "attempt": 1}], "leaseMs": 60000},
                         world.driver)
    assert renewed.json()["renewed"][0]["code"] == 200, renewed.text
    log = world.call("GET", JOBS + "job-1/log", token=world.client)
    assert log.json()["lines"][0]["text"] == "page 1"
    assert finish(world, job).code == 200
    status = world.call("GET", JOBS + "job-1", token=world.client).json()
    assert status["status"] == "complete" and status["response"] == {"pages": [1, 2]}, status
    problem(finish(world, job, fail={"code": "x"}), 409, "lease")
    problem(finish(world, job, fail={"code": "x"}, complete=1), 400, None)
    # Nothing to do: an empty list, at once.
    assert accept(world, waitMs=0) == []
    submit(world, "job-2")
    one = {"job": "job-2", "accepted": {"worker": "w"}}
    taken = world.call("POST", "/v1/jobs/scan/job/job-2/", one, world.driver)
    assert taken.json()["accepted"]["job"] == "job-2", taken.text
    assert finish(world, taken.json()["accepted"], fail={"code": "torn"}).code == 200
    assert world.call("GET", "/v1/jobs/scan/job/job-2", token=world.driver).json()["error"] == {
        "code": "torn", "message": ""}


def waiting(world):
    world.start_gateway()
    submit(world, "job-1")
    known = world.call("GET", JOBS + "job-1", token=world.client)
    tag = known.header("ETag")
    same = world.call("GET", JOBS + "job-1", token=world.client, If_None_Match=tag)
    assert same.code == 304 and same.text == "" and same.header("ETag") == tag
    connection = world.connect()
    connection.request("GET", JOBS + "job-1", headers={
        "Authorization": f"Bearer {world.client}", "Prefer": "wait=60"})
    changed = world.connect()
    changed.request("GET", JOBS + "job-1", headers={
        "Authorization": f"Bearer {world.client}", "Prefer": "wait=60", "If-None-Match": tag})
    [job] = accept(world)
    now = json.loads(changed.getresponse().read())
    assert now["status"] == "accepted", now
    finish(world, job)
    reply = connection.getresponse()
    assert json.loads(reply.read())["status"] == "complete"
    assert reply.getheader("Preference-Applied") == "wait=60"
    # A submit that waits for the end: a wait in vain is answered with the job as it is.
    answer = submit_waiting(world, "job-2", "wait=0")
    assert answer.code == 201 and answer.json()["status"] == "submitted", answer.text
    pending = world.connect()
    pending.request("POST", JOBS, body='{"request": 1, "job": "job-3"}', headers={
        "Authorization": f"Bearer {world.client}", "Prefer": "wait=60",
        "Content-Type": "application/json"})
    for job in accept(world, max=2) + accept(world, waitMs=0):
        finish(world, job)
    for job in accept(world, waitMs=0):
        finish(world, job)
    reply = pending.getresponse()
    told = json.loads(reply.read())
    assert reply.status == 201 and told["status"] == "complete" and told["created"], told


def submit_waiting(world, job, prefer):
    return world.call("POST", JOBS, {"request": 1, "job": job}, world.client, Prefer=prefer)


def lists(world):
    world.start_gateway()
    jobs = [{"job": f"job-{i}", "request": i, "priority": 10 + i, "tags": ["odd"] * (i % 2)}
            for i in range(7)]
    assert world.call("POST", JOBS, {"jobs": jobs, "noTickets": True}, world.client).code == 200
    for sort, wanted in (("submitted", range(7)), ("-priority", reversed(range(7)))):
        path, names = f"{JOBS}list?limit=3&total=true&sort={sort}", []
        while path:
            page = world.call("GET", path, token=world.client)
            assert page.json()["total"] == 7, page.text
            names += [one["job"] for one in page.json()["jobs"]]
            link = page.header("Link")
            path = link and link[1:link.index(">")]
        assert names == [f"job-{i}" for i in wanted], names
    odd = world.call("GET", JOBS + "list?tag=odd&status=submitted,retrying", token=world.client)
    assert [one["job"] for one in odd.json()["jobs"]] == ["job-1", "job-3", "job-5"]
    lines = world.call("GET", JOBS + "list?limit=2", token=world.client,
                       Accept="application/x-ndjson")
    assert lines.header("Content-Type") == "application/x-ndjson"
    assert [json.loads(line)["job"] for line in lines.text.splitlines()] == ["job-0", "job-1"]
    assert lines.header("Link")
    assert world.call("GET", JOBS + "count?tag=none", token=world.client).json()["count"] == 0
    since = world.call("GET", "/v1/jobs/scan/since/0?limit=5", token=world.driver)
    assert since.header("Link") == '</v1/jobs/scan/since/5?limit=5>; rel="next"', since.headers
    for query, field in (("limit=x", "limit"), ("limit=-1", "limit"), ("order=up", "order"),
                         ("nothing=1", "nothing"), ("limit=1&limit=2", "limit"),
                         ("status=gone", "statuses[0]"), ("total=7", "total")):
        problem(world.call("GET", f"{JOBS}list?{query}", token=world.client), 400, field)
    told = problem(world.call("GET", JOBS + "list?limit=1001", token=world.client), 400, "limit")
    assert "1000" in told["detail"], told


def operating(world):
    world.start_gateway()
    submit(world, "job-1")
    admin = lambda method, path, body=None, **headers: world.call(
        method, "/v1/admin/" + path, body, world.operator, **headers)
    assert admin("POST", "scan/pause").json()["mode"] == "paused"
    assert admin("POST", "scan/resume", "{}").json()["mode"] == "running"
    assert admin("GET", "scan/stats").json()["ready"] == 1
    assert admin("GET", "datasources").json()["datasources"][0]["datasource"] == "scan"
    config = {"datasource": "scan", "runningMax": 3, "terms": {"failuresMax": 2}}
    assert admin("POST", "scan/config", config).json()["terms"]["failuresMax"] == 2
    assert admin("GET", "scan/config").json()["runningMax"] == 3
    dry = admin("POST", "scan/cancel", {"where": {"statuses": ["submitted"]}, "isDry": True})
    assert dry.json()["count"] == 1, dry.text
    assert admin("POST", "scan/job/job-1/edit", {"priority": 90}).json()["priority"] == 90
    assert admin("POST", "scan/cancel", {"where": {}}).json()["jobs"][0]["status"] == "cancelled"
    restarted = admin("POST", "scan/job/job-1/restart", {"job": "job-2"})
    assert restarted.code == 201 and restarted.json()["parent"] == "job-1", restarted.text
    assert restarted.header("Location") == "/v1/jobs/scan/job/job-2/"
    exported = admin("GET", "scan/export", Accept="application/x-ndjson").text.splitlines()
    assert len(exported) == 2
    assert admin("POST", "scan/job/job-1/remove").json()["job"] == "job-1"
    back = admin("POST", "scan/import", {"jobs": [json.loads(exported[0])]})
    assert back.json()["submitted"][0]["job"]["job"] == "job-1", back.text
    assert admin("GET", "scan/history?step=hour").json()["rows"][0]["submitted"] >= 1
    assert len(admin("POST", "keys").json()["keys"]) == 2
    tokens = admin("GET", "tokens").json()["tokens"]
    assert tokens, tokens
    identifier = re.search(rb"identifier ([^\n]+)\n", base64.urlsafe_b64decode(
        world.client + "===")).group(1).decode()
    revoked = admin("POST", f"tokens/{identifier}/revoke")
    assert revoked.json()["isRevoked"], revoked.text
    problem(world.call("GET", JOBS + "job-2", token=world.client), 401, "token")
    schedule = {"cron": "@hourly", "job": {"client": "other", "request": 1}}
    path = JOBS + "schedules/nightly"
    put = world.call("POST", path, schedule, world.other)
    assert put.json()["schedule"]["cron"] == "@hourly", put.text
    assert world.call("POST", path + "/run", {"job": "now"}, world.other).json()["job"] == "now"
    assert world.call("GET", JOBS + "schedules", token=world.other).json()["isEnd"]
    function = {"name": "ocr", "requestSchema": {"type": "object"}, "documentation": "# OCR"}
    assert world.call("POST", "/v1/jobs/scan/functions", function, world.driver).code == 200
    [one] = world.call("GET", JOBS + "functions?isWhole", token=world.other).json()["functions"]
    assert one["function"]["requestSchema"] == {"type": "object"}, one


def rights(world):
    world.start_gateway()
    submit(world, "mine")
    problem(world.call("GET", JOBS + "mine"), 401, "token")
    assert world.call("GET", JOBS + "mine").header("WWW-Authenticate") == "Bearer"
    problem(world.call("GET", JOBS + "mine", token="nonsense"), 401, "token")
    problem(world.call("GET", JOBS + "mine", Authorization="Basic YTpi"), 401, "Authorization")
    assert world.call("GET", JOBS + "mine", token=world.other).code == 403
    assert world.call("POST", JOBS + "mine/cancel", token=world.other).code == 403
    assert world.call("GET", JOBS + "list", token=world.other).json()["jobs"] == []
    assert world.call("GET", "/v1/admin/stats", token=world.client).code == 403
    assert world.call("POST", "/v1/jobs/scan/accept", {"worker": "w"}, world.client).code == 403
    assert world.call("GET", "/v1/other/job/list", token=world.client).code == 403
    # A token is no parameter.
    named = JOBS + f"mine?token={world.client}"
    problem(world.call("GET", named), 401, "token")
    problem(world.call("GET", named, token=world.client), 400, "token")
    narrow = world.mint("--client-of", "scan", "--client", "me", "--caveat", "bytes <= 20")
    assert submit(world, token=narrow).code == 201
    assert submit(world, token=narrow, request="x" * 50).code in (403, 413)
    # In place of it a page has a cookie.
    given = world.call("POST", "/session", token=world.client)
    assert given.code == 204
    cookie = given.header("Set-Cookie")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
    pair = cookie.split(";")[0]
    assert world.call("GET", JOBS + "mine", Cookie=f"a=b; {pair}").code == 200
    problem(world.call("POST", JOBS, {"request": 1}, Cookie=pair, Origin="http://evil.example"),
            403, "Origin")
    own = f"http://127.0.0.1:{world.port}"
    assert world.call("POST", JOBS, {"request": 1}, Cookie=pair, Origin=own).code == 201
    problem(world.call("POST", JOBS, "{}", Cookie=pair, Content_Type="text/plain"), 415,
            "Content-Type")
    # It can read what it may do with that, and no more: not the signature.
    told = world.call("GET", "/session", Cookie=pair)
    assert [one["text"] for one in told.json()["caveats"]] == ["path = /scan/*", "client = me"]
    assert sorted(told.json()) == ["caveats", "identifier", "location"], told.text
    assert told.header("Cache-Control") == "no-store"
    assert world.call("GET", "/session").code == 204
    assert "Max-Age=0" in world.call("DELETE", "/session").header("Set-Cookie")
    assert world.call("POST", "/session").code == 401
    assert world.call("POST", "/session", token="nonsense").code == 401


def methods(world):
    world.start_gateway("--allow-origin", "https://page.example")
    submit(world, "job-1")
    head = world.call("HEAD", JOBS + "job-1", token=world.client)
    body = world.call("GET", JOBS + "job-1", token=world.client)
    assert head.code == 200 and head.text == ""
    assert head.header("Content-Length") == str(len(body.text))
    assert head.header("ETag") == body.header("ETag")
    options = world.call("OPTIONS", JOBS)
    assert options.code == 204 and options.header("Allow") == "GET, HEAD, POST, OPTIONS"
    assert options.header("Access-Control-Allow-Methods") is None
    for method in ("DELETE", "PUT", "PATCH"):
        refused = world.call(method, JOBS + "job-1", token=world.client)
        problem(refused, 405, "method")
        assert refused.header("Allow") == "GET, HEAD, OPTIONS", refused.headers
    assert world.call("POST", "/healthz").code == 405
    assert world.call("GET", "/healthz").json() == {"status": "ok"}
    for path in ("/v1", "/v1/", "/v1/scan", "/v1/scan/job/a/b/c", "/nothing"):
        assert world.call("GET", path, token=world.client).code == 404, path
    asks = {"Access_Control_Request_Method": "POST"}
    allowed = world.call("OPTIONS", JOBS, Origin="https://page.example", **asks)
    assert allowed.header("Access-Control-Allow-Origin") == "https://page.example"
    assert "Authorization" in allowed.header("Access-Control-Allow-Headers")
    other = world.call("OPTIONS", JOBS, Origin="https://evil.example", **asks)
    assert other.header("Access-Control-Allow-Origin") is None
    assert other.header("Access-Control-Allow-Methods") is None
    assert world.call("GET", JOBS + "job-1", token=world.client).header("Vary") == "Origin"
    streamed = world.connect()
    streamed.request("GET", JOBS + "events", headers={
        "Authorization": f"Bearer {world.client}", "Accept": "text/event-stream",
        "Origin": "https://page.example"})
    opened = streamed.getresponse()
    assert opened.getheader("Access-Control-Allow-Origin") == "https://page.example"
    opened.close()


def wrong_bodies(world):
    world.start_gateway()
    post = lambda body, path=JOBS, **headers: world.call("POST", path, body, world.client,
                                                         **headers)
    problem(post("{"), 400, "body")
    problem(post("[]"), 400, None)
    problem(post(None), 400, "body")
    problem(post({"request": 1, "prioritty": 1}), 400, "prioritty")
    problem(post({"request": 1, "priority": "high"}), 400, "priority")
    problem(post({"jobs": [{"request": 1}, {"request": 1, "terms": 1}]}), 400, "jobs[1].terms")
    problem(post({"request": 1, "backoff": {"initialMs": -1}}), 400, "backoff.initialMs")
    problem(post('{"request": 1, "request": 2}'), 400, "request")
    problem(post({"request": 1}, Content_Type="application/x-www-form-urlencoded"), 415,
            "Content-Type")
    problem(post({"request": 1}, JOBS + "?client=me"), 400, "client")
    problem(post({"priority": 5}), 400, "request")
    deep = '{"request": 1, "then": [' + '{"then": [' * 5000 + "]}" * 5000 + "]}"
    assert post(deep).code == 400
    problem(post({"request": "x" * (1 << 20)}), 413, "request")
    problem(post('{"jobs": [' + "{}," * 1_000_000 + "{}]}"), 400, "jobs")
    problem(world.call("POST", JOBS, "{", token="nonsense"), 401, "token")
    problem(post('{"request": "' + "x" * (9 << 20) + '"}'), 413, "body")
    problem(world.call("GET", JOBS + "list", "{}", world.client), 400, "body")


def away(world):
    world.start_gateway("--patience", "200ms")
    world.store.kill()
    gone = world.call("GET", "/healthz")
    problem(gone, 503, "store")
    assert gone.header("Retry-After") == "1"
    world.start_store()
    for _ in range(100):
        if world.call("GET", "/healthz").code == 200:
            break
    assert world.call("GET", "/healthz").code == 200
    world.gateway.kill()
    world.start_gateway("--patience", "30s")
    # A limit that is reached says when to come back.
    slow = world.mint("--client-of", "scan", "--client", "me", "--rate", "1/h")
    assert submit(world, token=slow).code == 201
    limited = submit(world, token=slow)
    assert limited.code == 429 and int(limited.header("Retry-After")) > 1, limited.headers


def ending(world):
    """Who waits for an answer when the gateway is told to end gets it."""
    world.start_gateway()
    submit(world, "job-1")
    [job] = accept(world)
    waiting = world.connect()
    waiting.request("GET", JOBS + "job-1", headers={
        "Authorization": f"Bearer {world.client}", "Prefer": "wait=60"})
    while "waitersParked\":0" in world.call("GET", "/v1/admin/stats", token=world.operator).text:
        pass
    world.gateway.process.send_signal(signal.SIGTERM)
    world.jobq(world.driver, "update", "scan", "job-1", "--attempt", "1", "--complete", "1",
               "--lease-token", job["leaseToken"])
    assert json.loads(waiting.getresponse().read())["status"] == "complete"
    assert world.gateway.process.wait(LONG) == 0


def encrypted(world):
    """TLS to the gateway, CURVE to the store; both with the keys that are told, and no others."""
    cert, key = str(world.path / "cert.pem"), str(world.path / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True)
    world.store.kill()
    world.start_store("--name", "jobs")
    world.start_gateway("--tls-certificate", cert, "--tls-key", key,
                        "--server-key-file", str(world.path / "data/curve.public"),
                        "--header-timeout", "500ms")
    trust = ssl.create_default_context(cafile=cert)
    secure = lambda: http.client.HTTPSConnection(
        "127.0.0.1", world.port, timeout=LONG, context=trust)
    answer = world.call("GET", "/v1/status", connection=secure())
    assert answer.json()["durability"] == "synced"
    given = world.call("POST", "/session", token=world.client, connection=secure())
    cookie = given.header("Set-Cookie")
    assert cookie.startswith("__Host-jobq=") and "; Secure" in cookie, cookie
    listed = world.call("GET", JOBS + "list", connection=secure(), Cookie=cookie.split(";")[0])
    assert listed.code == 200, listed.text
    # Plain HTTP is no answer, and a handshake that does not come ends.
    assert "200" not in world.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert world.raw(b"") == ""
    world.gateway.kill()
    another = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
    world.start_gateway("--patience", "300ms", "--server-key", another)
    problem(world.call("GET", "/v1/status"), 503, "store")
    world.gateway.kill()
    os.chmod(key, 0o604)
    try:
        world.start_gateway("--tls-certificate", cert, "--tls-key", key)
    except RuntimeError as refused:
        assert "key.pem: everybody may open it" in str(refused)
    else:
        raise AssertionError("a key that everybody may open is taken")


if __name__ == "__main__":
    run([submitting, working, waiting, lists, operating, rights, methods, wrong_bodies, away,
         ending, encrypted])
