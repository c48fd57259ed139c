"""Directories at rest that are damaged: a start or --verify says so, or all is there."""

import hashlib
import itertools
import shutil

import check
from store import Lost


def damage(case):
    """Each file in each way, parts of the directory, files of another moment."""
    store = case.store
    case.begin()
    case.load.wait_for_more(100_000)
    case.crash()
    earlier = store.home / "earlier"
    shutil.copytree(store.data, earlier)
    store.start()
    case.load.wait_for_more(100_000)
    case.load.finish()
    told = check.Acknowledged(case.load.path)
    case.row["operations"] += told.operations
    case.crash()
    case.check_directory(store, told)
    whole = store.home / "whole"
    shutil.copytree(store.data, whole)
    tries = [*of_files(whole, case.chance), *of_parts(whole), *of_other_times(whole, earlier)]
    case.chance.shuffle(tries)
    for what, spoil in tries[:12 if case.is_short else 100]:
        case.row["faults"] += 1
        shutil.rmtree(store.data)
        shutil.copytree(whole, store.data)
        spoil(store.data)
        look(case, told, what)
        if case.has_faults():
            return


def files_of(directory):
    return [path.relative_to(directory) for path in sorted(directory.rglob("*")) if path.is_file()]


def of_files(whole, chance):
    for path in files_of(whole):
        content = (whole / path).read_bytes()
        yield f"{path}: gone", lambda data, path=path: (data / path).unlink()
        for what, change in changes(content, chance):
            def spoil(data, path=path, content=content, change=change):
                (data / path).write_bytes(change(content))
            yield f"{path}: {what}", spoil


def changes(content, chance):
    """What may happen to what is in a file. Behind its end a log has zeros, which do not matter."""
    size = len(content.rstrip(b"\0"))
    if size == 0:
        return
    yield "empty", lambda content: b""
    yield "halved", lambda content: content[:size // 2]
    yield "one byte short", lambda content: content[:size - 1]
    yield "zeros at the end", lambda content: content[:-64] + bytes(64)
    yield "zeros from the last quarter on", lambda content: (
        content[:size * 3 // 4] + bytes(len(content) - size * 3 // 4))
    yield "zeros in the middle", lambda content: (
        content[:size // 3] + bytes(size // 2 - size // 3) + content[size // 2:])
    late = max(size - 32768, 0)  # where a log's reader takes damage for its end
    for at in sorted({0, size - 1, min(8, size - 1), *(chance.randrange(size) for _ in range(3)),
                      *(chance.randrange(late, size) for _ in range(3))}):
        bit = 1 << chance.randrange(8)
        yield f"a bit of byte {at} of {size}", lambda content, at=at, bit=bit: (
            content[:at] + bytes([content[at] ^ bit]) + content[at + 1:])


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def of_parts(whole):
    """Several files are gone together."""
    kinds = ("db/*.sst", "db/*.log", "db/MANIFEST-*", "db/CURRENT", "db/OPTIONS-*", "db/IDENTITY")
    parts = [*itertools.combinations(kinds, 2), *itertools.combinations(kinds, 3), ("db/*",),
             *(choice for count in (1, 2, 3)
               for choice in itertools.combinations(("db", "db.mark", "format", "root.keys"), count)
               if choice != ("root.keys",))]
    for part in parts:
        def spoil(data, part=part):
            for pattern in part:
                for path in data.glob(pattern):
                    remove(path)
        yield f"gone: {' '.join(part)}", spoil


def of_other_times(whole, earlier):
    """What is there was there before, or belongs elsewhere."""
    def bring(data, *names):
        for name in names:
            remove(data / name)
            source = earlier / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, data / name)

    def exchange(data, one, other):
        one, other = (data / "db" / name for name in (one, other))
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)

    yield "the database of before", lambda data: bring(data, "db")
    yield "the mark of before", lambda data: bring(data, "db.mark")
    logs = [sorted(directory.glob("db/*.log"))[-1] for directory in (whole, earlier)]
    yield "the log of before", lambda data: shutil.copy(logs[1], data / "db" / logs[0].name)
    for kind in ("*.sst", "*.log"):
        names = [path.name for path in sorted((whole / "db").glob(kind))]
        for one, other in itertools.combinations(names, 2):
            yield f"{one} and {other} exchanged", lambda data, one=one, other=other: exchange(
                data, one, other)


def prints(directory):
    return {path: hashlib.sha1((directory / path).read_bytes()).digest()
            for path in files_of(directory)}


def look(case, told, what):
    """--verify and a start, or whoever reads then, refuse with a line, or all is there. Whoever
    refuses has changed nothing."""
    store = case.store
    before = prints(store.data)
    code, said = store.verify()
    if code not in (0, 1, 2) or not said.strip():
        raise Lost(f"{what}: --verify ends with {code}: {said[-600:]}")
    if prints(store.data) != before:
        raise Lost(f"{what}: --verify has changed something")
    store.spawn()
    if not store.is_ready():
        if store.wait() not in (1, 2) or not store.errors().strip():
            raise Lost(f"{what}: {store.errors()[-600:]}")
        if prints(store.data) != before:
            raise Lost(f"{what}: refused, but something is changed: {store.errors()[-600:]}")
        return
    seen = len(case.messages)
    try:
        case.blame(*check.check(told, check.Found(store.dump())))
    except Lost as unreadable:
        if store.process.poll() != 1 or not store.errors().strip():
            raise Lost(f"{what}: {unreadable}") from unreadable
    store.kill()
    if len(case.messages) > seen:
        case.messages.insert(seen, f"{what}: served, --verify ended with {code}: {said[-200:]}")
