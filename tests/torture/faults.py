"""What goes wrong around a store: its disk, its limits, its clock, its processes. After each, a
store without faults has to have all that was acknowledged."""

import errno
import mmap
import resource
import signal
import shutil
import time

import check
from store import Lost

# Calls that fail from one on, for good or once; after either the store ends with a line and exit
# code 1, or goes on.
DISK = [(call, number, last) for call in ("write", "sync", "open")
        for number in (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EMFILE)
        for last in (0, 10**9)]


def restart(case, ends=(1,)):
    """Ends the store, whatever state it is in, and starts one without faults. `ends`: how it may
    have ended by itself."""
    store = case.store
    code = store.kill()
    if code is not None and code not in ends:
        raise Lost(f"the store ended with {code}: {store.errors()[-600:]}")
    case.row["crashes"] += 1
    store.shim, store.limits = {}, {}
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
    """Few descriptors, little memory, small files."""
    case.begin()
    for name, value in ((resource.RLIMIT_NOFILE, 40), (resource.RLIMIT_NOFILE, 64),
                        (resource.RLIMIT_AS, 400 << 20), (resource.RLIMIT_FSIZE, 1 << 20)):
        case.crash()
        case.store.limits = {name: value}
        case.store.spawn()
        case.row["faults"] += 1
        if case.store.is_ready(10):
            case.load.wait_for_more(60_000, 3)
        # libzmq and C++ itself abort where there is no memory for what may not fail.
        restart(case, (1, -signal.SIGABRT) if name == resource.RLIMIT_AS else (1,))
    case.check()


def damages(size, chance):
    """What may happen to a file: a name, and what its bytes are then (None: it is gone)."""
    def flip(at):
        bit = 1 << chance.randrange(8)
        return lambda data: data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]

    yield "gone", lambda _: None
    if size:
        yield "empty", lambda _: b""
        yield "halved", lambda data: data[:size // 2]
        yield "one byte short", lambda data: data[:-1]
        for at in sorted({0, size - 1, min(8, size - 1), chance.randrange(size),
                          chance.randrange(size)}):
            yield f"a bit of byte {at} of {size}", flip(at)
        yield "zeros in the middle", lambda data: (
            data[:size // 3] + bytes(size // 2 - size // 3) + data[size // 2:])


def damage(case):
    """Files of a directory at rest are damaged one by one: a start or --verify says so, or all is
    there."""
    case.begin()
    case.load.wait_for_more(100_000)
    case.crash()
    case.store.start()
    case.load.wait_for_more(100_000)
    case.load.finish()
    told = check.Acknowledged(case.load.path)
    case.row["operations"] += told.operations
    case.crash()
    case.check_directory(case.store, told)
    whole = case.store.home / "whole"
    shutil.copytree(case.store.data, whole)
    tries = [(path.relative_to(whole), what, change) for path in sorted(whole.rglob("*"))
             if path.is_file() for what, change in damages(path.stat().st_size, case.chance)]
    case.chance.shuffle(tries)
    for path, what, change in tries[:12] if case.is_short else tries:
        case.row["faults"] += 1
        shutil.rmtree(case.store.data)
        shutil.copytree(whole, case.store.data)
        target = case.store.data / path
        data = change(target.read_bytes())
        if data is None:
            target.unlink()
        else:
            target.write_bytes(data)
        look(case, told, f"{path}: {what}")
        if case.has_faults():
            return


def look(case, told, what):
    """Refused by a line and exit code 1 or 2, at the start or later, or all is there."""
    store = case.store
    code, said = store.verify()
    if code in (1, 2) and said.strip():
        return
    if code != 0:
        raise Lost(f"{what}: --verify ends with {code}: {said[-600:]}")
    store.spawn()
    if not store.is_ready():
        if store.wait() not in (1, 2) or not store.errors().strip():
            raise Lost(f"{what}: {store.errors()[-600:]}")
        return
    before = len(case.messages)
    found = check.Found(store.dump())
    store.kill()
    case.blame(*check.check(told, found))
    if len(case.messages) > before:
        case.messages.insert(before, f"{what}: served, after --verify found it sound")
