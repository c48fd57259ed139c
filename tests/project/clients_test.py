#!/usr/bin/env python3
"""What docs/smallest-client.md and the Python client of docs/protocol.md say to a store. The bytes
of the first are those of the texts above them; the second is run, with stand-ins for pyzmq and
pycapnp that are made of libzmq and `capnp`. JOBQ and JOBQD name the programs."""

import contextlib
import ctypes
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA = ROOT / "schema/protocol.capnp"
ZMQ = ctypes.CDLL("libzmq.so.5")
ZMQ.zmq_ctx_new.restype = ZMQ.zmq_socket.restype = ctypes.c_void_p
CONTEXT = ctypes.c_void_p(ZMQ.zmq_ctx_new())
NUMBERS = {"linger": 17, "rcvtimeo": 27}
TEXTS = {"curve_publickey": 48, "curve_secretkey": 49, "curve_serverkey": 50}


def want(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def capnp(*words, data):
    return subprocess.run(["capnp", *words], input=data, check=True, stdout=subprocess.PIPE).stdout


def curve_keypair():
    keys = ctypes.create_string_buffer(41), ctypes.create_string_buffer(41)
    ZMQ.zmq_curve_keypair(*keys)
    return keys[0].value, keys[1].value


class Socket:
    """One of pyzmq's, as far as it is needed."""

    def __init__(self):
        self.__dict__.update(handle=ctypes.c_void_p(ZMQ.zmq_socket(CONTEXT, 3)), received=None)

    def __setattr__(self, name, value):
        if name in TEXTS:
            done = ZMQ.zmq_setsockopt(self.handle, TEXTS[name], value, len(value))
        else:
            number = ctypes.byref(ctypes.c_int(value))
            done = ZMQ.zmq_setsockopt(self.handle, NUMBERS[name], number, 4)
        want(done == 0, f"setting {name}")

    def connect(self, endpoint):
        want(ZMQ.zmq_connect(self.handle, endpoint.encode()) == 0, f"connecting to {endpoint}")

    def send(self, frame):
        ZMQ.zmq_send(self.handle, frame, len(frame), 0)

    def poll(self, milliseconds):
        self.rcvtimeo = milliseconds
        buffer = ctypes.create_string_buffer(1 << 20)
        size = ZMQ.zmq_recv(self.handle, buffer, len(buffer), 0)
        self.__dict__["received"] = buffer.raw[:max(size, 0)]
        return size > 0

    def recv(self):
        return self.received

    def close(self):
        ZMQ.zmq_close(self.handle)


class Struct:
    """One of pycapnp's: built from fields, read into fields."""

    def __init__(self, kind):
        self.kind = kind

    def new_message(self, **fields):
        fields["token"] = list(fields["token"])
        data = capnp("convert", "json:binary", SCHEMA, self.kind, data=json.dumps(fields).encode())
        return types.SimpleNamespace(to_bytes=lambda: data)

    def from_bytes(self, data):
        fields = json.loads(capnp("convert", "binary:json", SCHEMA, self.kind, data=data))
        fields["id"] = int(fields["id"])
        return contextlib.nullcontext(types.SimpleNamespace(to_dict=lambda: fields))


def check_smallest(endpoint, key, token, work):
    page = (ROOT / "docs/smallest-client.md").read_text()
    examples = re.findall(r"^```capnp\n(.*?)```\n```hex\n(.*?)```", page, re.S | re.M)
    want(len(examples) == 4, f"{len(examples)} messages are found on the page")
    for text, hexes in examples:
        kind = "Request" if "method" in text else "Reply"
        said = capnp("decode", SCHEMA, kind, data=bytes.fromhex(hexes))
        meant = capnp("encode", SCHEMA, kind, data=text.encode())
        want(said == capnp("decode", SCHEMA, kind, data=meant), f"the bytes of {text} say {said}")

    def ask(frame):
        socket = Socket()
        socket.linger, socket.curve_serverkey = 0, key
        socket.curve_publickey, socket.curve_secretkey = curve_keypair()
        socket.connect(endpoint)
        socket.send(frame)
        want(socket.poll(20000), "an answer")
        socket.close()
        return socket.recv()

    (there, _), (submit, submit_hex), (_, refused_hex), (wait, _) = examples
    answer = ask(bytes.fromhex(submit_hex))
    want(answer == bytes.fromhex(refused_hex), f"the refusal's bytes are {answer.hex()}: {answer}")
    for text, pattern in ((there, r"code = 200,.*store = .*version = "),
                          (submit, r"code = 200,.*submitted = .*status = submitted"),
                          (wait, r"code = 200,.*status = complete.*response = ")):
        if text is wait:
            work()
        request = capnp("encode", SCHEMA, "Request", data=text.encode().replace(b"TOKEN", token))
        said = capnp("decode", SCHEMA, "Reply", data=ask(request)).decode()
        want(re.search(pattern, said, re.S), f"{text} is answered {said}")


def check_python(endpoint):
    page = (ROOT / "docs/protocol.md").read_text()
    client, = re.findall(r"```python\n(.*?)```", page, re.S)
    protocol = types.SimpleNamespace(Request=Struct("Request"), Reply=Struct("Reply"))
    sys.modules["capnp"] = types.SimpleNamespace(load=lambda *_, **__: protocol)
    sys.modules["zmq"] = types.SimpleNamespace(
        Context=lambda: types.SimpleNamespace(socket=lambda _: Socket()), REQ=3,
        curve_keypair=curve_keypair)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(client.replace("tcp://127.0.0.1:5555", endpoint), {})
    said = out.getvalue()
    want(said == 'complete {"scanned": 3}\n', f"the client of protocol.md says {said}")


def main():
    jobq, jobqd = os.environ["JOBQ"], os.environ["JOBQD"]
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        os.environ["PWD"] = directory
        store = subprocess.Popen(
            [jobqd, "--data", "data"] +
            [f"--{name}=ipc://{directory}/{name}" for name in ("request", "driver", "status")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            want("ready\n" in store.stdout, "the store starts")
            os.umask(0o077)
            for token, options in (("alice", ["--client-of", "scan", "--client", "alice"]),
                                   ("driver", ["--driver-of", "scan"])):
                minted = subprocess.check_output([jobq, "mint", "--data", "data", *options])
                pathlib.Path(f"{token}.token").write_bytes(minted.strip())
            endpoint = f"ipc://{directory}/request"
            work = [jobq, "work", "scan", "--exec", "cat", "--count", "1", "--endpoint", endpoint,
                    "--server-key-file", "data/curve.public", "--token-file", "driver.token"]
            check_smallest(endpoint, pathlib.Path("data/curve.public").read_bytes().strip(),
                           pathlib.Path("alice.token").read_bytes(),
                           lambda: subprocess.run(work, check=True, stderr=subprocess.DEVNULL))
            check_python(endpoint)
        finally:
            store.terminate()
            store.wait()


if __name__ == "__main__":
    main()
    print("all passed")
