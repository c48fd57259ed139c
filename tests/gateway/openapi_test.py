#!/usr/bin/env python3
"""The OpenAPI document of jobq-http: it has every path of the store's table, and what is answered
is as it says, field by field."""

import hashlib
import json
import pathlib
import re

from programs import run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Document:
    def __init__(self, text):
        self.all = json.loads(text)

    def resolved(self, schema):
        while "$ref" in schema:
            found = self.all
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def properties(self, schema):
        schema = self.resolved(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found.update(self.properties(part))
        return found

    def wrong(self, value, schema, where):
        """What is not as the schema says, properties that it has not too."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            tried = [self.wrong(value, one, where) for one in schema["anyOf"]]
            return [] if [] in tried else tried[0]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{where}: {value!r} is none of {schema['enum']}"]
        kinds = {"object": dict, "array": list, "string": str, "boolean": bool,
                 "integer": int, "number": (int, float)}
        kind = schema.get("type", "object" if "allOf" in schema else None)
        if kind and (not isinstance(value, kinds[kind]) or
                     (kind in ("integer", "number") and isinstance(value, bool))):
            return [f"{where}: {value!r} is no {kind}"]
        if kind == "array":
            return [w for i, one in enumerate(value)
                    for w in self.wrong(one, schema["items"], f"{where}[{i}]")]
        if kind == "object":
            known = self.properties(schema)
            return [w for name, one in value.items() for w in (
                self.wrong(one, known[name], f"{where}.{name}") if name in known
                else [f"{where}.{name}: is not told of"])]
        return []

    def operation(self, method, path):
        for pattern, item in self.all["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path.rstrip("/")) and (
                    method in item):
                yield len(re.findall(r"\{", pattern)), item[method]


def structure(world):
    world.start_gateway()
    answer = world.call("GET", "/openapi.json")
    assert answer.code == 200 and answer.header("Content-Type") == "application/json"
    document = Document(answer.text)
    assert document.all["openapi"] == "3.1.0"
    table = (ROOT / "store/operations/operations.cc").read_text(encoding="utf-8")
    rows = re.findall(r'\{k(Get|Post|Put|Delete), "([^"]+)", k(\w+)', table)
    told = {(method, re.sub(r"\{\w+\}", "?", path))
            for path, item in document.all["paths"].items() for method in item
            if method != "parameters"}
    assert told == {(method.lower(), "/v1" + re.sub(r"/[*+#](?=/|$)", "/?", pattern))
                    for method, pattern, _ in rows}
    ids = [operation["operationId"] for item in document.all["paths"].values()
           for method, operation in item.items() if method != "parameters"]
    assert len(ids) == len(set(ids)) == len(rows)
    for path, item in document.all["paths"].items():
        names = {one["name"] for one in item.get("parameters", [])}
        assert names == set(re.findall(r"\{(\w+)\}", path)), path

    def walk(value):
        if isinstance(value, dict):
            if "$ref" in value:
                assert document.resolved(value), value
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
    walk(document.all)
    assert None not in document.all["components"]["schemas"].values()
    listed = next(document.operation("get", "/v1/scan/job/list"))[1]
    parameters = {one["name"]: one for one in listed["parameters"]}
    assert parameters["limit"]["schema"]["type"] == "integer"
    assert parameters["statuses"]["schema"]["items"]["enum"][0] == "submitted"


class Calls:
    """Asks, and holds the question and its answer against the document."""

    checked = set()  # operations, by all tests

    def __init__(self, world):
        self.world = world
        self.document = Document(world.call("GET", "/openapi.json").text)

    def __call__(self, method, path, body=None, token=None):
        answer = self.world.call(method, path, body, token or self.world.operator)
        assert answer.code in (200, 201), (path, answer.text)
        operation = min(self.document.operation(method.lower(), path.split("?")[0]),
                        key=lambda found: found[0])[1]
        content = operation["responses"][str(answer.code)]["content"]["application/json"]
        wrong = self.document.wrong(answer.json(), content["schema"], operation["operationId"])
        assert not wrong, (wrong, answer.text)
        if body is not None:
            asked = operation["requestBody"]["content"]["application/json"]["schema"]
            assert not self.document.wrong(body, asked, operation["operationId"])
        self.checked.add(operation["operationId"])
        return answer.json()


def answers(world):
    world.start_gateway()
    call = Calls(world)
    me, work = world.client, world.driver
    function = {"name": "ocr", "terms": {"failuresMax": 2}, "requestSchema": {"type": "object"},
                "calls": [{"method": "GET", "path": "/scan/job/*"}]}
    call("POST", "/v1/jobs/scan/functions", function, work)
    call("GET", "/v1/scan/job/functions?isWhole", None, me)
    job = {"job": "job-1", "request": {"page": 1}, "function": "ocr", "tags": ["a"],
           "then": [{"on": "any", "function": "mail", "request": 1}], "group": "g"}
    call("POST", "/v1/scan/job/", job, me)
    call("POST", "/v1/scan/job/", {"jobs": [{"job": "job-2", "request": 1}, {
        "job": "job-3", "request": 2, "after": [{"job": "job-1"}]}]}, me)
    for path in ("list?total=true", "count", "job-1/explain", "job-1?withRequest=true", "events",
                 "job-3", "list?sort=priority"):
        call("GET", "/v1/scan/job/" + path, None, me)
    call("GET", "/v1/jobs/scan/peek", None, work)
    taken = call("POST", "/v1/jobs/scan/accept", {"worker": "w", "max": 2}, work)["accepted"]
    outcome = {key: taken[0][key] for key in ("job", "attempt", "leaseToken")}
    call("POST", "/v1/jobs/scan/renew", {"leases": [{"job": "job-1", "attempt": 1}]}, work)
    call("POST", "/v1/jobs/scan/update", {"outcomes": [
        {**outcome, "progress": {"value": 0.5}, "checkpoint": "here"},
        {**outcome, "log": {"lines": [{"level": "warning", "text": "x"}]}}]}, work)
    call("POST", "/v1/jobs/scan/update", {**outcome, "retry": {"error": {"code": "torn"}}}, work)
    for path in ("job-1/log", "job-1?withAttempts=true", "job-1/events?after=0"):
        call("GET", "/v1/scan/job/" + path, None, me)
    call("POST", "/v1/jobs/scan/state", {"function": "ocr", "changes": [
        {"name": "n", "value": "1"}]}, work)
    for path in ("state?function=ocr", "workers", "stats", "history", "since/0", "latest", "config",
                 "functions"):
        call("GET", "/v1/jobs/scan/" + path, None, work)
    call("POST", "/v1/scan/job/schedules/daily", {"cron": "@daily", "job": {"request": 1}}, me)
    call("GET", "/v1/scan/job/schedules/daily?times=3", None, me)
    call("POST", "/v1/scan/job/schedules/daily/run", {}, me)
    call("GET", "/v1/scan/job/schedules", None, me)
    call("POST", "/v1/scan/job/events", {}, me)
    call("POST", "/v1/scan/job/job-1/cancel", None, me)
    config = {"datasource": "scan", "weights": [{"client": "me", "weight": 2}], "runningMax": 9}
    call("POST", "/v1/admin/scan/config", config)
    call("POST", "/v1/admin/scan/job/job-1/restart", {"job": "job-4"})
    call("POST", "/v1/admin/scan/cancel", {"where": {"tag": "a"}, "isDry": True})
    call("POST", "/v1/admin/scan/redrive", {"limit": 5})
    call("POST", "/v1/admin/pause")
    call("POST", "/v1/admin/resume")
    for path in ("stats", "datasources", "scan/stats", "scan/export", "tokens", "keys"):
        call("GET", "/v1/admin/" + path)
    call("GET", "/v1/status")
    # A test that finds nothing wrong must be able to.
    status = call("GET", "/v1/scan/job/job-1", None, me)
    schema = {"$ref": "#/components/schemas/JobStatus"}
    assert call.document.wrong({**status, "nothing": 1}, schema, "")
    assert call.document.wrong({**status, "status": "gone"}, schema, "")
    assert call.document.wrong({**status, "attempt": "1"}, schema, "")


def every_path(world):
    """With answers(), each operation of the document is asked once at least."""
    world.store.kill()
    world.start_store("--no-curve", "--backups", str(world.path / "backups"))
    world.start_gateway()
    call, me, work = Calls(world), world.client, world.driver
    all_ = world.mint("--unlimited", "--expires", "1h")
    for i in range(9):
        call("POST", "/v1/scan/job/", {"job": f"job-{i}", "request": i, "tags": ["a"]}, me)
    for path in ("job/events", "job/job-1/events"):
        call("POST", "/v1/scan/" + path, {"noSnapshot": True}, me)
    call("POST", "/v1/sub/scan/job", {"limit": 1}, me)
    call("GET", "/v1/scan/job/?job=job-1", None, me)
    call("POST", "/v1/scan/job/cancel", {"job": "job-1"}, me)
    for name in ("daily", "weekly"):
        call("POST", "/v1/scan/job/schedules/" + name, {"everyMs": 86400000, "job": {"request": 1}},
             me)
    for what in ("pause", "resume"):
        call("POST", "/v1/scan/job/schedules/daily/" + what, {}, me)
        call("POST", f"/v1/admin/scan/schedules/daily/{what}", {"client": "me"})
    for place, token in (("jobs", work), ("admin", world.operator)):
        call("GET", f"/v1/{place}/scan/schedules", None, token)
        call("GET", f"/v1/{place}/scan/schedules/daily?client=me", None, token)
    call("POST", "/v1/scan/job/schedules/daily/remove", {}, me)
    call("POST", "/v1/admin/scan/schedules/weekly/remove", {"client": "me"})

    [job] = call("POST", "/v1/jobs/scan/accept", {"worker": "w"}, work)["accepted"]
    outcome = {key: job[key] for key in ("attempt", "leaseToken")}
    here = f"/v1/jobs/scan/job/{job['job']}"
    call("POST", here, {**outcome, "progress": {"value": 0.5}}, work)
    call("GET", here + "?client=me", None, work)
    for path in ("log", "explain", "events"):
        call("GET", f"{here}/{path}?client=me", None, work)
    call("POST", here + "/events", {"client": "me"}, work)
    call("POST", here + "/cancel", {"client": "me"}, work)
    for path in ("list", "count", "events"):
        call("GET", "/v1/jobs/scan/" + path, None, work)
    call("POST", "/v1/jobs/scan/events", {}, work)
    call("POST", "/v1/sub/scan/jobs", {"limit": 1}, work)
    call("POST", "/v1/jobs/scan/config", {"datasource": "scan", "priority": 40}, work)
    call("POST", "/v1/jobs/scan/functions", {"name": "ocr"}, work)
    call("POST", "/v1/jobs/scan/functions/remove", {"name": "ocr"}, work)
    text = "export function twice(x) { return 2 * x }"
    for place in ("jobs", "admin"):
        hash_ = hashlib.sha256((text + place).encode()).hexdigest()
        call("POST", f"/v1/jobs/scan/code/{hash_}", {"runtime": "node", "content": text + place},
             all_)
        call("GET", f"/v1/jobs/scan/code/{hash_}", None, all_)
        call("GET", f"/v1/{place}/scan/code/list", None, all_)
        call("POST", f"/v1/{place}/scan/code/{hash_}/remove", None, all_)

    call("GET", "/v1/cat", None, all_)
    call("POST", "/v1/cat", {"datasource": "print", "description": "Prints"}, all_)
    for what in ("pause", "drain", "resume"):
        call("POST", "/v1/admin/scan/" + what)
    for what in ("workers", "history", "config", "state?function=ocr"):
        call("GET", "/v1/admin/scan/" + what)
    call("POST", "/v1/admin/scan/workers", {"worker": "w", "order": "drain"})
    call("POST", "/v1/admin/workers", {"order": "work"})
    call("POST", "/v1/admin/scan/job/job-2/edit", {"priority": 7})
    call("POST", "/v1/admin/scan/job/job-2/remove", {"isForced": True})
    call("POST", "/v1/admin/scan/edit", {"where": {"tag": "a"}, "edit": {"priority": 9}})
    for what in ("restart", "remove"):
        call("POST", "/v1/admin/scan/" + what, {"where": {"tag": "a"}, "isDry": True})
    exported = call("GET", "/v1/admin/scan/export")["jobs"]
    for one in exported:
        one["job"] += "-again"
    call("POST", "/v1/admin/scan/import", {"jobs": exported[:1]})
    call("POST", "/v1/admin/print/drop")
    call("POST", "/v1/admin/backups/today", None, all_)
    call("POST", "/v1/admin/keys", None, all_)
    call("POST", "/v1/admin/tokens/k1.abc/revoke", {"until": "2030-01-01T00:00:00Z"}, all_)
    call("POST", "/v1/admin/keys/k1/retire", None, all_)
    call("GET", "/v1/uptime")
    told = {operation["operationId"] for item in call.document.all["paths"].values()
            for method, operation in item.items() if method != "parameters"}
    assert Calls.checked == told, told - Calls.checked


if __name__ == "__main__":
    run([structure, answers, every_path])
