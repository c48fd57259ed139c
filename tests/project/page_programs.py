#!/usr/bin/env python3
"""Writes the blocks of C++ of a page, each of which is a whole program.

page_programs.py PAGE OUT..."""

import pathlib
import re
import sys

page, outs = pathlib.Path(sys.argv[1]), sys.argv[2:]
programs = re.findall(r"^```cpp\n(.*?)^```$", page.read_text(), re.M | re.S)
if len(programs) != len(outs):
    sys.exit(f"{page}: has {len(programs)} programs, not {len(outs)}")
for program, out in zip(programs, outs):
    pathlib.Path(out).write_text(program)
