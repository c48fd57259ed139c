"""What only the kernel can do to a store, mostly for root alone: a file system of its own, a bound
on its memory."""

import errno
import fcntl
import os
import pathlib
import struct
import subprocess
import time


class NotAllowed(Exception):
    """This machine, or its user, cannot do it: the case is skipped."""


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotAllowed(f"{words[0]}: {(done.stderr + done.stdout).strip()[-200:]}")


class FileSystem:
    """An ext4 in a file beside where it is mounted."""

    SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
    NO_FLUSH = struct.pack("I", 2)  # what its journal has not on disk is lost too

    def __init__(self, path, mib):
        self.path = pathlib.Path(path)
        self.image = self.path.with_suffix(".image")
        self.path.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(mib << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", str(self.image))
        self.mount()

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.path))

    def cut_power(self):
        """From now on all calls fail, and nothing comes to the disk."""
        directory = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, self.SHUTDOWN, self.NO_FLUSH)
        finally:
            os.close(directory)

    def be_read_only(self):
        """As after an error of the disk."""
        run("mount", "-o", "remount,abort", str(self.path))

    def fill(self, left):
        """All but some bytes."""
        with open(self.path / "ballast", "ab") as ballast:
            for size in (1 << 20, 1 << 12):
                while self.free() >= left + size:
                    try:
                        os.posix_fallocate(ballast.fileno(), ballast.seek(0, os.SEEK_END), size)
                    except OSError as error:
                        if error.errno != errno.ENOSPC:
                            raise
                        break

    def make_room(self):
        (self.path / "ballast").unlink(missing_ok=True)
        os.sync()  # what ext4 has let go of is free when its journal is written

    def free(self):
        return os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize

    def unmount(self):
        for _ in range(100):  # whoever was killed may not be gone
            if subprocess.run(["umount", str(self.path)], capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        run("umount", str(self.path))

    def mount_again(self):
        """What a start of the machine does."""
        self.unmount()
        self.mount()

    def close(self):
        if os.path.ismount(self.path):
            self.unmount()


class MemoryGroup:
    """A bound on the memory of processes together (cgroup v2, or v1): the kernel kills one that
    passes it."""

    def __init__(self, name):
        root = pathlib.Path("/sys/fs/cgroup")
        is_first = (root / "memory").is_dir()
        parent = root / "memory" if is_first else root / self.own_path().lstrip("/")
        self.path = parent / name
        self.limit_file = "memory.limit_in_bytes" if is_first else "memory.max"
        try:
            self.path.mkdir()
            if not is_first and not (self.path / self.limit_file).exists():
                (parent / "cgroup.subtree_control").write_text("+memory")
        except OSError as error:
            self.close()
            raise NotAllowed(f"a cgroup for memory: {error}") from error

    @staticmethod
    def own_path():
        with open("/proc/self/cgroup") as lines:
            return next((line.strip()[3:] for line in lines if line.startswith("0::")), "/")

    def limit(self, size):
        (self.path / self.limit_file).write_text(str(size))

    def add(self, process):
        (self.path / "cgroup.procs").write_text(str(process))

    def close(self):
        for _ in range(100):  # it is busy until the last of its processes is gone
            try:
                self.path.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.05)
