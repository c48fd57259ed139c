# One process does job after job: a line of JSON for each, and one for its outcome.
import json
import random
import sys
import time

LINES = 20


def say(text):
    print(f"jobq:{text}", file=sys.stderr, flush=True)


for text in sys.stdin:
    job = json.loads(text)
    request = job["request"]
    for line in range(LINES):
        time.sleep(random.uniform(0.05, 0.3))
        say(f"progress {(line + 1) / LINES} line {line + 1} of {LINES}")
    if random.random() < 0.1:
        say("log warning the page is hardly to be read")
        answer = {"error": {"code": "blurred", "message": "nothing can be read on this page"}}
    else:
        say(f"log info {request['book']}, page {request['page']}: read")
        answer = {"response": {"words": random.randrange(200, 400), "language":
                               request.get("language", "en")}}
    print(json.dumps(answer), flush=True)
