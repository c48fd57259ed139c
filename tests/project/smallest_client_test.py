#!/usr/bin/env python3
"""docs/smallest-client.md: each message is the bytes that stand below it, and a store answers as
the page says. JOBQ and JOBQD name the programs."""

import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA = ROOT / "schema/protocol.capnp"
JOBQ, JOBQD = os.environ["JOBQ"], os.environ["JOBQD"]
ZMQ = ctypes.CDLL("libzmq.so.5")
ZMQ.zmq_ctx_new.restype = ZMQ.zmq_socket.restype = ctypes.c_void_p
REQ, RCVTIMEO, LINGER = 3, 27, 17


def capnp(way, kind, data):
    return subprocess.run(["capnp", way, SCHEMA, kind], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def want(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def ask(endpoint, frame):
    socket = ctypes.c_void_p(ZMQ.zmq_socket(ctypes.c_void_p(CONTEXT), REQ))
    for option, value in ((RCVTIMEO, 20000), (LINGER, 0)):
        ZMQ.zmq_setsockopt(socket, option, ctypes.byref(ctypes.c_int(value)), 4)
    want(ZMQ.zmq_connect(socket, endpoint.encode()) == 0, f"connect to {endpoint}")
    ZMQ.zmq_send(socket, frame, len(frame), 0)
    buffer = ctypes.create_string_buffer(1 << 20)
    size = ZMQ.zmq_recv(socket, buffer, len(buffer), 0)
    ZMQ.zmq_close(socket)
    want(size > 0, "no answer")
    return buffer.raw[:size]


def check_bytes(examples):
    for text, hexes in examples:
        kind = "Request" if "method" in text else "Reply"
        is_said = capnp("decode", kind, bytes.fromhex(hexes))
        want(is_said == capnp("decode", kind, capnp("encode", kind, text.encode())),
             f"the bytes of {text} say {is_said.decode()}")


def check_store(examples, directory):
    endpoint = f"ipc://{directory}/r"
    options = ["--endpoint", endpoint]
    mint = [JOBQ, "mint", "--data", f"{directory}/data"]
    subprocess.run([JOBQ, *options, "info", "--patience", "20s"], check=True,
                   stdout=subprocess.DEVNULL)
    token = subprocess.check_output([*mint, "--client-of", "scan", "--client", "alice"]).strip()
    driver = subprocess.check_output([*mint, "--driver-of", "scan"], text=True).strip()
    (there, _), (submit, submit_hex), refused, (wait, _) = examples
    answer = ask(endpoint, bytes.fromhex(submit_hex))
    want(answer == bytes.fromhex(refused[1]), f"the refusal's bytes are {answer.hex()}, "
         + capnp("decode", "Reply", answer).decode())
    for text, pattern in ((there, r"code = 200,.*store = .*version = "),
                          (submit, r"code = 200,.*submitted = .*status = submitted"),
                          (wait, r"code = 200,.*status = complete.*response = ")):
        if text is wait:
            subprocess.run([JOBQ, *options, "work", "scan", "--exec", "cat", "--count", "1"],
                           env={**os.environ, "JOBQ_TOKEN": driver}, check=True)
        request = capnp("encode", "Request", text.encode().replace(b"TOKEN", token))
        said = capnp("decode", "Reply", ask(endpoint, request)).decode()
        want(re.search(pattern, said, re.S), f"{text} is answered {said}")


def main():
    page = (ROOT / "docs/smallest-client.md").read_text()
    examples = re.findall(r"^```capnp\n(.*?)```\n```hex\n(.*?)```", page, re.S | re.M)
    want(len(examples) == 4, f"{len(examples)} messages are found on the page")
    check_bytes(examples)
    with tempfile.TemporaryDirectory() as directory:
        store = subprocess.Popen(
            [JOBQD, "--data", f"{directory}/data", "--no-curve"] +
            [f"--{name}=ipc://{directory}/{name[0]}" for name in ("request", "driver", "status")],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            check_store(examples, directory)
        finally:
            store.terminate()
            store.wait()


CONTEXT = ZMQ.zmq_ctx_new()
if __name__ == "__main__":
    main()
    print("all passed")
