#!/usr/bin/env python3
"""What jobq-http does with requests that no honest client sends, and with peers that are slow."""

import contextlib
import http.client
import resource
import socket

from programs import LONG, run

JOBS = "/v1/scan/job/"


def code_of(text):
    return int(text.split(" ", 2)[1]) if text.startswith("HTTP/1.1 ") else None


def connect(world):
    return socket.create_connection(("127.0.0.1", world.port), LONG)


def request(head, body="", path=JOBS, method="POST", token=""):
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", *head]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def framing(world):
    world.start_gateway()
    body = '{"request": 1, "job": "smuggled"}'
    size = len(body)
    behind = f"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    heads = {
        "two lengths": [f"Content-Length: {size}", f"Content-Length: {size + 5}"],
        "two equal lengths": [f"Content-Length: {size}", f"Content-Length: {size}"],
        "a list": [f"Content-Length: {size}, {size}"],
        "a sign": [f"Content-Length: +{size}"],
        "hexadecimal": [f"Content-Length: 0x{size:x}"],
        "huge": ["Content-Length: 99999999999999999999"],
        "length and chunks": [f"Content-Length: {size}", "Transfer-Encoding: chunked"],
        "chunks and length": ["Transfer-Encoding: chunked", f"Content-Length: {size}"],
        "another encoding": ["Transfer-Encoding: gzip"],
        "chunked twice": ["Transfer-Encoding: chunked, chunked"],
        "identity": ["Transfer-Encoding: identity, chunked"],
        "two hosts": [f"Content-Length: {size}", "Host: y"],
    }
    for name, head in heads.items():
        got = world.raw(request(head, body + behind, token=world.client))
        assert code_of(got) in (400, 501), (name, got)
        # Nothing that came behind is taken for a request, and the connection is over.
        assert got.count("HTTP/1.1 ") == 1, (name, got)
        assert "application/problem+json" in got, (name, got)
    assert world.call("GET", JOBS + "smuggled", token=world.client).code == 404
    for chunks in ("zz\r\n", "-1\r\n", "ffffffffffffffffff\r\n", f"{size:x}\r\n{body}"):
        got = world.raw_half(request(["Transfer-Encoding: chunked"], chunks, token=world.client))
        assert code_of(got) in (400, 408, None), (chunks, got)
    assert world.call("GET", JOBS + "smuggled", token=world.client).code == 404
    good = f"{size:x}\r\n{body}\r\n0\r\n\r\n"
    got = world.raw_half(request(["Transfer-Encoding: chunked"], good, token=world.client))
    assert code_of(got) == 201, got


def paths(world):
    world.start_gateway()
    for path in ("/v1/scan/%6aob/list", "/v1/scan/job/%2e%2e/list", "/v1/scan/job/../job/list",
                 "/v1/scan/./job/list", "/v1/scan/job/a%00b", "/v1/scan\\job", "/v1/../v1/status",
                 "http://x/v1/status", "*", "/v1/scan/job/list?tag=%", "/v1/scan/job/list?tag=%zz",
                 "/v1/scan/job/list?tag=%ff", "/v1/scan/job/list?tag=%00"):
        got = world.raw_half(request([], path=path, method="GET", token=world.client))
        assert code_of(got) == 400, (path, got)
    assert world.call("GET", "/v1/scan//job/list", token=world.client).code == 404
    assert world.call("GET", "/v1/" + "a" * 600, token=world.client).code == 404
    assert world.call("GET", "/v1/status?" + "a" * 17000).code == 414
    many = "&".join("a=1" for _ in range(200))
    assert world.call("GET", f"{JOBS}list?{many}", token=world.client).code == 400


def heads(world):
    world.start_gateway()
    big = world.raw_half(request(["X: " + "x" * 200_000], method="GET", path="/v1/status"))
    assert code_of(big) in (400, 413, 431, None), big
    for line in ("NOT HTTP", "GET /v1/status", "\0\0\0\0",
                 "BREW /v1/status HTTP/1.1", "CONNECT x:1 HTTP/1.1"):
        got = world.raw_half(f"{line}\r\nHost: x\r\n\r\n".encode())
        assert code_of(got) != 200, (line, got)
    injected = world.call("GET", JOBS + "list?function=a%0d%0aSet-Cookie:%20b", token=world.client)
    assert injected.header("Set-Cookie") is None
    assert world.call("GET", "/healthz").code == 200


def slow(world):
    world.start_gateway("--header-timeout", "200ms", "--body-timeout", "200ms",
                        "--idle-timeout", "200ms", "--write-timeout", "200ms",
                        "--connections-max", "8")
    # None says anything; each is let go, and the port is good for others then.
    for sent in (b"", b"GET /v1/sta", request(["Content-Length: 10"], "{", token=world.client)):
        peers = [connect(world) for _ in range(8)]
        for peer in peers:
            with contextlib.suppress(ConnectionError):
                peer.sendall(sent)
        for peer in peers:
            got = b""
            with contextlib.suppress(ConnectionError):
                while part := peer.recv(65536):
                    got += part
            assert not got or code_of(got.decode()) == 408, got
            peer.close()
    # One too many is not served.
    kept = [connect(world) for _ in range(8)]
    with connect(world) as extra:
        with contextlib.suppress(ConnectionError):
            extra.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert extra.recv(100) == b""
    for peer in kept:
        peer.close()


def files(world):
    """With no file left for one more connection, those that are there go on."""
    world.start_gateway("--idle-timeout", "500ms", "--header-timeout", "500ms")
    limit = (40, 40)
    resource.prlimit(world.gateway.process.pid, resource.RLIMIT_NOFILE, limit)
    peers = [connect(world) for _ in range(60)]
    for peer in peers:
        with contextlib.suppress(ConnectionError):
            assert peer.recv(100) == b""
        peer.close()
    assert world.call("GET", "/healthz").code == 200


def unread(world):
    """A peer that asks for much and reads nothing is let go, and so is what it was sent."""
    world.start_gateway("--write-timeout", "300ms", "--held-bytes-max", "20000000")
    for i in range(7):
        world.call("POST", JOBS, {"job": f"big-{i}", "request": "x" * 1_000_000}, world.client)
    asks = request([], path="/v1/admin/scan/export", method="GET", token=world.operator)
    peers = []
    for _ in range(6):
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(LONG)
        peer.connect(("127.0.0.1", world.port))
        peer.sendall(asks)
        peers.append(peer)
    for _ in range(100):
        # Where the machine is busy, it is we who are too slow.
        with contextlib.suppress(http.client.IncompleteRead):
            if world.call("GET", "/v1/admin/scan/export", token=world.operator).code == 200:
                break
    else:
        raise AssertionError("what peers do not read is held for ever")
    assert world.gateway.resident() < 200 << 20
    for peer in peers:
        peer.close()


if __name__ == "__main__":
    run([framing, paths, heads, slow, files, unread])
