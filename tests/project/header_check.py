#!/usr/bin/env python3
"""Writes a source that includes one public header and nothing before it, and after it compiles the
example of the header's opening comment: lines that are indented by three blanks. What the examples
take for granted stands in PRELUDE.

header_check.py HEADER OUT"""

import itertools
import pathlib
import sys

MUST_HAVE_EXAMPLE = {"admin.h", "async.h", "client.h", "watch.h", "worker.h"}
PRELUDE = """
#include <iostream>
namespace {
[[maybe_unused]] const std::string key, token;
[[maybe_unused]] const jobq::Connection connection;
[[maybe_unused]] std::string scan(const std::string& request) { return request; }
}  // namespace
void example() {
"""

header, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
comment = itertools.takewhile(lambda line: line.startswith("//"), header.read_text().splitlines())
example = [line[2:] for line in comment if line.startswith("//   ")]
if header.name in MUST_HAVE_EXAMPLE and not example:
    sys.exit(f"{header}: no example is found in its opening comment")
text = f'#include "jobq/{header.name}"\n'
if example:
    text += PRELUDE + "\n".join(example) + "\n}\n"
out.write_text(text)
