#!/usr/bin/env python3
"""Rules of the house that no compiler checks, over all sources that git knows or would take."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = {".cc", ".h", ".capnp", ".py", ".cmake"}
COLUMNS_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70

# path -> why it may be longer. Empty is how it should be.
LONG_FILES = {
    "schema/protocol.capnp": "the specification of the wire, most of it prose, in one file to take",
    "schema/record.capnp": "the same for what is on disk",
}

WORDS_NOT_IN_NAMES = ("util", "common", "helper", "misc", "manager")

# (what a line may not match, where it may nevertheless stand, why)
INCLUDES = (
    (r'#include [<"]zmq', r"(store/net|client|driver|tools|tests|bench)/", "zmq"),
    (r'#include [<"]rocksdb/', r"(store/storage/rocks_storage\.cc|tests/|bench/)", "rocksdb"),
    (
        r'#include [<"](capnp|kj)/',
        r"(store/codec/(codec|(body_reader|encode)[a-z_]*)\.(cc|h)"
        r"|store/storage/record[a-z_]*\.cc|store/storage/record_fields\.h|contract/wire\.h"
        r"|(client|driver|bench)/.*\.cc|(client|driver)/[a-z_]+\.h|tests/)",
        "capnp or kj",
    ),
    (
        r'#include "protocol\.capnp\.h"',
        r"(store/codec/(codec|(body_reader|encode)[a-z_]*)\.(cc|h)"
        r"|store/operations/operations\.cc|client/|driver/|bench/|tests/)",
        "protocol.capnp.h",
    ),
    (r'#include "record\.capnp\.h"', r"(store/storage/record_fields\.h|tests/)", "record.capnp.h"),
    (r'#include [<"](spdlog|fmt)/', r"(store/[a-z_]+\.cc|tools/|tests/|bench/)", "spdlog or fmt"),
    (r'#include [<"]macaroons', r"(auth/macaroon\.cc|tests/)", "libmacaroons"),
)
# Folder -> what its code may not say.
NOT_IN = {
    "store/engine/": r"::now\(|<random>|<thread>|<mutex>|<fstream>|system_clock|steady_clock"
    r"|\brand\(|random_device|sleep",
    "store/codec/": r"::now\(|<random>|<thread>|<mutex>|<fstream>|system_clock|steady_clock",
    "store/storage/": r"::now\(|<random>|system_clock|steady_clock",
    "auth/": r'#include [<"](zmq|rocksdb|capnp|engine|codec|server|job)',
    "store/": r"\bsleep(_for|_until)?\(",
    "tests/": r"\bsleep(_for|_until)?\(|\b[u]?sleep\(",
}

failures = []


def fail(path, line, what):
    failures.append(f"{path}:{line}: {what}" if line else f"{path}: {what}")


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted({name for name in listed if (ROOT / name).is_file()})


def is_code(name):
    return pathlib.Path(name).suffix in CODE or name.endswith("CMakeLists.txt")


def check_lines(name, lines):
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            fail(name, number, f"{len(line)} columns, at most {COLUMNS_MAX}")
        if "\t" in line:
            fail(name, number, "a tab")
        if line != line.rstrip():
            fail(name, number, "white space at the end")
        if re.search(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", line) and name != "tests/tidy_test.py":
            fail(name, number, "TODO without an issue number, as in TODO(#12)")


def check_size(name, lines):
    if len(lines) > FILE_LINES_MAX and name not in LONG_FILES:
        fail(name, 0, f"{len(lines)} lines, at most {FILE_LINES_MAX}")


def check_name(name):
    for word in WORDS_NOT_IN_NAMES:
        if word in pathlib.Path(name).name.lower():
            fail(name, 0, f"'{word}' in a name says nothing about what is in it")


def check_includes(name, lines):
    for pattern, where, what in INCLUDES:
        if re.match(where, name):
            continue
        for number, line in enumerate(lines, 1):
            if re.match(pattern, line):
                fail(name, number, f"{what} does not belong here")
    for folder, pattern in NOT_IN.items():
        if not name.startswith(folder) or not name.endswith((".cc", ".h")):
            continue
        for number, line in enumerate(lines, 1):
            found = re.search(pattern, re.sub(r"//.*", "", line))
            if found:
                fail(name, number, f"'{found.group()}' does not belong into {folder}")


def check_functions(name, lines):
    """A function body begins with a line that ends in ') {' or the like, at the indentation of
    namespaces or classes, and ends with '}' at the same indentation."""
    start = re.compile(r"^( {0,4})[A-Za-z~\[].*[)a-z>] \{$")
    # The first line of a signature that is broken over several.
    closes = re.compile(r"^ +.*\)( const| override| noexcept)* \{$")
    no_function = re.compile(r"^ *(namespace|struct|class|enum|union|extern|if|for|while|switch)\b")
    open_at = None
    for number, line in enumerate(lines, 1):
        if open_at is None:
            match = start.match(line)
            if match and not no_function.match(line):
                open_at = (number, match.group(1))
            elif closes.match(line) and number > 1 and not no_function.match(line):
                first = number - 1
                indent = re.match(r" *", line).group()
                while first > 1 and re.match(r" *", lines[first - 1]).group() >= indent:
                    first -= 1
                head = lines[first - 1]
                if not no_function.match(head):
                    open_at = (first, re.match(r" *", head).group())
        elif line.startswith(open_at[1] + "}"):
            length = number - open_at[0] + 1
            if length > FUNCTION_LINES_MAX:
                fail(name, open_at[0],
                     f"a function of {length} lines, at most {FUNCTION_LINES_MAX}")
            open_at = None


def check_operations():
    """Each row of the table of paths has a section in the protocol's document."""
    table = (ROOT / "store/operations/operations.cc").read_text()
    document = ROOT / "docs/protocol.md"
    rows = re.findall(r'\{k(Get|Post|Put|Delete), "([^"]+)", k(\w+)', table)
    if not rows:
        fail("store/operations/operations.cc", 0,
             "no rows found: this test reads the table no more")
    if not document.exists():
        return
    text = document.read_text()
    for method, pattern, operation in rows:
        path = pattern.replace("*", "<DSID>").replace("+", "<JOB>").replace("#", "<N>")
        if not re.search(rf"{method.upper()} {re.escape(path)}(?![\w<])", text.replace("`", "")):
            fail("docs/protocol.md", 0, f"does not mention {method.upper()} {path} ({operation})")


def main():
    names = [name for name in sources() if is_code(name)]
    passed = 0
    for name in names:
        before = len(failures)
        check_name(name)
        lines = (ROOT / name).read_text().splitlines()
        check_lines(name, lines)
        check_size(name, lines)
        check_includes(name, lines)
        if name.endswith((".cc", ".h")):
            check_functions(name, lines)
        passed += len(failures) == before
    check_operations()
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or not names else 0


if __name__ == "__main__":
    sys.exit(main())
