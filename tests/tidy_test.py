#!/usr/bin/env python3
"""Rules of the house that no compiler checks, over all sources that git knows or would take."""

import collections
import fnmatch
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = {".cc", ".h", ".capnp", ".py", ".cmake", ".sh", ".ts", ".tsx", ".css"}
COLUMNS_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
CLASS_LINES_MAX = 400  # of its declaration and its members' definitions, in whatever files

# path -> why it may be longer. Empty is how it should be.
LONG_FILES = {
    "schema/protocol.capnp": "the specification of the wire, most of it prose, in one file to take",
    "schema/record.capnp": "the same for what is on disk",
    "contract/field_tables.h": "a table, one line for each field of each value",
}

PRODUCT = ("auth/", "client/", "contract/", "driver/", "gateway/", "store/", "tools/")
# What the house is to measure: lines of its rooms, and files that name one thing.
LINES_MAX = {
    "schema/protocol.capnp": 1100,
    "schema/record.capnp": 350,
    "auth/": 2200,
    "client/": 2700,
    "contract/": 960,
    "driver/": 2300,
    "gateway/": 4800,
    "tools/": 6500,
    "tools/runners/": 200,

    "store/calendar/": 450,
    "store/codec/": 1150,
    "store/engine/": 5200,
    "store/net/": 800,
    "store/operations/": 260,
    "store/storage/": 2300,
    "store/zest/": 900,
    "store/": 12000,
    PRODUCT: 27000,
    "tests/": 30000,
}
FILES_MAX = {  # in PRODUCT and schema/, comments aside
    "field releasesMax": (r"(?i)releases_?max", 9),
    "field keepForMs": (r"(?i)keep_?for", 9),
    "field trace": (r"\btrace\b|\b([gs]et|init)Trace\b", 9),
    "operation submit": (r"\b(submit|k?Submit|\w+_submit)\b", 8),
    "operation renew": (r"\b(renew|k?Renew|\w+_renew)\b", 8),
    "operation explain": (r"\b(k?Explain|\w+_explain)\b", 8),
}
# What is above its measure -> how far it may be, and why. Empty is how it should be: take something
# away rather than raise a number.
LATE = "from before there was a measure: to be taken down"
EXCEPTIONS = {
    "driver/": (3000, "every operation as a request; outcomes that come later, typed callbacks"),
    "schema/protocol.capnp": (2130, "the limits of the contract stand here, once"),
    "schema/record.capnp": (740, LATE),
    "auth/": (3150, LATE),
    "client/": (4560, "the asynchronous client, and every operation as a request"),
    "contract/": (3860, "what an id is, for the store and the libraries; values as JSON"),
    "gateway/": (9000, "core4's and JobEngine's requests, by users of a file"),
    "tools/": (16000, LATE),
    "store/codec/": (4600, LATE),
    "store/engine/": (14750, LATE),
    "store/operations/": (550, LATE),
    "store/net/": (2390, "endpoints judged, connections bounded, streams with a thread"),
    "store class Server": (480, LATE),
    "driver class HeldJobs": (415, "halted workers hand back what they have"),
    "store/engine class State": (401, LATE),
    "store/storage/": (6280, "a mark, a look first, writes by a thread, verify, backups"),
    "store/": (35700, LATE),
    "product": (75500, LATE),
    "tests/": (66000, LATE),
    "field keepForMs": (22, LATE),
    "field trace": (25, LATE),
    "operation submit": (32, LATE),
    "operation renew": (24, LATE),
    "operation explain": (10, LATE),
}

WORDS_NOT_IN_NAMES = ("util", "common", "helper", "misc", "manager")

