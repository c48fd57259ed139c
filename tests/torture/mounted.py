"""A store on a file system of its own, whose disk goes wrong as the kernel tells it."""

import signal

import machine
from faults import restart
from store import PATIENCE, Lost


def mounted(case):
    """A file system of its own: its power fails, it is read-only suddenly, it fills up."""
    mib = case.chance.choice((64, 100, 160))
    case.disk = machine.FileSystem(case.store.home / "disk", mib)
    case.store.data = case.disk.path / "data"
    case.store.arguments = ["--disk-reserve", str(case.chance.choice((0, 1, 4))),
                            "--journal-keep", "1s", "--finished-max", "2000",
                            "--backups", str(case.disk.path / "backups")]
    case.begin()
    ways = [cut_power, be_read_only, fill_up]
    case.chance.shuffle(ways)
    for number in case.rounds(3, 15):
        case.load.wait_for_more(case.chance.randrange(200_000), 10)
        case.row["faults"] += 1
        ways[number % 3](case)
    case.check()


def cut_power(case):
    """What was not synced is lost with it."""
    case.disk.cut_power()
    wait_for_end(case)
    restart(case, (1,), case.disk.mount_again)


def be_read_only(case):
    case.disk.be_read_only()
    wait_for_end(case)
    restart(case, (1,), case.disk.mount_again)


def fill_up(case):
    """In the work, with a backup; in the end of a store, and in a start. Then there is room."""
    store = case.store
    case.disk.fill(case.chance.choice((0, 4096, 100_000, 1_000_000)))
    store.begin_backup("full").wait(PATIENCE)
    case.load.wait_for_more(100_000, 2)
    store.process.send_signal(signal.SIGTERM)
    if (code := store.wait()) not in (0, 1):
        raise Lost(f"a store on a full disk ended with {code}: {store.errors()[-600:]}")
    store.spawn()
    store.is_ready(5)
    restart(case, (1,), case.disk.make_room)


def wait_for_end(case):
    """Of a store whose disk is gone: it cannot go on."""
    if (code := case.store.wait()) != 1:
        raise Lost(f"without its disk the store ended with {code}: {case.store.errors()[-600:]}")
