"""Networks of the containers that `docker` here runs: for each container a network namespace, for
each network a bridge in one namespace that nothing else is in. So containers reach each other where
they have a network in common, and nothing outside."""

import os
import pathlib
import subprocess

# Names that no other run has at the same time.
PREFIX = "jobq" + pathlib.Path(os.environ["STATE"]).name[-6:]


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=not check)


def space(container):
    return f"{PREFIX}-{container}"


def make(container, addresses):
    own, middle = space(container), PREFIX
    ip("netns", "add", own)
    ip("-n", own, "link", "set", "lo", "up")
    if addresses:
        ip("netns", "add", middle, check=False)
    for number, (network, address) in enumerate(addresses.items()):
        if ip("-n", middle, "link", "show", network, check=False).returncode != 0:
            ip("-n", middle, "link", "add", network, "type", "bridge")
            ip("-n", middle, "link", "set", network, "up")
        end = f"{container}{number}"  # up to 15 bytes
        ip("-n", own, "link", "add", f"eth{number}", "type", "veth", "peer", end, "netns", middle)
        ip("-n", middle, "link", "set", end, "master", network, "up")
        ip("-n", own, "addr", "add", f"{address}/24", "dev", f"eth{number}")
        ip("-n", own, "link", "set", f"eth{number}", "up")


def remove(container):
    ip("netns", "delete", space(container), check=False)
