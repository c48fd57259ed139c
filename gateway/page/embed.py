#!/usr/bin/env python3
"""Writes the files of the page as C++, those of them that are there."""

import gzip
import hashlib
import pathlib

FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
    "/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/docs.css": ("docs.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def array(name, data):
    rows = [",".join(map(str, data[i:i + 32])) for i in range(0, len(data), 32)]
    return f"constexpr unsigned char {name}[] = {{\n" + ",\n".join(rows) + "};\n"


def main(directory, output):
    text = '#include "page_files.h"\n\nnamespace gateway {\nnamespace {\n\n'
    rows = []
    for number, (path, (name, mime)) in enumerate(FILES.items()):
        if not (pathlib.Path(directory) / name).exists():
            continue
        data = (pathlib.Path(directory) / name).read_bytes()
        small = gzip.compress(data, 9, mtime=0)
        tag = hashlib.sha256(data).hexdigest()[:16]
        text += array(f"kBytes{number}", data) + array(f"kGzipped{number}", small)
        rows.append(f'    {{"{path}", "{mime}", "{tag}", text(kBytes{number}),'
                    f" text(kGzipped{number})}},\n")
    text += """
template <std::size_t kSize>
std::string_view text(const unsigned char (&bytes)[kSize]) {
  return {reinterpret_cast<const char*>(bytes), kSize};
}

}  // namespace

std::span<const PageFile> page_files() {
  static const PageFile kFiles[] = {
""" + "".join(rows) + "  };\n  return kFiles;\n}\n\n}  // namespace gateway\n"
    pathlib.Path(output).write_text(text, encoding="utf-8")