# (what a line may not match, where it may nevertheless stand, why)
INCLUDES = (
    (r'#include [<"]zmq', r"(store/net|client|driver|tools|tests|bench)/", "zmq"),
    (r'#include [<"]rocksdb/', r"(store/storage/rocks_[a-z]+\.(cc|h)|tests/|bench/)", "rocksdb"),
    (
        r'#include [<"](capnp|kj)/',
        r"(store/codec/(codec|(checks|decode|command_fields|encode)[a-z_]*)\.(cc|h)"
        r"|store/storage/record[a-z_]*\.cc|store/storage/record_(fields|table|changes)\.h"
        r"|contract/wire\.h"
        r"|(client|driver|bench)/.*\.cc|(client|driver)/[a-z_]+\.h|gateway/|tests/)",
        "capnp or kj",
    ),
    (
        r'#include "protocol\.capnp\.h"',
        r"(store/codec/(codec|(checks|decode|command_fields|encode)[a-z_]*)\.(cc|h)"
        r"|store/operations/operations\.cc|client/|driver/|gateway/|bench/|tests/)",
        "protocol.capnp.h",
    ),
    (r'#include "record\.capnp\.h"', r"(store/storage/record_table\.h|tests/)", "record.capnp.h"),
    (r'#include [<"](spdlog|fmt)/', r"(store/[a-z_]+\.cc|tools/|tests/|bench/)", "spdlog or fmt"),
    (
        r"\b(fmt::print|std::(cout|cerr|clog|puts|fputs|putchar|printf|fprintf|fwrite))\b",
        r"(tools/(printing|screen)\.cc|gateway/(listener|main|options)\.cc"
        r"|(auth|bench|client|contract|driver|store|tests)/)",
        "output that may not be printable",
    ),
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
        if len(line) > COLUMNS_MAX and not name.endswith(".sh"):
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
                while first > 1 and (re.match(r" *", lines[first - 1]).group() >= indent
                                     or lines[first - 1].lstrip().startswith(":")):
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


def room_of(name):
    return name.rpartition("/")[0].replace("/include/jobq", "")


def check_classes(texts):
    """Adds up a class and its members that are defined elsewhere, over the files of a folder."""
    body = re.compile(r"^(?:class|struct) ([\w:]+)[^;()]*\{$")
    member = re.compile(r"^(?:[A-Za-z].*?\b)?((?:[A-Z]\w*::)+)~?\w+\(")
    sizes = collections.Counter()
    for name, lines in texts.items():
        if not name.startswith(PRODUCT) or not name.endswith((".cc", ".h")):
            continue
        room = room_of(name)
        opened = None
        for number, line in enumerate(lines, 1):
            if opened is None:
                match = body.match(line) or member.match(line)
                if match and not line.endswith((";", "}")):
                    opened = number, (room, match[1].removesuffix("::"))
            elif line.startswith("}"):
                sizes[opened[1]] += number - opened[0] + 1
                opened = None
    if not sizes:
        fail("tests/tidy_test.py", 0, "no class found: this test reads them no more")
    for (room, name), size in sizes.items():
        check_measure(f"{room} class {name}", size, CLASS_LINES_MAX)


def check_measure(what, measure, limit):
    limit = EXCEPTIONS.get(what, (limit,))[0]
    if measure > limit:
        fail(what, 0, f"{measure}, at most {limit}")


def check_house(texts):
    # The page is TypeScript: its files are held to the rules of files alone.
    measured = {name: lines for name, lines in texts.items()
                if not name.startswith(("tests/golden/", "gateway/page/"))
                and not name.endswith("CMakeLists.txt")}
    rooms = {room_of(name) + "/" for name in measured if name.startswith(PRODUCT)}
    for room in rooms - LINES_MAX.keys():
        fail(room, 0, "a room without a measure")
    for room, limit in LINES_MAX.items():
        size = sum(len(lines) for name, lines in measured.items() if name.startswith(room))
        check_measure("product" if room is PRODUCT else room, size, limit)
    for what, (pattern, limit) in FILES_MAX.items():
        naming = [
            name for name, lines in measured.items() if name.startswith((*PRODUCT, "schema/"))
            and any(re.search(pattern, re.sub(r"(//|# ).*", "", line)) for line in lines)]
        if not naming:
            fail(what, 0, "no file names it: this test looks for something else")
        check_measure(what, len(naming), limit)


def check_mentions(names):
    """What comments and documents name is there: files by their path, pages by their name."""
    path = re.compile(r"(?<![\w/.])((?:%s)/[\w./*-]+\.(?:md|h|cc|capnp|py|sh)|[\w-]+\.md)\b"
                      % "|".join(sorted({name.split("/")[0] for name in names if "/" in name})))
    pages = {pathlib.Path(name).name for name in names}
    for name in names:
        if not is_code(name) and not name.endswith(".md"):
            continue
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            for mentioned in path.findall(line):
                if not fnmatch.filter(names, mentioned) and mentioned not in pages:
                    fail(name, number, f"there is no {mentioned}")
            for link in re.findall(r"\]\(([^)#:]+)[)#]", line) if name.endswith(".md") else ():
                if not (ROOT / name).parent.joinpath(link).exists():
                    fail(name, number, f"there is no {link}")


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


def check_limits():
    """The protocol's document has each constant of the schema, with its value."""
    schema = re.findall(r"^const (\w+) :UInt64 = (\d+);$",
                        (ROOT / "schema/protocol.capnp").read_text(), re.M)
    block = re.search(r"^```limits\n(.*?)^```$", (ROOT / "docs/protocol.md").read_text(),
                      re.M | re.S)
    told = [tuple(line.split()) for line in block.group(1).splitlines()] if block else []
    if not schema or told != schema:
        fail("docs/protocol.md", 0, f"the limits by name are not those of the schema: "
             f"{sorted(set(told) ^ set(schema))}")


def check_words():
    """It has the words that are no ids, too."""
    lists = re.findall(r"^const \w+ :List\(Text\) =\s+\[([^]]*)\];$",
                       (ROOT / "schema/protocol.capnp").read_text(), re.M)
    document = " ".join((ROOT / "docs/protocol.md").read_text().split())
    for words in lists:
        if "`" + " ".join(re.findall(r"[a-z-]+", words)) + "`" not in document:
            fail("docs/protocol.md", 0, f"does not tell all of {words}")
    if len(lists) != 2:
        fail("schema/protocol.capnp", 0, "no words found: this test reads them no more")


def main():
    names = sources()
    texts = {name: (ROOT / name).read_text().splitlines() for name in names if is_code(name)}
    passed = 0
    for name, lines in texts.items():
        before = len(failures)
        check_name(name)
        check_lines(name, lines)
        check_size(name, lines)
        check_includes(name, lines)
        if name.endswith((".cc", ".h")):
            check_functions(name, lines)
        passed += len(failures) == before
    check_operations()
    check_mentions(names)
    check_limits()
    check_words()
    check_classes(texts)
    check_house(texts)
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
