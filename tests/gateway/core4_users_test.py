#!/usr/bin/env python3
"""core4's job API, as users of a file: who is refused, and what one sees of others."""

import base64
import os
import re

from core4_test import JOB, KIND, add_user, ask, enqueue, start
from programs import run


def refused(world):
    start(world)
    wrong = [
        (401, "GET", "/list", {"user": None}),
        (401, "GET", "/list", {"user": ("admin", "hand")}),
        (401, "GET", "/list", {"user": ("nobody", "hans")}),
        (401, "GET", "/list", {"user": ("", "")}),
        (404, "GET", "/" + "0" * 24, {}),
        (400, "GET", "/a@b", {}),
        (404, "PUT", "/kill/" + "0" * 24, {}),
        (405, "PUT", "/stop/" + "0" * 24, {}),
        (405, "DELETE", "", {}),
        (405, "POST", "/list", {}),
        (405, "GET", "/kill/" + "0" * 24, {}),
        (400, "POST", "", {"json": {"args": {}}}),
        (400, "POST", "", {"json": {"qual_name": "x", "args": [1]}}),
        (400, "POST", "", {"json": ["x"]}),
        (400, "POST", "", {"data": "{"}),
        (400, "GET", "?per_page=0", {}),
        (400, "GET", "?page=-1", {}),
        (400, "GET", "?sort=[1]", {}),
        (400, "GET", "?filter=%7B%22a%22:%7B%22%24gt%22:1%7D%7D", {}),
        (400, "GET", "?page=" + "%5B" * 4000, {}),
    ]
    enqueue(world)
    for code, method, path, more in wrong:
        answer = ask(world, method, path, **more)
        assert answer.status_code == code, (code, method, path[:50], answer.text)
        told = answer.json()
        assert told["code"] == code and "timestamp" in told and "_id" in told, told
        challenge = answer.headers.get("WWW-Authenticate", "")
        assert (code == 401) == ("Basic" in challenge), challenge
    # A user without the token for it, and another one's job.
    job = enqueue(world)
    answer = ask(world, "GET", f"/{job}", ("eve", "eva"))
    assert answer.status_code == 403, answer.text
    assert ask(world, "PUT", f"/kill/{job}", ("eve", "eva")).status_code == 403
    own = enqueue(world, ("eve", "eva"))
    assert ask(world, "PUT", f"/kill/{own}", ("eve", "eva")).status_code == 200
    answer = ask(world, "PUT", f"/restart/{own}", ("eve", "eva"))
    assert answer.status_code == 403 and "operator" in answer.text, answer.text
    # A page of another site, for which a browser would send the password.
    answer = ask(world, "POST", "", json={"qual_name": KIND}, headers={"Origin": "http://evil"})
    assert answer.status_code == 403, answer.text
    # The password is for these paths alone, and a token is none for them.
    basic = "Basic " + base64.b64encode(b"admin:hans").decode()
    assert world.call("GET", "/v1/scan/job/list", Authorization=basic).code == 401
    assert world.call("GET", JOB, token=world.driver).code == 401


def users(world):
    """The file is read again; who is in it no more is nobody; one that others can read is left."""
    start(world)
    job = enqueue(world)
    add_user(world, "admin", "gretel", client=world.client)
    assert ask(world, "GET", f"/{job}").status_code == 401
    assert ask(world, "GET", "", ("admin", "gretel")).status_code == 200
    (world.path / "users").chmod(0o644)
    assert ask(world, "GET", "", ("admin", "gretel")).status_code == 200
    (world.path / "users").write_text("", encoding="utf-8")
    assert ask(world, "GET", "", ("admin", "gretel")).status_code == 200, "it was looked at"
    (world.path / "users").chmod(0o600)
    os.utime(world.path / "users")
    assert ask(world, "GET", "", ("admin", "gretel")).status_code == 401
    world.gateway.kill()
    (world.path / "users").chmod(0o640)
    try:
        world.start_gateway()
    except RuntimeError as error:
        assert "chmod 600" in str(error), error
    else:
        raise AssertionError("it starts")
    world.start_gateway("--heartbeat", "1s")
    assert ask(world, "GET", "").status_code == 401, "a password, and no file"
    assert ask(world, "GET", "", None).status_code == 404


def masked(world):
    """Who has a token to look with sees that others' jobs are there, and nothing of them."""
    start(world)
    add_user(world, "mia", "m", client=world.mint("--client-of", "scan", "--client", "mia"),
             look=world.mint("--driver-of", "scan", "--status-only"))
    world.gateway.kill()
    world.start_gateway()
    mia, eve = ("mia", "m"), ("eve", "eva")
    own = enqueue(world, mia, args={"mine": True})
    other = enqueue(world, eve, args={"secret": 1}, qual_name="hidden.Kind")
    assert [one["_id"] for one in ask(world, "GET", "", eve).json()["data"]] == [other]
    told = ask(world, "GET", "", mia)
    rows = {one["_id"]: one for one in told.json()["data"]}
    assert rows.keys() == {own, other} and told.json()["total_count"] == 2
    assert rows[own]["args"] == {"mine": True} and rows[own]["qual_name"] == KIND
    hidden = rows[other]
    assert hidden["qual_name"] == "UnauthorizedJob" and hidden["args"] is None
    assert hidden["state"] == "pending" and hidden["enqueued"]["username"] is None
    assert not re.search("eve|secret|hidden", told.text), told.text
    # Nor can it be asked for by what it is, looked at, or changed.
    for wanted in ('{"qual_name": "hidden.Kind"}', '{"enqueued.username": "eve"}'):
        found = ask(world, "GET", "", mia, params={"filter": wanted}).json()
        assert found["total_count"] == 0, found
    assert ask(world, "GET", "/" + other, mia).status_code in (403, 404)
    for what in ("kill", "remove", "restart"):
        assert ask(world, "PUT", f"/{what}/{other}", mia).status_code in (403, 404)
    assert ask(world, "GET", "/follow/" + other, mia).status_code in (403, 404)


if __name__ == "__main__":
    run([refused, users, masked])
