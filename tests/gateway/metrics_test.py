#!/usr/bin/env python3
"""/metrics of jobq-http, as promtool sees it where that is installed."""

import json
import pathlib
import re
import shutil
import subprocess

from programs import LONG, Stream, run
from rest_test import JOBS, accept, finish, problem, submit


def scrape(world, token=None):
    answer = world.call("GET", "/metrics", token=token)
    assert answer.code == 200, answer.text
    assert answer.header("Content-Type").startswith("text/plain; version=0.0.4")
    if shutil.which("promtool"):
        judged = subprocess.run(["promtool", "check", "metrics"], input=answer.text, text=True,
                                capture_output=True, timeout=LONG)
        assert judged.returncode == 0, judged.stdout + judged.stderr + answer.text
    return {name: float(value)
            for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", answer.text, re.M)}


def dashboard_knows(values):
    """What docs/grafana.json asks for is there."""
    text = (pathlib.Path(__file__).parents[2] / "docs/grafana.json").read_text()
    panels = json.loads(text)["panels"]
    asked = {name for panel in panels for target in panel.get("targets", [])
             for name in re.findall(r"jobq_\w+", target["expr"])}
    there = {re.sub(r"{.*", "", name) for name in values}
    assert len(asked) > 20 and asked <= there, asked - there


def numbers(world):
    world.start_gateway("--metrics-functions-max", "2", "--metrics-datasources-max", "1")
    own = scrape(world)
    assert own["jobq_http_connections"] == 1
    assert not any(name.startswith(("jobq_store", "jobq_datasource")) for name in own), own
    for i in range(4):
        submit(world, f"job-{i}", function=f"f{i}")
    [job] = accept(world, functions=["f0"])
    finish(world, job)
    for _ in range(2):
        submit(world, function="f3")
    all_ = scrape(world, world.operator)
    assert all_["jobq_store_up"] == 1 and all_["jobq_store_jobs_live"] == 5
    assert all_["jobq_store_requests_total"] > 5
    of_scan = '{datasource="scan"}'
    assert all_[f"jobq_datasource_ready{of_scan}"] == 5
    assert all_[f"jobq_datasource_complete_total{of_scan}"] == 1
    assert all_[f"jobq_datasource_oldest_ready_seconds{of_scan}"] >= 0
    assert all_['jobq_function_waiting{datasource="scan",function="f3"}'] == 3
    dashboard_knows(all_)
    assert all_['jobq_function_waiting{datasource="scan",function="(others)"}'] == 2
    problem(world.call("GET", "/metrics", token=world.client), 403, "token")
    problem(world.call("GET", "/metrics", token="nonsense"), 401, "token")
    assert scrape(world)['jobq_http_replies_total{code="4xx"}'] == 2
    world.store.kill()
    world.gateway.kill()
    world.start_gateway("--patience", "200ms")
    assert scrape(world, world.operator)["jobq_store_up"] == 0


def streams(world):
    world.start_gateway("--heartbeat", "50ms", "--write-timeout", "1s")
    submit(world, "job-1")
    opened = [Stream(world, JOBS + "events", world.client) for _ in range(5)]
    assert scrape(world)["jobq_http_streams"] == 5
    for stream in opened:
        stream.close()
    # Who has gone is missed by the next heartbeat.
    for _ in range(1000):
        now = scrape(world)
        if now["jobq_http_streams"] == 0:
            break
    assert now["jobq_http_streams"] == 0 and now["jobq_http_begun_streams_total"] == 5
    while scrape(world)["jobq_http_questions"] > 0:
        pass


if __name__ == "__main__":
    run([numbers, streams])
