"""Servers of other queues on loopback, each on a directory of its own, as they are durable."""

import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

POSTGRES = "/usr/lib/postgresql/15/bin/"
START_SECONDS_MAX = 60


def path_of(program):
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A peer's server on a directory of its own."""

    user = None
    environment = {}
    programs = {}  # and the package of each
    modules = ()  # of Node.js
    settings = ""
    acknowledged = ""

    def __init__(self, base):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jobq-peer-", dir=base))
        self.log = open(self.directory / "log", "ab")
        if self.user and os.getuid() == 0:
            shutil.chown(self.directory, self.user)
        self.port = free_port()
        self.prepare()
        self.launch()
        self.wait_until_listening()

    def prepare(self):
        pass

    def settle(self):
        """What happens by itself some time after a long queue was filled."""

    def run(self, program, *arguments):
        demote = {"user": self.user, "group": self.user} if self.user and os.getuid() == 0 else {}
        return subprocess.Popen([path_of(program), *map(str, arguments)], cwd=self.directory,
                                stdout=self.log, stderr=self.log,
                                env={**os.environ, **self.environment}, start_new_session=True,
                                **demote)

    def launch(self):
        self.process = self.run(*self.command())

    def wait_until_listening(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        said = (self.directory / "log").read_text(errors="replace")[-2000:]
        self.close()
        raise SystemExit(f"{type(self).__name__}: no server after {START_SECONDS_MAX} s:\n{said}")

    def kill(self):
        pid = self.process.pid
        children = []
        if self.process.poll() is None:
            # Those of PostgreSQL have sessions of their own.
            for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                try:
                    children.append(os.pidfd_open(int(child)))
                except ProcessLookupError:
                    pass
            os.killpg(pid, signal.SIGKILL)
        self.process.wait()
        for child in children:
            try:
                signal.pidfd_send_signal(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
            select.select([child], [], [], START_SECONDS_MAX)
            os.close(child)

    def close(self):
        self.kill()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Redis(Server):
    programs = {"redis-server": "redis-server"}
    settings = "`appendfsync always`, streams, XACK and XDEL"
    acknowledged = "the append-only file is synced"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", self.port, "--dir", self.directory,
                "--appendonly", "yes", "--appendfsync", "always", "--save", ""]


class Postgres(Server):
    user = "postgres"
    programs = {POSTGRES + "postgres": "postgresql-15"}
    settings = "defaults, `SKIP LOCKED`, one transaction a message; ANALYZE after filling"
    acknowledged = "the log is synced (`synchronous_commit`)"

    def prepare(self):
        if self.run(POSTGRES + "initdb", "-D", self.directory / "data", "-U", "postgres", "-A",
                    "trust", "--no-sync").wait():
            raise SystemExit((self.directory / "log").read_text(errors="replace"))

    def command(self):
        return [POSTGRES + "postgres", "-D", self.directory / "data", "-h", "127.0.0.1", "-p",
                self.port, "-k", self.directory]

    def settle(self):
        # As autovacuum does within a minute: without it plans are those for an empty table.
        if self.run(POSTGRES + "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-c",
                    "ANALYZE").wait():
            raise SystemExit("postgres: ANALYZE failed")


class Beanstalkd(Server):
    programs = {"beanstalkd": "beanstalkd"}
    settings = "`-f 0`; one job a command"
    acknowledged = "the log is synced"

    def command(self):
        return ["beanstalkd", "-l", "127.0.0.1", "-p", self.port, "-b", self.directory, "-f", "0"]


class Rabbitmq(Server):
    user = "rabbitmq"
    programs = {"rabbitmq-server": "rabbitmq-server"}
    settings = "quorum queue, confirms, prefetch 256"
    acknowledged = "submit: the queue's log is synced; the end of a job is not acknowledged"

    def command(self):
        return ["rabbitmq-server"]

    def kill(self):
        super().kill()
        self.run("epmd", "-kill").wait()  # it is no child of the server

    def prepare(self):
        self.environment = {
            "HOME": str(self.directory), "RABBITMQ_NODENAME": f"jobq{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.directory), "RABBITMQ_LOG_BASE": str(self.directory),
            "RABBITMQ_PID_FILE": str(self.directory / "pid"), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",
            "ERL_EPMD_PORT": str(free_port()), "RABBITMQ_CONFIG_FILE": str(self.directory / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1}"}


class Bullmq(Redis):
    programs = {**Redis.programs, "node": "nodejs", "npm": "npm"}
    modules = ("bullmq", "ioredis")
    settings = ("Redis with `appendfsync always`; `add` (256 under way) and `addBulk`, a worker "
                "with concurrency 100, 1,000 finished jobs kept, `waitUntilFinished`")


class GraphileWorker(Postgres):
    programs = {**Postgres.programs, "node": "nodejs", "npm": "npm"}
    modules = ("graphile-worker", "pg")
    settings = ("PostgreSQL's defaults; `addJob` (256 under way, 26 connections) and `addJobs`, a "
                "runner with concurrency 24; with batches a local queue of 256 and "
                "`completeJobBatchDelay` 0; one job at a time: NOTIFY tells its end; ANALYZE after "
                "filling")


PEERS = {"redis": Redis, "postgres": Postgres, "beanstalkd": Beanstalkd, "rabbitmq": Rabbitmq,
         "bullmq": Bullmq, "graphile-worker": GraphileWorker}
