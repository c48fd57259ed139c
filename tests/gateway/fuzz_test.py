#!/usr/bin/env python3
"""Requests that are made of the OpenAPI document and then damaged, and peers that say next to
nothing: what comes back is HTTP, and store and gateway are as they should be afterwards.

    JOBQ=... JOBQD=... JOBQ_HTTP=... tests/gateway/fuzz_test.py --requests 1000000 --slow 10000
"""

import argparse
import json
import multiprocessing
import random
import re
import resource
import select
import socket
import subprocess
import sys
import os

from programs import LONG, run

WORDS = ["", "a", "job-1", "job-2", "scan", "me", "ocr", "*", "..", "%00", "\u00e9", "\U0001f600",
         "x" * 300, "-1", "0", "1", "99999999999999999999", "1e400", "null", "true", "30s",
         "2026-11-01T00:00:00Z", "@daily", "{}", "\r\nSet-Cookie: a=b", "<b>", "\u202e"]
NUMBERS = [0, 1, 2, 7, 64, 1023, 1024, 1025, 65535, 2**31, 2**32, 2**53, 2**63, 2**64, -1, 0.5]
PIECES = [b"\r\n", b"\r\n\r\n", b"\0", b"\xff", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n",
          b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n", b"5\r\nabcde\r\n", b"0\r\n\r\n",
          b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"{", b"}", b"[", b'"', b"\\u0000", b"%2e",
          b"Expect: 100-continue\r\n", b"Connection: close\r\n", b" ", b"\t", b"HTTP/1.0", b":"]
# What may be answered; 5xx but these would be an error of the gateway's own.
CODES = {200, 201, 204, 207, 304, *range(400, 452), 501, 503, 505, 507}


class Maker:
    """Requests of the document's operations, with values of the kinds that its schemas have."""

    def __init__(self, document, tokens, seed):
        self.document, self.tokens = document, tokens
        self.random = random.Random(seed)
        self.operations = [
            (method, path, item.get("parameters", []) + operation.get("parameters", []), operation)
            for path, item in document["paths"].items()
            for method, operation in item.items() if method != "parameters"]

    def resolved(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def value(self, schema, depth=0):
        schema = self.resolved(schema)
        chance = self.random.random
        if chance() < 0.01:
            return self.random.choice([None, True, [], {}, *WORDS, *NUMBERS])
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if "anyOf" in schema:
            return self.value(self.random.choice(schema["anyOf"]), depth)
        kind = schema.get("type", "object" if "allOf" in schema else None)
        if kind == "boolean":
            return chance() < 0.5
        if kind in ("integer", "number"):
            return self.random.choice(NUMBERS[:6] if chance() < 0.9 else NUMBERS)
        if kind == "array":
            return [self.value(schema["items"], depth + 1)
                    for _ in range(self.random.choice([0, 1, 1, 2, 5]))] if depth < 6 else []
        if kind == "object":
            properties = dict(schema.get("properties", {}))
            for part in schema.get("allOf", []):
                properties.update(self.resolved(part).get("properties", {}))
            share = self.random.choice([0, 0.05, 0.2, 0.9]) if depth < 6 else 0
            return {name: 0 if name in ("waitMs", "wait") else self.value(one, depth + 1)
                    for name, one in properties.items()
                    if chance() < share or (name in ("request", "worker") and chance() < 0.9)}
        return self.random.choice(WORDS[:7] if chance() < 0.8 else WORDS)

    def request(self):
        method, path, parameters, operation = self.random.choice(self.operations)
        asked = []
        for parameter in parameters:
            name = parameter["name"]
            value = str(self.value(parameter.get("schema", {})))
            if parameter["in"] == "path":
                short = "scan" if name == "datasource" else self.random.choice(WORDS[1:7])
                path = path.replace("{" + name + "}", short if self.random.random() < 0.8
                                    else re.sub(r"[^!-~]|[#?]", "", value) or "x")
            elif parameter["in"] == "query" and self.random.random() < 0.3 and "ait" not in name:
                asked.append(name + "=" + re.sub(r"[^!-~]|[#&]", "%41", value))
        body = ""
        for content in operation.get("requestBody", {}).get("content", {}).values():
            body = json.dumps(self.value(content["schema"]))
        fitting = {"jobs": 2, "admin": 3}.get(path.split("/")[2], 0)
        token = self.tokens[fitting if self.random.random() < 0.8 else self.random.randrange(6)]
        lines = [f"{method.upper()} {path}{'?' if asked else ''}{'&'.join(asked)} HTTP/1.1",
                 "Host: x", f"Authorization: Bearer {token}"]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def damaged(self):
        text = bytearray(self.request())
        for _ in range(self.random.choice([1, 1, 2, 4])):
            place = self.random.randrange(len(text) + 1)
            how = self.random.randrange(6)
            if how == 0:
                text[place:place] = self.random.choice(PIECES)
            elif how == 1:
                del text[place:place + self.random.choice([1, 2, 10, 100])]
            elif how == 2 and place < len(text):
                text[place] = self.random.randrange(256)
            elif how == 3:
                del text[place:]
            elif how == 4:
                text[place:place] = text[max(0, place - 40):place]
            else:
                text += self.request()
        return bytes(text)


def replies_of(got):
    """The codes; raises where something is no HTTP."""
    codes = []
    while got:
        head, end, rest = got.partition(b"\r\n\r\n")
        if not end:
            break  # cut off, for the peer was gone
        first, *lines = head.decode("latin-1").split("\r\n")
        code = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) [ -~]*", first)[1])
        fields = {}
        for line in lines:
            name, _, value = line.partition(": ")
            assert re.fullmatch(r"[A-Za-z-]+", name) and value.isprintable(), line
            assert name not in fields, line
            fields[name] = value
        assert "Set-Cookie" not in fields and code in CODES, head
        if "Content-Length" not in fields:
            break  # a stream, or what has no body
        size = int(fields["Content-Length"])
        body, got = rest[:size], rest[size:]
        if fields.get("Content-Type") == "application/problem+json" and len(body) == size > 0:
            assert json.loads(body)["status"] == code, got
        codes.append(code)
    return codes


