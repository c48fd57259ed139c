"""What goes wrong around a store: its disk, its limits, its clock, its processes. After each, a
store without faults has to have all that was acknowledged."""

import errno
import mmap
import os
import resource
import signal
import time

import machine
from store import Lost

# Calls that fail from one on, for good or once; after either the store ends with a line and exit
# code 1, or goes on.
DISK = [(call, number, last) for call in ("write", "sync", "open")
        for number in (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EMFILE)
        for last in (0, 10**9)]


def restart(case, ends=(1,), mend=lambda: None):
    """Ends the store, whatever state it is in, and starts one without faults, after mend(). `ends`:
    how it may have ended by itself."""
    store = case.store
    code = store.kill()
    if code is not None and (code not in ends or code == 1 and not store.errors().strip()):
        raise Lost(f"the store ended with {code}: {store.errors()[-600:]}")
    case.row["crashes"] += 1
    store.shim, store.limits = {}, {}
    mend()
    store.start()
    case.load.wait_for_more(1)


def disk(case):
    """Writes, syncs and opens that fail: a bad disk, a full one, one that became read-only, no
    descriptor; in the work and in a start."""
    case.begin()
    for _ in case.rounds(4, 30):
        call, error, last = case.chance.choice(DISK)
        first = case.chance.randrange(1, 20 if case.chance.random() < 0.3 else 400)
        case.crash()
        case.store.shim = {"TORTURE_FAULT": f"{call}:{error}:{first}:{last or first}"}
        case.store.spawn()
        case.row["faults"] += 1
        if case.store.is_ready():
            until = time.monotonic() + (2 if case.is_short else 5)
            while case.store.process.poll() is None and time.monotonic() < until:
                case.load.wait_for_more(1, 0.1)
        restart(case)
    case.check()


def slow(case):
    """Each sync takes 30 ms; store and load are stopped for longer than the short leases."""
    case.crash_and_start({"TORTURE_SYNC_MS": "30"})
    for _ in case.rounds(1, 5):
        case.load.wait_for_more(20_000)
        for process in (case.store.process, case.load.process):
            process.send_signal(signal.SIGSTOP)
            case.row["faults"] += 1
            time.sleep(case.chance.uniform(0.5, 2))
            process.send_signal(signal.SIGCONT)
            case.load.wait_for_more(20_000)
    case.check()


def clock(case):
    """The time of day leaps, both ways, by seconds to a century, and comes back."""
    path = case.store.home / "clock"
    path.write_bytes(bytes(8))
    with open(path, "r+b") as file:
        offset = mmap.mmap(file.fileno(), 8)
    case.crash_and_start({"TORTURE_CLOCK": str(path)})
    for _ in case.rounds(4, 20):
        seconds = case.chance.choice((-10**9, -86400, -5, 0, 3, 3600, 10**6, 10**9, 2 * 10**9))
        offset[:] = (seconds * 10**9).to_bytes(8, "little", signed=True)
        case.row["faults"] += 1
        case.load.wait_for_more(60_000)
        if case.chance.random() < 0.3:
            case.crash()
            case.store.start()
    offset[:] = bytes(8)
    case.check()


def limits(case):
    """Few descriptors, little memory, small files, from the start on; then in the work."""
    case.begin()
    memory = [(resource.RLIMIT_AS, case.chance.randrange(100, 500) << 20) for _ in range(4)]
    for name, value in ((resource.RLIMIT_NOFILE, 40), (resource.RLIMIT_NOFILE, 64),
                        (resource.RLIMIT_FSIZE, 1 << 20), *memory):
        case.crash()
        case.store.limits = {name: value}
        case.store.spawn()
        case.row["faults"] += 1
        if case.store.is_ready(10):
            case.load.wait_for_more(60_000, 3)
        restart(case)
    take_descriptors(case)
    take_memory(case)
    case.check()


def take_descriptors(case):
    """The process that runs may open no file more."""
    process = case.store.process.pid
    files = len(os.listdir(f"/proc/{process}/fd"))
    resource.prlimit(process, resource.RLIMIT_NOFILE, (files, files))
    case.row["faults"] += 1
    case.load.wait_for_more(300_000, 2 if case.is_short else 10)
    restart(case)


def take_memory(case):
    """Less than it needs, in the work: the kernel kills it."""
    try:
        group = machine.MemoryGroup(f"torture-{os.getpid()}")
    except machine.NotAllowed as reason:
        case.skip(f"memory by cgroup: {reason}")
        return
    try:
        for mib in (40, 24)[:1 if case.is_short else 2]:
            group.limit(1 << 40)
            group.add(case.store.process.pid)
            group.limit(mib << 20)
            case.row["faults"] += 1
            case.load.wait_for_more(300_000, 3 if case.is_short else 10)
            restart(case, (1, -signal.SIGKILL))
    finally:
        case.store.kill()
        group.close()
    case.store.start()
