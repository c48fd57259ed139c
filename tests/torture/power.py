"""What a loss of power leaves of a directory, from the record of what a store did to it (shim.cc).

What was synced is there. What was written since is there in part, by chance: nothing of it, all, a
beginning torn in the middle of a write, or some of the pages of 4 KiB. A name is there when its
directory was synced since; of later changes to a directory, a beginning. This is what POSIX
promises, which is less than what common file systems keep."""

import bisect
import os
import struct

CREATE, WRITE, SIZE, SYNC, RENAME, LINK, REMOVE, DIRECTORY = range(1, 9)
HEAD = struct.Struct("<qQQQqQ")
PAGE = 4096


def records(path):
    with open(path, "rb") as file:
        while len(head := file.read(HEAD.size)) == HEAD.size:
            time, index, op, inode, number, length = HEAD.unpack(head)
            data = file.read(length)
            if len(data) < length:
                return
            yield time, index, op, inode, number, data


def write_at(content, offset, data):
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


def set_size(content, size):
    del content[size:]
    content.extend(bytes(size - len(content)))


class File:
    def __init__(self):
        self.synced = bytearray()
        self.pending = []  # (index, offset, data), or (index, size, None)

    def apply(self, content, change):
        _, number, data = change
        if data is None:
            set_size(content, number)
        else:
            write_at(content, number, data)

    def sync(self, index):
        kept = []
        for change in self.pending:
            if change[0] < index:
                self.apply(self.synced, change)
            else:
                kept.append(change)
        self.pending = kept

    def after_cut(self, chance):
        content = bytearray(self.synced)
        if not self.pending:
            return content
        way = chance.choice(("nothing", "all", "torn", "pages"))
        if way == "nothing":
            return content
        if way == "torn":
            last = chance.randrange(len(self.pending))
            for change in self.pending[:last]:
                self.apply(content, change)
            index, number, data = self.pending[last]
            if data:
                self.apply(content, (index, number, data[:chance.randrange(len(data))]))
            return content
        for change in self.pending:
            self.apply(content, change)
        if way == "pages":
            before = bytes(self.synced)
            # Only what was written can be missing; all else is as it was.
            pages = {page for _, number, data in self.pending if data
                     for page in range(number // PAGE, (number + len(data) - 1) // PAGE + 1)}
            for page in pages:
                if chance.random() < 0.5:
                    end = min((page + 1) * PAGE, len(content))
                    old = before[page * PAGE:end]
                    length = max(end - page * PAGE, 0)
                    content[page * PAGE:end] = old + bytes(length - len(old))
        return content


class Directory:
    def __init__(self):
        self.synced = {}
        self.names = {}
        self.pending = []  # (index, name, what it names then, or None)

    def change(self, index, name, node):
        self.pending.append((index, name, node))
        self.put(self.names, name, node)

    @staticmethod
    def put(names, name, node):
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node

    def sync(self, index):
        for at, name, node in self.pending:
            if at < index:
                self.put(self.synced, name, node)
        self.pending = [change for change in self.pending if change[0] >= index]

    def after_cut(self, chance):
        names = dict(self.synced)
        # What one call did has one index, and is there as a whole.
        indices = sorted({change[0] for change in self.pending})
        if indices:
            end = chance.choice((0, len(indices), chance.randrange(len(indices) + 1)))
            for at, name, node in self.pending:
                if bisect.bisect_left(indices, at) < end:
                    self.put(names, name, node)
        return names


class Disk:
    """The directory `root` from its making on. Indices begin anew in each start of a store, so that
    they are counted on."""

    def __init__(self, root):
        self.root = str(root)
        self.top = Directory()  # holds the root itself
        self.by_inode = {os.stat(os.path.dirname(self.root)).st_ino: self.top}
        self.next_index = 0
        self.base = 0

    def place(self, path):
        """The directory that holds the name, and the name."""
        inside = os.path.relpath(path, os.path.dirname(self.root)).split("/")
        directory = self.top
        for name in inside[:-1]:
            directory = directory.names[name]
        return directory, inside[-1]

    def apply(self, index, op, inode, number, data):
        if index == 0:
            self.base = self.next_index
        index += self.base
        self.next_index = index + 1
        if op in (CREATE, DIRECTORY):
            node = File() if op == CREATE else Directory()
            self.by_inode[inode] = node
            directory, name = self.place(data.decode())
            directory.change(index, name, node)
        elif op == WRITE:
            self.by_inode[inode].pending.append((index, number, data))
        elif op == SIZE:
            self.by_inode[inode].pending.append((index, number, None))
        elif op == SYNC and inode in self.by_inode:
            self.by_inode[inode].sync(number + self.base)
        elif op in (RENAME, LINK):
            old, new = data.decode().split("\0")
            directory, name = self.place(old)
            node = directory.names[name]
            target, new_name = self.place(new)
            if op == RENAME:
                directory.change(index, name, None)
            target.change(index, new_name, node)
        elif op == REMOVE:
            directory, name = self.place(data.decode())
            directory.change(index, name, None)

    def cut(self, chance, target):
        """Makes the directory `target` of what is left; False when not even that is."""
        top = self.top.after_cut(chance)
        name = os.path.basename(self.root)
        if name not in top:
            return False
        self.make(chance, top[name], target)
        return True

    def make(self, chance, node, path):
        if isinstance(node, File):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(node.after_cut(chance))
            return
        os.mkdir(path, 0o700)
        for name, child in node.after_cut(chance).items():
            self.make(chance, child, f"{path}/{name}")
