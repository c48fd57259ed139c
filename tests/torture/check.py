"""Compares what a store acknowledged with what it has. Reads lines of log.h and nothing else."""

import collections

# How long jobs of "brief" are kept when they have ended, in ns (actors.cc).
KEPT = 10**9
FINAL = ("complete", "failed", "cancelled", "forbidden")
WAITING = ("submitted", "retrying")
# How `said KIND` ends a job, when it does.
ENDS = {"complete": "complete", "failed": "failed", "forbidden": "forbidden"}


class Job:
    """What was acknowledged about a job."""

    def __init__(self):
        self.changed = 0
        self.status = None  # as of `changed`
        self.attempt = 0
        self.final = None
        self.completed_by = None
        self.removed = False
        self.maybe_removed = False
        self.refused = set()
        self.given = {}
        self.priority = None


class Acknowledged:
    """All lines up to a time, of the monotonic clock, or all."""

    def __init__(self, path, until=None):
        self.jobs = collections.defaultdict(Job)
        self.asked = set()
        self.events = collections.defaultdict(dict)
        self.revoked = {}
        self.operations = 0
        self.faults = collections.Counter()
        self.messages = []
        self.snapshots = 0
        self.has_ended = False
        lines = list(self.read(path, until))
        self.repeated = self.find_repeated(lines)
        for began, told, verb, *words in lines:
            self.operations += not verb.startswith(("ask", "event"))
            if tuple(words[:2]) not in self.repeated or verb == "ask":
                getattr(self, "on_" + verb.replace("-", "_"))(began, told, *words)

    @staticmethod
    def read(path, until):
        with open(path) as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break  # the load was killed in the middle of it
                began, told, verb, *words = line.split()
                if until is None or int(told) <= until or verb.startswith("ask"):
                    yield int(began), int(told), verb, *words

    @staticmethod
    def find_repeated(lines):
        """Jobs that may have lived twice: their submit was repeated for so long that the job may
        have ended and be forgotten. Nothing can be said of them."""
        jobs = {(words[0], words[1]) for _, _, verb, *words in lines
                if verb == "ask" and words[0] == "brief"}
        return jobs - {(words[0], words[1]) for began, told, verb, *words in lines
                       if verb == "submitted" and told - began < KEPT}

    def wrong(self, kind, message):
        self.faults[kind] += 1
        self.messages.append(f"{kind}: {message}")

    def on_ask(self, _, __, datasource, job):
        self.asked.add((datasource, job))

    def on_submitted(self, began, told, *words):
        self.on_seen(began, told, *words)

    on_cancelled = on_edited = on_submitted

    def on_seen(self, _, __, datasource, name, status, changed, attempt):
        job = self.jobs[datasource, name]
        changed, attempt = int(changed), int(attempt)
        if changed == job.changed and job.status not in (None, status):
            self.wrong("doubles", f"{name} is {job.status} and {status} after event {changed}")
        if changed >= job.changed:
            job.changed, job.status = changed, status
        job.attempt = max(job.attempt, attempt)
        if status in FINAL:
            self.end(job, name, status)

    def end(self, job, name, status):
        if job.final not in (None, status):
            self.wrong("doubles", f"{name} was {job.final} and then {status}")
        job.final = status

    def on_priority(self, _, __, datasource, name, priority, changed):
        job = self.jobs[datasource, name]
        if job.priority is None or int(changed) > job.priority[1]:
            job.priority = int(priority), int(changed)

    def on_given(self, _, __, datasource, name, attempt, worker):
        job = self.jobs[datasource, name]
        attempt = int(attempt)
        job.attempt = max(job.attempt, attempt)
        if job.given.setdefault(attempt, worker) != worker:
            self.wrong("doubles", f"{name}, attempt {attempt}: {job.given[attempt]} and {worker}")

    def on_renewed(self, *_):
        pass

    def on_said(self, _, __, datasource, name, attempt, kind, code, status):
        job = self.jobs[datasource, name]
        attempt = int(attempt)
        if code == "409":
            job.refused.add((attempt, kind))
        if code != "200":
            return
        job.attempt = max(job.attempt, attempt)
        if kind == "complete":
            if job.completed_by not in (None, attempt):
                self.wrong("doubles", f"{name} is completed by {job.completed_by} and {attempt}")
            job.completed_by = attempt
        if kind in ENDS:
            self.end(job, name, ENDS[kind])
        elif status in FINAL:
            self.end(job, name, status)

    def on_ask_remove(self, _, __, datasource, name):
        self.jobs[datasource, name].maybe_removed = True

    def on_removed(self, _, __, datasource, name):
        self.jobs[datasource, name].removed = True

    def on_revoked(self, _, told, identifier):
        self.revoked.setdefault(identifier, told)

    def on_used(self, began, _, identifier):
        if began > self.revoked.get(identifier, began):
            self.wrong("revoked", f"{identifier} was used after its revocation")

    def on_event(self, _, __, datasource, sequence, *words):
        self.events[datasource][int(sequence)] = words

    def on_snapshot(self, *_):
        self.snapshots += 1

    def on_code(self, *_):
        pass

    def on_end(self, *_):
        self.has_ended = True


