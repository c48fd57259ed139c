#!/usr/bin/env python3
"""Who may do what over HTTP: each path of the store's table, asked with tokens of many kinds. What
a token is refused for it is refused for here, as tests/wire/matrix_test.cc has it for the sockets,
and nothing is let through or refused besides. And that neither headers nor paths give a right."""

import re
import threading

from programs import LONG, World, run

ALL = {"client", "code", "driver", "catalogue", "operator", "store"}
OF_CLIENT, OF_DRIVER, OF_OPERATOR = {"client"}, {"code", "driver"}, {"operator", "store"}

# Name, options of `jobq mint`, places that its paths cover, what else holds.
CALLERS = [
    ("expired", ["--unlimited", "--caveat", "time < 2020-01-01T00:00:00Z"], set(), set()),
    ("for another store's name", ["--unlimited", "--caveat", "target = another"], set(), set()),
    ("of another client", ["--client-of", "other", "--client", "alice"], set(), set()),
    ("of another driver", ["--driver-of", "other"], set(), set()),
    ("of another operator", ["--operator-of", "other"], set(), set()),
    ("alice", ["--client-of", "DSID", "--client", "alice"], OF_CLIENT, {"pinned"}),
    ("alice, reading", ["--client-of", "DSID", "--client", "alice", "--method", "GET"],
     OF_CLIENT, {"pinned", "reads"}),
    ("alice, to look", ["--client-of", "DSID", "--client", "alice", "--status-only"],
     OF_CLIENT, {"pinned", "looks"}),
    ("alice, at whatever path", ["--unlimited", "--client", "alice"], ALL, {"pinned"}),
    ("any client", ["--client-of", "DSID"], OF_CLIENT, set()),
    ("the driver", ["--driver-of", "DSID"], OF_DRIVER, set()),
    ("the driver, reading", ["--driver-of", "DSID", "--method", "GET"], OF_DRIVER, {"reads"}),
    ("the driver, to look", ["--driver-of", "DSID", "--status-only"], OF_DRIVER, {"looks"}),
    ("the operator", ["--operator"], OF_OPERATOR, set()),
    ("the datasource's operator", ["--operator-of", "DSID"], {"operator"}, set()),
    ("the operator, to look", ["--operator", "--status-only"], OF_OPERATOR, {"looks"}),
    ("anybody", ["--unlimited"], ALL, set()),
    ("anybody, to look", ["--unlimited", "--status-only"], ALL, {"looks"}),
]


def place_of(path):
    if path in ("/status", "/uptime"):
        return "open"
    if path == "/cat":
        return "catalogue"
    if path.startswith("/jobs/") or re.fullmatch(r"/sub/\w+/jobs", path):
        is_code = "/code/" in path and not path.endswith("/remove")
        return "code" if is_code else "driver"
    if path.startswith("/admin/"):
        return "operator" if path.startswith("/admin/DSID/") else "store"
    return "client"


def may(method, path, places, limits):
    place = place_of(path)
    shows_all = place not in ("client", "code")
    tells = method == "GET" or path.endswith("/events") or path.startswith("/sub/")
    return (place in places and not ("pinned" in limits and shows_all) and
            not ("reads" in limits and method != "GET") and not ("looks" in limits and not tells))


def operations(world):
    """Method and path with its words in place."""
    for pattern, item in world.call("GET", "/openapi.json").json()["paths"].items():
        path = pattern.removeprefix("/v1")
        if path == pattern:
            continue
        for word, value in {"datasource": "DSID", "number": "1", "since": "1"}.items():
            path = path.replace("{" + word + "}", value)
        path = re.sub(r"\{\w+\}", "none", path)
        for method in item:
            if method in ("get", "post"):
                yield method.upper(), path


def ask(world, connection, method, path, token):
    body = None
    if method == "POST":
        is_update = path.endswith("/update") or re.search(r"^/jobs/\w+/job/none/?$", path)
        body = {"job": "none", "attempt": 1, "complete": 1} if is_update else {}
    return world.call(method, "/v1" + path, body, token, connection)


def matrix(world):
    world.start_gateway()
    world.call("POST", "/v1/DSID/job/", {"request": 1}, world.mint("--unlimited"))
    tokens = [(name, world.mint(*options), places, limits)
              for name, options, places, limits in CALLERS]
    with_another = World()
    try:
        with_another.start_store()
        bad = [("no token", None), ("garbage", "MDAxM2xvY2F0aW9uIGpvYnFk"),
               ("of another store", with_another.mint("--unlimited"))]
    finally:
        with_another.end()
    cells, wrong = 0, []
    connection = world.connect()
    rows = list(operations(world))
    assert len(rows) > 90, rows
    for method, path in rows:
        for name, token in bad:
            code = ask(world, connection, method, path, token).code
            if (code == 401) != (place_of(path) != "open"):
                wrong.append((name, method, path, code))
        for name, token, places, limits in tokens:
            answer = ask(world, connection, method, path, token)
            denied = answer.code in (401, 403) and answer.json()["detail"].startswith("token:")
            expected = place_of(path) != "open" and not may(method, path, places, limits)
            cells += 1
            if denied != expected:
                wrong.append((name, method, path, answer.code, answer.text[:200]))
        # What the cell before has shut.
        if path.endswith(("/drain", "/pause")):
            world.call("POST", re.sub(r"\w+$", "resume", "/v1" + path), {}, tokens[-2][1],
                       connection)
    assert not wrong, "\n".join(map(str, wrong))
    print(f"{cells} cells")


