"""A store and a gateway in a temporary directory, and requests to them; for the tests here.

JOBQD, JOBQ and JOBQ_HTTP name the programs."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

LONG = 30  # seconds; longer than anything takes that works


class Answer:
    def __init__(self, reply):
        self.code = reply.status
        self.headers = dict(reply.getheaders())
        self.text = reply.read().decode()

    def json(self):
        return json.loads(self.text)

    def header(self, name):
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), None)


class Program:
    """A program that says "listening" or "ready" on a line of its output."""

    def __init__(self, arguments, ready, log):
        self.log = log
        with open(log, "a", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(ready, line):
                break
        else:
            raise RuntimeError(f"{arguments[0]} ended: {log.read_text()}")

    def resident(self):
        """Bytes; 0 with sanitizers, whose own memory is most of it."""
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return 0 if os.environ.get("SANITIZE") else pages * os.sysconf("SC_PAGE_SIZE")

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(LONG)
        self.process.stdout.close()
        return self.process.returncode


class World:
    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="jobq-http-"))
        os.umask(0o077)
        self.store = self.gateway = None
        self.gateway_options = []
        self.port = 0

    def start_store(self, *options):
        sockets = {name: f"ipc://{self.path}/{name}" for name in ("request", "driver", "status")}
        self.store = Program(
            [os.environ["JOBQD"], "--data", str(self.path / "data"),
             *(options or ["--no-curve"]),
             *(part for name, url in sockets.items() for part in (f"--{name}", url))],
            "^ready", self.path / "store.log")

    def start_gateway(self, *options):
        self.gateway_options = options or self.gateway_options
        self.gateway = Program(
            [os.environ["JOBQ_HTTP"], "--listen", f"127.0.0.1:{self.port}",
             "--store", f"ipc://{self.path}/request", *self.gateway_options],
            "^listening", self.path / "http.log")
        self.port = int(self.gateway.lines[-1].rsplit(":", 1)[1])

    def mint(self, *options):
        return subprocess.run(
            [os.environ["JOBQ"], "mint", "--data", str(self.path / "data"), *options],
            check=True, capture_output=True, text=True).stdout.strip()

    def jobq(self, token, *options):
        return subprocess.run(
            [os.environ["JOBQ"], *options], check=True, capture_output=True, text=True,
            timeout=LONG, stdin=subprocess.DEVNULL,
            env={"JOBQ_TOKEN": token, "JOBQ_ENDPOINT": f"ipc://{self.path}/request",
                 "PATH": os.environ["PATH"]}).stdout

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG)

    def call(self, method, path, body=None, token=None, connection=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        opened = connection or self.connect()
        opened.request(method, path, body=body, headers=headers)
        answer = Answer(opened.getresponse())
        if not connection:
            opened.close()
        return answer

    def raw_half(self, request):
        """The same; says that no more bytes will come."""
        return self.raw(request, True)

    def raw(self, request, is_half=False):
        """What comes back for these bytes, until the gateway hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=LONG) as peer:
            with contextlib.suppress(OSError):  # of a peer that has hung up, whichever it is
                peer.sendall(request)
                if is_half:
                    peer.shutdown(socket.SHUT_WR)
            got = b""
            with contextlib.suppress(ConnectionResetError):
                while part := peer.recv(65536):
                    got += part
            return got.decode(errors="replace")

    def end(self):
        for program in (self.gateway, self.store):
            if program and program.process.poll() is None:
                program.kill()
        shutil.rmtree(self.path)


class Stream:
    """An event stream as it comes in."""

    def __init__(self, world, path, token, accept="text/event-stream", last_id=None):
        self.connection = world.connect()
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.connection.request("GET", path, headers=headers)
        self.reply = self.connection.getresponse()
        self.code = self.reply.status
        self.last_id = last_id

    def lines(self):
        """Ends where the stream does, however it does."""
        with contextlib.suppress(http.client.HTTPException, ConnectionError):
            while line := self.reply.readline():
                yield line.decode().rstrip("\n")

    def events(self):
        """(name, data), comments as (":", text)."""
        name, data = "message", []
        for line in self.lines():
            if not line:
                if data:
                    yield name, json.loads("\n".join(data))
                name, data = "message", []
            elif line.startswith(":"):
                yield ":", line[1:].strip()
            else:
                field, _, value = line.partition(": ")
                if field == "id":
                    self.last_id = int(value)
                elif field == "event":
                    name = value
                elif field == "data":
                    data.append(value)

    def close(self):
        self.reply.close()
        self.connection.close()


def run(tests):
    """Calls each with a world of its own that has a store, a gateway and tokens."""
    wanted = sys.argv[1:]
    failed = 0
    for test in tests:
        if wanted and test.__name__ not in wanted:
            continue
        world = World()
        try:
            world.start_store()
            world.client = world.mint("--client-of", "scan", "--client", "me")
            world.other = world.mint("--client-of", "scan", "--client", "other")
            world.driver = world.mint("--driver-of", "scan")
            world.operator = world.mint("--operator")
            test(world)
            print(f"passed: {test.__name__}")
        except Exception as error:  # pylint: disable=broad-except
            import traceback
            traceback.print_exc()
            print(f"FAILED: {test.__name__}: {error!r}")
            for log in world.path.glob("*.log"):
                print(f"{log.name}:", *log.read_text().splitlines()[-20:], sep="\n  ")
            failed += 1
        finally:
            world.end()
    sys.exit(1 if failed else 0)


def wait_readable(stream, seconds):
    return bool(select.select([stream.connection.sock], [], [], seconds)[0])
