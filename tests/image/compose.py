"""`docker compose` for the stand-in beside it: of a file what docker/compose.yml needs."""

import argparse
import importlib.machinery
import importlib.util
import pathlib
import sys

import yaml

loader = importlib.machinery.SourceFileLoader(
    "docker", str(pathlib.Path(__file__).parent / "docker"))
docker = importlib.util.module_from_spec(importlib.util.spec_from_loader("docker", loader))
loader.exec_module(docker)

KNOWN = {"image", "build", "command", "entrypoint", "environment", "networks", "volumes", "secrets",
         "depends_on", "healthcheck", "restart", "read_only", "cap_drop", "security_opt", "ports"}


class Project:
    def __init__(self, file):
        self.place = file.resolve().parent
        self.file = yaml.safe_load(file.read_text())
        self.services = self.file["services"]
        for name, service in self.services.items():
            if service.keys() - KNOWN:
                sys.exit(f"{name}: {service.keys() - KNOWN}")
            if not service["read_only"]:
                sys.exit(f"{name}: only with a root that cannot be written")

    def container(self, service):
        return docker.Container(f"{self.file['name']}-{service}")

    def addresses(self, service):
        """A network is 10.N.0, a service has the last number in each of its own."""
        last = list(self.services).index(service) + 1
        return {network: f"10.{number}.0.{last}"
                for number, network in enumerate(self.file["networks"], 1)
                if network in self.services[service]["networks"]}

    def hosts(self, service):
        lines = ""
        for other, its in self.services.items():
            for network, address in self.addresses(other).items():
                if network in self.addresses(service):
                    own = its["networks"]
                    names = (own[network].get("aliases", []) if isinstance(own, dict) else [])
                    lines += f"{address} {' '.join([other, *names])}\n"
        return lines

    def mounts(self, service):
        secrets = [(self.place / self.file["secrets"][name]["file"], f"/run/secrets/{name}")
                   for name in service.get("secrets", [])]
        volumes = [volume.split(":") for volume in service.get("volumes", [])]
        return secrets + [(docker.STATE / "volumes" / f"{self.file['name']}_{name}", to)
                          for name, to in volumes]

    def build(self, service):
        how = service["build"]
        context = self.place / how["context"]
        docker.build(context / how["dockerfile"], context, how["target"], service["image"])

    def up(self, name):
        container, service = self.container(name), self.services[name]
        if container.place.exists():
            return
        for other, how in service.get("depends_on", {}).items():
            self.up(other)
            if how["condition"] == "service_healthy":
                self.container(other).until_healthy()
        container.start(service["image"], self.mounts(service), service.get("command", []),
                        service.get("entrypoint"), service.get("environment"),
                        self.addresses(name), self.hosts(name))


def main(arguments):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-f", dest="file", type=pathlib.Path, default="compose.yml")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("up")
    for flag in ("--detach", "--wait", "--build"):
        one.add_argument(flag, action="store_true")
    one.add_argument("services", nargs="*")
    one = commands.add_parser("exec")
    one.add_argument("-T", action="store_true", required=True)
    one.add_argument("service")
    one.add_argument("args", nargs=argparse.REMAINDER)
    one = commands.add_parser("cp")
    one.add_argument("source")
    one.add_argument("target")
    for name in ("logs", "wait"):
        commands.add_parser(name).add_argument("service")
    commands.add_parser("down")
    wish = parser.parse_args(arguments)
    project = Project(wish.file)
    if wish.command == "up":
        for service in wish.services or project.services:
            if wish.build or not docker.is_image(project.services[service]["image"]):
                project.build(project.services[service])
            project.up(service)
            if wish.wait:
                project.container(service).until_healthy()
        return 0
    if wish.command == "down":
        for service in project.services:
            project.container(service).stop()
            project.container(service).remove()
        return 0
    if wish.command == "cp":
        service, _, path = wish.source.partition(":")
        docker.copy(project.container(service), path, wish.target)
        return 0
    container = project.container(wish.service)
    if wish.command == "exec":
        return container.execute(wish.args)
    if wish.command == "wait":
        print(container.wait())
        return 0
    print(container.file("log").read_text(), end="")
    return 0
