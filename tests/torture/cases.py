"""What is done to a store. A case gets a new directory, and ends with check()."""

import shutil
import subprocess
import time

import check
import damage
import faults
import mounted
import power as power_cut
from store import PATIENCE, Load, Lost, Store


class Case:
    def __init__(self, programs, home, chance, row, is_short):
        self.chance = chance
        self.row = row
        self.is_short = is_short
        self.messages = []
        self.programs = programs
        self.store = Store(programs, home)
        self.load = None
        self.disk = None

    def skip(self, why):
        self.messages.append(f"skipped: {why}")

    def begin(self):
        """A store under load."""
        self.store.start()
        self.load = Load(self.store, self.store.mint(), self.chance.randrange(2**32))
        self.load.wait_for_more(1)

    def crash_and_start(self, shim):
        """A store under load that has such a shim from its second start on."""
        self.begin()
        self.crash()
        self.store.shim = shim
        self.store.start()

    def rounds(self, short, long):
        return range(short if self.is_short else long)

    def crash(self):
        """kill -9. The store had to be alive."""
        code = self.store.kill()
        self.row["crashes"] += 1
        if code is not None:
            raise Lost(f"the store ended by itself with {code}: {self.store.errors()[-600:]}")

    def blame(self, faults, messages):
        for kind, count in faults.items():
            self.row[kind if kind in ("lost", "doubles", "gaps") else "other"] += count
        self.messages += messages

    def has_faults(self):
        return any(self.row[kind] for kind in ("lost", "doubles", "gaps", "other"))

    def check(self):
        """Lets the load end; a crash, a look at the directory, and what the next store has."""
        self.load.finish()
        told = check.Acknowledged(self.load.path)
        self.row["operations"] += told.operations
        if not told.has_ended:
            raise Lost("the load has not come to its end")
        self.crash()
        self.check_directory(self.store, told)

    def check_directory(self, store, told):
        code, said = store.verify()
        if code != 0:
            self.blame({"lost": 1}, [f"--verify ends with {code}: {said[-600:]}"])
        store.start()
        found = check.Found(store.dump())
        store.kill()
        self.blame(*check.check(told, found))
        if not found.found:
            raise Lost("the store has no jobs: nothing was compared")

    def clean_up(self):
        if self.load and self.load.process.poll() is None:
            self.load.kill()
        if self.store.process and self.store.process.poll() is None:
            self.store.kill()
        if self.disk:
            self.disk.close()


def kill(case):
    """kill -9 at any moment, in a start and in a backup too."""
    backups = case.store.home / "backups"
    case.store.arguments = ["--journal-keep", "1s", "--backups", str(backups)]
    case.begin()
    for number in case.rounds(6, 30):
        case.load.wait_for_more(case.chance.randrange(300_000))
        if number % 3 == 0:
            backup = case.store.begin_backup(str(number))
            while not any(backups.glob(f"*{number}*")) and backup.poll() is None:
                time.sleep(0.001)
        time.sleep(case.chance.random() * 0.01)
        case.crash()
        backup.kill()
        backup.wait()
        while case.chance.random() < 0.3:
            case.store.spawn()
            case.store.is_ready(case.chance.random() * 0.15)
            case.crash()
        case.store.start()
    if case.store.begin_backup("last").wait(PATIENCE) != 0:
        raise Lost("a backup that nothing disturbs cannot be made")
    case.check()
    for backup in sorted(backups.glob("[!.]*")):
        check_backup(case, backup)


def check_backup(case, backup):
    """Whatever has a name is whole: it is verified as it is restored."""
    store = case.store
    restored = store.home / "restored"
    done = subprocess.run([store.programs.jobqd, "--restore", str(backup), "--data", str(restored)],
                          capture_output=True, text=True, errors="replace", timeout=600)
    if done.returncode != 0:
        raise Lost(f"backup {backup.name} is not whole: {(done.stdout + done.stderr)[-600:]}")
    case.row["faults"] += 1
    shutil.rmtree(restored)


def power(case):
    """Loss of power at any moment: all the directories that it may have left are started."""
    store, home = case.store, case.store.home
    record = home / "record"
    store.shim = {"TORTURE_RECORD": str(record)}
    store.arguments = ["--journal-keep", "1s"]
    case.begin()
    for number in case.rounds(3, 8):
        case.load.wait_for_more(case.chance.randrange(400_000))
        if number % 2:
            case.crash()
            store.start()
    case.load.finish()
    case.crash()
    case.row["operations"] += check.Acknowledged(case.load.path).operations
    moments = [at for at, *_ in power_cut.records(record)]
    cuts = sorted(case.chance.sample(moments, min(len(moments), 4 if case.is_short else 40)))
    disk = power_cut.Disk(store.data)
    for time_of, index, *change in power_cut.records(record):
        while cuts and time_of >= cuts[0] and not case.has_faults():
            check_cut(case, disk, cuts.pop(0))
        disk.apply(index, *change)


def check_cut(case, disk, moment):
    """What was told before the moment is on the disk as it was then."""
    data = case.store.home / "cut"
    store = Store(case.programs, case.store.home, data)
    store.arguments = case.store.arguments
    case.row["faults"] += 1
    told = check.Acknowledged(case.load.path, moment)
    is_there = disk.cut(case.chance, data)
    if told.operations:
        case.check_directory(store, told)
    elif is_there:
        store.start()  # the first start was cut short: the next one makes what is missing
        store.kill()
    if not case.has_faults():
        shutil.rmtree(data, ignore_errors=True)


CASES = {"kill": kill, "power": power, "damage": damage.damage, "disk": faults.disk,
         "slow": faults.slow, "clock": faults.clock, "limits": faults.limits,
         "mounted": mounted.mounted}