class Found(Acknowledged):
    """What the store has."""

    def __init__(self, path):
        self.found = {}
        self.is_revoked = set()
        super().__init__(path)
        if not self.has_ended:
            self.wrong("lost", "the store was not read to its end")

    def on_job(self, _, __, datasource, name, status, changed, attempt, *rest):
        if (datasource, name) in self.found:
            self.wrong("doubles", f"{name} is listed twice")
        self.found[datasource, name] = (status, int(changed), int(attempt), *rest)

    def on_gone(self, *_):
        pass

    def on_is_revoked(self, _, __, identifier):
        self.is_revoked.add(identifier)


def check_events(found, datasource, events, repeated):
    """The event log tells one story without gaps."""
    if not events:
        return
    for number in set(range(min(events), max(events) + 1)) - events.keys():
        found.wrong("gaps", f"event {number} of {datasource} is missing")
    last = {}
    for number in sorted(events):
        kind, name, attempt, status, _ = events[number]
        if (datasource, name) in repeated:
            continue
        attempt = int(attempt)
        before, tried, _ = last.get(name, (None, 0, 0))
        where = f"event {number} of {datasource}: {name} {kind}"
        if before is None and kind != "submitted" and min(events) == 1:
            found.wrong("gaps", f"{where} before it was submitted")
        if before in FINAL:
            found.wrong("doubles", f"{where} after it was {before}")
        if kind == "accepted" and (before == "accepted" or attempt != tried + 1) and before:
            found.wrong("doubles", f"{where}, attempt {attempt}, after {before}, attempt {tried}")
        if kind == "submitted" and before is not None:
            found.wrong("doubles", f"{where} after {before}")
        if attempt < tried:
            found.wrong("doubles", f"{where}: attempt {attempt} after {tried}")
        last[name] = status, attempt, number
    return last


def check_job(told, found, key, final_events):
    job, name = told.jobs[key], key[1]
    if key not in found.found:
        may_be_forgotten = key[0] == "brief" and (job.final or key in final_events)
        if not (job.removed or job.maybe_removed or may_be_forgotten):
            found.wrong("lost", f"{name} of {key[0]} ({job.status}) is not there")
        return
    status, changed, attempt, _, response, priority, _ = found.found[key]
    if job.removed:
        found.wrong("lost", f"{name} was removed and is there")
    if changed < job.changed or attempt < job.attempt:
        found.wrong("lost", f"{name}: event {changed}, attempt {attempt}; told of event "
                            f"{job.changed}, attempt {job.attempt}")
    if job.final and status != job.final:
        found.wrong("lost", f"{name} was {job.final} and is {status}")
    if changed == job.changed and job.status and status != job.status:
        found.wrong("lost", f"{name} was {job.status} after event {changed} and is {status}")
    if status == "complete" and response != f'"{name}:{attempt}"':
        found.wrong("doubles", f"{name}: attempt {attempt}, the response is {response}")
    if job.completed_by not in (None, attempt):
        found.wrong("doubles", f"{name} is completed by {job.completed_by} and {attempt}")
    if status == "complete" and (attempt, "complete") in job.refused:
        found.wrong("doubles", f"{name}: the refused attempt {attempt} completed it")
    if job.priority and job.priority[1] >= changed and int(priority) != job.priority[0]:
        found.wrong("lost", f"{name}: priority {priority}, not {job.priority[0]}")


def check(told, found):
    """Counts what is lost, doubled or missing in `found`, with messages."""
    final_events = set()
    for datasource in sorted(found.events.keys() | told.events.keys()):
        kept = found.events[datasource]
        for number, words in told.events[datasource].items():
            if kept.get(number, words) != words:
                found.wrong("lost", f"event {number} of {datasource} is {kept[number]},"
                                    f" was {words}")
            if number not in kept and (not kept or number > min(kept)):
                found.wrong("lost", f"event {number} of {datasource} is not there")
        last = check_events(found, datasource, told.events[datasource] | kept,
                            told.repeated) or {}
        for name, (status, attempt, number) in last.items():
            key = datasource, name
            if status in FINAL:
                final_events.add(key)
            is_there = found.found.get(key, (status, number, attempt))[:3]
            # Events were read before jobs: a lease may have ended in between.
            if is_there[1] <= max(kept, default=0) and is_there != (status, number, attempt):
                found.wrong("gaps", f"{name} is {is_there}; its last event is "
                                    f"{status, number, attempt}")
    for key in told.jobs:
        check_job(told, found, key, final_events)
    for key in found.found.keys() - told.asked:
        found.wrong("doubles", f"nobody submitted {key[1]}")
    for identifier in told.revoked.keys() - found.is_revoked:
        found.wrong("lost", f"the revocation of {identifier}")
    faults = told.faults + found.faults
    return faults, told.messages + found.messages
