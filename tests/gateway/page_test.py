#!/usr/bin/env python3
"""The page of jobq-http in a browser: page/walk.mjs has the checks. Pictures of what it saw are in
the working directory, as is what npm installs. Ends with 77 where it cannot be run."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from programs import World

HERE = pathlib.Path(__file__).resolve().parent / "page"
# Of the network, not of the package.
NO_REGISTRY = (r"ENOTFOUND|EAI_AGAIN|E\w*UNREACH|ECONN\w*|ETIMEDOUT|ERR_SOCKET_TIMEOUT|\w*CERT\w*"
               r"|UNABLE_TO_\w*|E401|E403|E407|E5\d\d")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def install(place):
    """What the lock names, unless it is there."""
    place.mkdir(exist_ok=True)
    for source in HERE.iterdir():
        if source.is_file():
            shutil.copy(source, place)
    lock, installed = place / "package-lock.json", place / "installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place,
                          capture_output=True, text=True)
    if done.returncode != 0:
        code = re.search(r"^npm \S+ code (\S+)", done.stderr, re.M)
        if code and re.fullmatch(NO_REGISTRY, code[1]):
            skip(f"npm reaches no registry: {code[1]}")
        sys.exit(done.stderr)
    shutil.copy(lock, installed)


def walk(world, place, environment):
    """Kills and starts again what it asks for."""
    with subprocess.Popen(["node", "walk.mjs", *sys.argv[1:]], cwd=place, text=True,
                          env={**os.environ, **environment}, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as browser:
        for line in browser.stdout:
            if line == "restart gateway\n":
                world.gateway.kill()
                world.start_gateway()
            elif line == "restart store\n":
                world.store.kill()
                world.start_store()
            else:
                print(line, end="", flush=True)
                continue
            browser.stdin.write("done\n")
            browser.stdin.flush()
    return browser.returncode


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        skip("there is no chromium")
    if not shutil.which("node") or not shutil.which("npm"):
        skip("there is no node, or no npm")
    place = pathlib.Path("page").resolve()
    install(place)
    pictures = pathlib.Path("page_pictures").resolve()
    pictures.mkdir(exist_ok=True)
    world = World()
    try:
        world.start_store()
        world.start_gateway()
        if "Built without its page" in world.call("GET", "/").text:
            skip("npm fetched nothing for the page when the gateway was built")
        environment = {
            "CHROMIUM": chromium, "PICTURES": str(pictures),
            "HOME": str(world.path),  # of the browser
            "URL_OF_GATEWAY": f"http://127.0.0.1:{world.port}",
            "UNLIMITED": world.mint("--unlimited", "--expires", "1h"),
            "CLIENT": world.mint("--client-of", "scan", "--client", "me"),
            "ANY_CLIENT": world.mint("--client-of", "scan"),
            "DRIVER": world.mint("--driver-of", "scan"),
            "OPERATOR": world.mint("--operator"),
        }
        sys.exit(walk(world, place, environment))
    finally:
        world.end()


if __name__ == "__main__":
    main()
