#!/usr/bin/env python3
"""A receiver of posts, on loopback: webhook_receiver.py DIRECTORY [CERTIFICATE KEY]

Writes its port to DIRECTORY/port, and a line to DIRECTORY/posts for each post. It holds what is
posted to /hold until there is a file DIRECTORY/go. The secret is in DIRECTORY/secret.
"""

import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import ssl
import sys
import threading
import time

place = pathlib.Path(sys.argv[1])
lock = threading.Lock()
seen = collections.Counter()
held = 0
held_max = 0


def is_signed(headers, body):
    secret = base64.b64decode((place / "secret").read_text().strip().removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()
    is_now = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return is_now and ("v1," + wanted) in headers["webhook-signature"].split(" ")


class Receiver(http.server.BaseHTTPRequestHandler):
    def hold(self):
        global held, held_max
        with lock:
            held += 1
            held_max = max(held, held_max)
            (place / "held").write_text(f"{held} at most {held_max}\n")
        while not (place / "go").exists():
            time.sleep(0.02)
        with lock:
            held -= 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with lock:
            seen[self.path] += 1
            count = seen[self.path]
            with open(place / "posts", "a", encoding="utf-8") as posts:
                posts.write(json.dumps({
                    "path": self.path, "id": self.headers["webhook-id"],
                    "signed": is_signed(self.headers, body),
                    "type": self.headers["content-type"], "extra": self.headers["x-extra"],
                    "body": body.decode()}) + "\n")
        if self.path.startswith("/hold"):
            self.hold()
        answers = {
            "/fails-once": (500, {}, b"no paper") if count == 1 else (200, {}, b"thanks"),
            "/busy-once": (429, {"Retry-After": "1"}, b"") if count == 1 else (200, {}, b""),
            "/gone": (410, {}, b"no more"),
            "/moved": (302, {"Location": "/ok"}, b""),
            "/large": (200, {}, b"x" * 1_000_000),
        }
        status, headers, text = answers.get(self.path, (200, {}, b"thanks"))
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            pass  # who posted has gone

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # of those who do not trust it
(place / "port.new").write_text(str(server.server_address[1]))
os.rename(place / "port.new", place / "port")
server.serve_forever()