def ask(port, text):
    with socket.create_connection(("127.0.0.1", port), LONG) as peer:
        got = b""
        try:
            peer.sendall(text)
            peer.shutdown(socket.SHUT_WR)
            peer.settimeout(1)
            while part := peer.recv(1 << 20):
                got += part
        except OSError:
            pass  # it hung up on us, or waits as it was asked to
    return got


def fuzz(port, document, tokens, seed, count):
    """How often each code was answered."""
    maker = Maker(document, tokens, seed)
    seen = {}
    for _ in range(count):
        text = maker.request() if maker.random.random() < 0.4 else maker.damaged()
        try:
            codes = replies_of(ask(port, text))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r} for {text!r}") from error
        for code in codes or [0]:
            seen[code] = seen.get(code, 0) + 1
    return seen


def fuzzed(world):
    world.start_gateway()
    document = world.call("GET", "/openapi.json").json()
    canary = world.mint("--client-of", "canary", "--client", "bird")
    world.call("POST", "/v1/canary/job/", {"job": "c", "request": {"sings": True}}, canary)
    before = world.call("GET", "/v1/canary/job/c", token=canary).text
    left, seed, seen = ARGUMENTS.requests, ARGUMENTS.seed, {}
    with multiprocessing.Pool(ARGUMENTS.jobs) as pool:
        while left > 0:
            # New ones each time, for who asks with an operator's may revoke them.
            tokens = [world.mint("--client-of", "scan", "--client", "me"),
                      world.mint("--client-of", "scan"), world.mint("--driver-of", "scan"),
                      world.mint("--operator"), world.mint("--path", "/scan/*"), "x"]
            some = min(left, 2500 * ARGUMENTS.jobs)
            for codes in pool.starmap(fuzz, [
                    (world.port, document, tokens, seed + i, -(-some // ARGUMENTS.jobs))
                    for i in range(ARGUMENTS.jobs)]):
                for code, count in codes.items():
                    seen[code] = seen.get(code, 0) + count
            seed += ARGUMENTS.jobs
            left -= some
            assert world.gateway.process.poll() is None and world.store.process.poll() is None
            assert world.gateway.resident() < 400 << 20, world.gateway.resident()
            world.call("POST", "/v1/admin/scan/resume", token=world.operator)
    print(f"{ARGUMENTS.requests} requests were answered with",
          ", ".join(f"{count} x {code or 'nothing'}" for code, count in sorted(seen.items())))
    # All kinds of answers were there, or the requests are too wrong to find anything.
    assert {200, 201, 400, 401, 403, 404} <= set(seen), seen
    assert world.call("GET", "/v1/canary/job/c", token=canary).text == before
    assert "not answered" not in (world.path / "http.log").read_text()
    world.gateway.kill()
    world.store.kill()
    looked = subprocess.run([os.environ["JOBQD"], "--verify", str(world.path / "data")],
                            capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stdout + looked.stderr


def slow(world):
    """All but few of the connections there may be say a byte now and then."""
    count = ARGUMENTS.slow
    files = count + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, resource.getrlimit(
        resource.RLIMIT_NOFILE)[1]))
    time_for_heads = 10 + count // 200
    world.start_gateway("--connections-max", str(count + 100), "--header-timeout",
                        f"{time_for_heads}s")
    peers = [socket.create_connection(("127.0.0.1", world.port), LONG) for _ in range(count)]
    for letter in "GET /":
        for peer in peers:
            peer.sendall(letter.encode())
        assert world.call("GET", "/healthz").code == 200
    resident = world.gateway.resident()
    print(f"{count} slow connections: {resident / 1e6:.0f} MB")
    assert resident < (64 << 20) + count * 40_000, resident
    # Each is let go when its time for a head is over.
    left = {peer.fileno() for peer in peers}
    poller = select.epoll()
    for number in left:
        poller.register(number, select.EPOLLRDHUP)
    while left:
        gone = poller.poll(time_for_heads + LONG)
        assert gone, f"{len(left)} are kept"
        for number, _ in gone:
            poller.unregister(number)
            left.remove(number)
    assert world.call("GET", "/healthz").code == 200
    for peer in peers:
        peer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--slow", type=int, default=400, help="connections")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="at once")
    ARGUMENTS = parser.parse_args()
    sys.argv[1:] = []
    run([fuzzed, slow])
