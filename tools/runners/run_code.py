# Runs code that jobs name, for `jobq pool --run-code python3`: a line of JSON for each job on
# standard input, a line with what came of it on standard output (docs/code.md). What the code
# prints goes to standard error.
import collections
import importlib.machinery
import importlib.util
import json
import os
import sys
import traceback

MODULES_MAX = 64
MESSAGE_MAX = 1024
DETAIL_MAX = 60000

modules = collections.OrderedDict()  # by the name of the file, which is the hash; used last is last


def module_of(path):
    name = os.path.basename(path)
    if name not in modules:
        loader = importlib.machinery.SourceFileLoader("code_" + name, path)
        spec = importlib.util.spec_from_loader(loader.name, loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[loader.name] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[loader.name]
            raise
        modules[name] = module
        if len(modules) > MODULES_MAX:
            sys.modules.pop(modules.popitem(last=False)[1].__name__, None)
    modules.move_to_end(name)
    return modules[name]


def call(job):
    method = module_of(job["code"])
    for name in job["method"].split("."):
        method = getattr(method, name)
    request = job["request"]
    return method(*request.get("args", []), **request.get("kwargs", {}))


def error_of(error):
    detail = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    message = str(error).encode("utf-8", "replace")[:MESSAGE_MAX].decode("utf-8", "ignore")
    detail = detail.encode("utf-8", "replace")[-DETAIL_MAX:].decode("utf-8", "ignore")
    return {"code": type(error).__name__[:64], "message": message, "detail": detail}


def answer_to(job):
    os.environ.update(job["env"])
    try:
        return json.dumps({"response": call(job)}, allow_nan=False)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: the code does not end the runner
        return json.dumps({"error": error_of(error), "outcome": "retry"})
    finally:
        for name in job["env"]:
            os.environ.pop(name, None)


def main():
    sys.dont_write_bytecode = True
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for line in jobs:
        answer = answer_to(json.loads(line))
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(answer + "\n")
        answers.flush()


main()
