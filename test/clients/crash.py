"""Submits a run whose steps leave a mark each time they run, and prints its id. Waiting is done by a second call."""

import json
import os
import sys

import kfp
from kfp import dsl

from login import session_cookie

HOST = os.environ["HOST"]
NAMESPACE = "kubeflow-user-example-com"


@dsl.component
def mark(name: str, after: str, seconds: float) -> str:
    import time

    print(f"begin {name}", flush=True)
    time.sleep(seconds)
    print(f"end {name}", flush=True)
    return name


@dsl.pipeline(name="crash")
def crash():
    first = mark(name="first", after="", seconds=0.2)
    second = mark(name="second", after=first.output, seconds=6.0)
    mark(name="third", after=second.output, seconds=0.2)


cookie = session_cookie(HOST, "user@example.com", os.environ["PASSWORD"])
client = kfp.Client(host=f"{HOST}/pipeline", cookies=f"authservice_session={cookie}", namespace=NAMESPACE)
if os.environ.get("RUN_ID"):
    run = client.wait_for_run_completion(os.environ["RUN_ID"], 120, sleep_duration=0.5)
else:
    run = client.create_run_from_pipeline_func(crash, arguments={}, enable_caching=False)
json.dump({"runId": run.run_id, "state": getattr(run, "state", None)}, sys.stdout)
