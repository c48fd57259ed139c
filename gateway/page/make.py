#!/usr/bin/env python3
"""Makes the page within the build: make.py NPM WORK OUTPUT

npm fetches what package-lock.json names into WORK, tsc and esbuild make the page of it, and OUTPUT
is that as C++. Where npm is missing or reaches no registry the gateway gets a page that says so,
and all else of it works; what is wrong with the page itself ends the build.
"""

import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import embed

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = ["package.json", "package-lock.json", "tsconfig.json", "bundle.mjs"]
NONE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>jobs</title>
<h1>Built without its page</h1>
<p>npm fetched nothing when this gateway was built. Its paths under /v1 are all there.</p>
</html>
"""


def fetch(npm, work):
    """Whether what the lock names is there."""
    lock, installed = work / "package-lock.json", work / "installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return True
    if not shutil.which(npm):
        print("warning: there is no npm (scripts/setup installs it)", file=sys.stderr)
        return False
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--loglevel=error"], cwd=work, check=False)
    if done.returncode == 0:
        shutil.copy(lock, installed)
    return done.returncode == 0


def main(npm, work, output):
    work = pathlib.Path(work)
    shutil.rmtree(work / "src", ignore_errors=True)
    shutil.rmtree(work / "dist", ignore_errors=True)
    work.mkdir(exist_ok=True)
    for name in SETTINGS:
        shutil.copy(HERE / name, work)
    if fetch(npm, work):
        shutil.copytree(HERE / "src", work / "src")
        for step in ("check", "bundle"):
            subprocess.run([npm, "--silent", "run", step], cwd=work, check=True)
    else:
        print("warning: jobq-http is built without its page", file=sys.stderr)
        (work / "dist").mkdir()
        (work / "dist" / "index.html").write_text(NONE, encoding="utf-8")
    embed.main(work / "dist", output)


if __name__ == "__main__":
    main(*sys.argv[1:])
