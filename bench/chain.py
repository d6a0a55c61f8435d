"""One round of a measurement: a chain of no-op steps, by Skiff through the unmodified SDK or by kfp.local. Prints JSON."""

import contextlib
import json
import os
import sys
import time

from kfp import compiler, dsl

PEER, STEPS = sys.argv[1], int(sys.argv[2])


@dsl.component(base_image="python:3.11")
def noop(i: int) -> int:
    return i + 1


@dsl.component(base_image="python:3.11")
def clock() -> float:
    import time

    return time.time()


@dsl.pipeline(name="chain")
def chain():
    value = noop(i=0)
    for _ in range(STEPS - 1):
        value = noop(i=value.output)


@dsl.pipeline(name="first-line")
def first_line():
    clock()


def by_skiff() -> dict:
    import kfp

    client = kfp.Client(host=f"{os.environ['HOST']}/pipeline", cookies=os.environ["COOKIE"], namespace=os.environ["NAMESPACE"])
    compiler.Compiler().compile(chain, "/tmp/skiff-bench-chain.yaml")
    compiler.Compiler().compile(first_line, "/tmp/skiff-bench-first.yaml")
    with contextlib.redirect_stdout(sys.stderr):
        started = time.time()
        run = client.create_run_from_pipeline_package("/tmp/skiff-bench-chain.yaml", enable_caching=False)
        state = client.wait_for_run_completion(run.run_id, 600, sleep_duration=0.01).state
        seconds = time.time() - started
        started = time.time()
        run = client.create_run_from_pipeline_package("/tmp/skiff-bench-first.yaml", enable_caching=False)
        client.wait_for_run_completion(run.run_id, 600, sleep_duration=0.01)
    first = next(task for task in client.get_run(run.run_id).to_dict()["run_details"]["task_details"] if task["display_name"] == "clock")
    return {"state": state, "seconds": seconds, "submitted": started, "runId": run.run_id, "task": first["task_id"]}


def by_kfp_local() -> dict:
    from kfp import local

    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root="/tmp/skiff-bench-local")
    with contextlib.redirect_stdout(sys.stderr):
        started = time.time()
        chain()
        return {"state": "SUCCEEDED", "seconds": time.time() - started}


json.dump(by_skiff() if PEER == "skiff" else by_kfp_local(), sys.stdout)
