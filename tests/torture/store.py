"""A store in a directory of its own, and the load on it (load.cc)."""

import os
import pathlib
import re
import resource
import select
import signal
import subprocess
import time

PATIENCE = 120  # seconds; for what takes less than one when nothing else runs
TOKENS = 5


class Lost(Exception):
    """Something is wrong with the store."""


class Programs:
    def __init__(self, build, store=None):
        self.jobqd = str(store or build / "store/jobqd")
        self.jobq = str(build / "tools/jobq")
        self.load = str(build / "tests/torture/torture_load")
        self.shim = str(build / "tests/torture/libtorture_shim.so")


class Store:
    """`home` has the data, the logs and the sockets. What stands in `arguments`, `shim` and
    `limits` holds from the next start on."""

    def __init__(self, programs, home, data=None):
        self.programs = programs
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.data = pathlib.Path(data or self.home / "data")
        self.arguments = []
        self.shim = {}
        self.limits = {}
        self.process = None
        self.starts = 0

    def endpoint(self):
        return f"ipc://{self.home}/r"

    def command(self):
        return [self.programs.jobqd, "--data", str(self.data), "--no-curve", "--log-level", "warn",
                *(f"--{name}=ipc://{self.home}/{name[0]}"
                  for name in ("request", "driver", "status")), *self.arguments]

    def errors(self):
        return (self.home / f"stderr.{self.starts}").read_text(errors="replace")

    def spawn(self):
        """Starts it and does not wait."""
        self.starts += 1
        environment = dict(os.environ)
        if self.shim:
            environment.update(self.shim, LD_PRELOAD=self.programs.shim,
                               TORTURE_DATA=str(self.data))

        def limit():
            for name, value in self.limits.items():
                resource.setrlimit(name, (value, value))

        with open(self.home / f"stderr.{self.starts}", "w") as errors:
            self.process = subprocess.Popen(
                self.command(), stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL,
                env=environment, preexec_fn=limit if self.limits else None)

    def is_ready(self, seconds=PATIENCE):
        """Waits until it serves, ends, or the time is over."""
        until = time.monotonic() + seconds
        said = b""
        while (left := until - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], left)[0]:
                piece = os.read(self.process.stdout.fileno(), 4096)
                said += piece
                if b"ready\n" in said or not piece:
                    return bool(piece)
        return False

    def start(self):
        self.spawn()
        if not self.is_ready():
            code = self.process.poll()
            self.kill()
            raise Lost(f"the store does not start ({code}): {self.errors()[-600:]}")

    def kill(self):
        """Returns the exit code when it had ended by itself, or None."""
        code = self.process.poll()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        return code

    def wait(self, seconds=PATIENCE):
        code = self.process.wait(seconds)
        self.process.stdout.close()
        return code

    def mint(self):
        """A token for everything; with the tokens that will be revoked."""
        def jobq(*words):
            return subprocess.check_output([self.programs.jobq, *words], text=True).strip()
        previous = os.umask(0o077)
        (self.home / "token").write_text(
            jobq("mint", "--data", str(self.data), "--unlimited"))
        os.umask(previous)
        tokens = []
        for _ in range(TOKENS):
            token = jobq("mint", "--data", str(self.data), "--client-of", "lasting",
                         "--client", "t")
            identifier = re.search(r"^identifier +(\S+)", jobq("inspect", token), re.M)
            tokens += [token, identifier[1]]
        return tokens

    def begin_backup(self, name):
        return subprocess.Popen(
            [self.programs.jobq, "admin", "backup", name, "--endpoint", self.endpoint(),
             "--token-file", str(self.home / "token")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def dump(self, name="dump"):
        """What the running store has, as a file of lines."""
        path = self.home / name
        path.unlink(missing_ok=True)
        with open(self.home / "stderr.dump", "w+") as errors:
            reader = subprocess.Popen(
                [self.programs.load, "dump", self.endpoint(), self.home / "token", path],
                stderr=errors)
            while reader.poll() is None and self.process.poll() is None:
                time.sleep(0.01)
            if reader.poll() is None:  # it would wait for the next store
                reader.kill()
            if reader.wait() != 0:
                errors.seek(0)
                raise Lost(f"the store cannot be read: {errors.read()} {self.errors()[-600:]}")
        return path

    def verify(self):
        """`jobqd --verify`: its exit code and what it says."""
        done = subprocess.run([self.programs.jobqd, "--verify", str(self.data)],
                              capture_output=True, text=True, errors="replace", timeout=600)
        return done.returncode, done.stdout + done.stderr


class Load:
    def __init__(self, store, tokens, seed):
        self.path = store.home / "acks"
        self.process = subprocess.Popen(
            [store.programs.load, "load", store.endpoint(), store.home / "token", self.path,
             str(seed), *tokens], stdin=subprocess.PIPE)

    def size(self):
        return self.path.stat().st_size if self.path.exists() else 0

    def wait_for_more(self, size, seconds=PATIENCE):
        """Until that many bytes more are acknowledged. False when time is over before."""
        target = self.size() + size
        until = time.monotonic() + seconds
        while self.size() < target:
            if self.process.poll() is not None:
                raise Lost(f"the load has ended by itself ({self.process.returncode})")
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True

    def stop_and_go(self, moment):
        self.process.send_signal(signal.SIGSTOP)
        moment()
        self.process.send_signal(signal.SIGCONT)

    def finish(self):
        """Lets all requests be answered by the store that runs."""
        self.process.stdin.close()
        if self.process.wait(PATIENCE) != 0:
            raise Lost(f"the load ended with {self.process.returncode}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