def tricks(world):
    """Nothing but the token in its place gives a right, and nothing changes who is asked for."""
    world.start_gateway()
    world.call("POST", "/v1/scan/job/", {"job": "mine", "request": 1}, world.client)
    theirs = world.mint("--client-of", "scan", "--client", "other")
    list_all = "/v1/jobs/scan/list"
    for headers in ({"X-Original-URL": list_all}, {"X-Rewrite-URL": list_all},
                    {"X-Forwarded-For": "127.0.0.1"}, {"X-HTTP-Method-Override": "GET"},
                    {"X-Name": "operator", "X-Queue": "scan"}, {"Forwarded": "for=127.0.0.1"}):
        answer = world.call("GET", "/v1/scan/job/mine", token=theirs, **headers)
        assert answer.code == 403, (headers, answer.text)
        assert world.call("GET", list_all, token=theirs, **headers).code == 403, headers
        assert world.call("GET", list_all, **headers).code == 401, headers
    # A token anywhere else is none; two are one that is none.
    assert world.call("GET", f"/v1/scan/job/list?token={world.client}").code == 401
    assert world.call("GET", f"/v1/scan/job/list?access_token={world.client}").code == 401
    assert world.call("POST", "/v1/scan/job/", {"request": 1, "token": world.client}).code == 401
    two = f"GET /v1/scan/job/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    for first, second in ((world.client, theirs), (theirs, world.client)):
        got = world.raw_half((two + f"Authorization: Bearer {first}\r\n"
                              f"Authorization: Bearer {second}\r\n\r\n").encode())
        assert got.startswith("HTTP/1.1 401"), got
    # The cookie's token does not stand in for a wrong one that is said.
    got = world.call("GET", "/v1/scan/job/list", token="nothing", Cookie=f"jobq={world.client}")
    assert got.code == 401, got.text
    # Paths are compared as they are sent: none is made into another.
    for path in ("/v1/scan/job/mine/", "/v1/scan/job/mine"):
        assert world.call("GET", path, token=world.client).code == 200
    for path in ("/V1/scan/job/mine", "/v1/Scan/job/mine", "/v1/scan/JOB/mine",
                 "/v1//scan/job/mine", "/v1/scan/job/mine//", "/v1/scan/job/mine/log/x",
                 "//v1/scan/job/mine", "/v1/scan;x/job/mine", "/v1/scan/job/mine#x",
                 "/v1x/scan/job/mine"):
        code = world.call("GET", path, token=world.client).code
        assert code in (400, 403, 404, 405), (path, code)
    # An id that would be a path of an operator is none.
    for job in ("../../admin/keys", "a/b", "a b", "a?b", "a\r\nb", "list", "cancel", ""):
        got = world.call("POST", "/v1/scan/job/", {"job": job, "request": 1}, world.client)
        assert got.code == 400 or job == "", (job, got.text)
    for key in ("../x", "a/b", "list"):
        got = world.call("POST", "/v1/scan/job/", {"request": 1}, world.client,
                         Idempotency_Key=key)
        assert got.code == 400, (key, got.text)


def desync(world):
    """Whoever shares a connection gets the answers to his own requests, whatever was before."""
    world.start_gateway()
    for name, token in (("mine", world.client), ("theirs", world.other)):
        world.call("POST", "/v1/scan/job/", {"job": name, "request": 1}, token)
    asked = b""
    for i in range(40):
        name, token = (("mine", world.client), ("theirs", world.other))[i % 2]
        asked += (f"GET /v1/scan/job/{name} HTTP/1.1\r\nHost: x\r\n"
                  f"Authorization: Bearer {token}\r\n\r\n").encode()
    asked += b"GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got = world.raw_half(asked)
    jobs = re.findall(r'"job":"(mine|theirs)"', got)
    assert jobs == ["mine", "theirs"] * 20, got[:2000]
    # A body on a GET, on a refusal, and of a HEAD do not become the next request.
    body = "GET /v1/scan/job/mine HTTP/1.1\r\nHost: x\r\n\r\n"
    for head in ("GET /v1/scan/job/mine", "POST /v1/nothing", "HEAD /v1/scan/job/mine",
                 "DELETE /v1/scan/job/mine", "POST /healthz", "OPTIONS /v1/scan/job/mine"):
        got = world.raw_half(
            (f"{head} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.client}\r\n"
             f"Content-Length: {len(body)}\r\n\r\n{body}"
             "GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").encode())
        answers = re.findall(r"^HTTP/1\.1 (\d+)", got, re.M)
        assert len(answers) <= 2 and (len(answers) < 2 or answers[1] == "200"), (head, got)
        assert got.count('"job":"mine"') <= 0 + head.startswith("GET"), (head, got)


def together(world):
    """Many callers at once, over connections of their own: each sees his own jobs alone."""
    world.start_gateway()
    failures = []

    def caller(number):
        name = f"c{number}"
        token = world.mint("--client-of", "scan", "--client", name)
        connection = world.connect()
        for i in range(10):
            world.call("POST", "/v1/scan/job/", {"job": f"{name}-{i}", "request": name}, token,
                       connection)
            listed = world.call("GET", "/v1/scan/job/list?limit=1000", None, token, connection)
            clients = {job["client"] for job in listed.json()["jobs"]}
            if clients != {name} or len(listed.json()["jobs"]) != i + 1:
                failures.append((name, listed.text))

    threads = [threading.Thread(target=caller, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not failures, failures[0]


if __name__ == "__main__":
    run([matrix, tricks, desync, together])
