"""Seed 000 as written, then what its reader does next. Prints one JSON line with what happened."""

import contextlib
import io
import json
import os
import re
import sys

import kfp
from kfp import dsl

from iris import iris
from login import session_cookie

HOST = os.environ["HOST"]
USERNAME = os.environ.get("SKIFF_USER", "user@example.com")
PASSWORD = os.environ["PASSWORD"]
NAMESPACE = "kubeflow-user-example-com"
TIMEOUT = 600


@dsl.component
def break_down(reason: str):
    raise ValueError(f"this step fails on purpose: {reason}")


@dsl.pipeline(name="failing")
def failing():
    break_down(reason="to show its traceback")


cookie = session_cookie(HOST, USERNAME, PASSWORD)
client = kfp.Client(host=f"{HOST}/pipeline", cookies=f"authservice_session={cookie}", namespace=NAMESPACE)

printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    run = client.create_run_from_pipeline_func(iris, arguments={"trees": 10}, enable_caching=False)
links = re.findall(r"http\S+", printed.getvalue())
done = client.wait_for_run_completion(run.run_id, TIMEOUT, sleep_duration=0.5)
detail = client.get_run(run.run_id)
bad = client.create_run_from_pipeline_func(failing, arguments={}, enable_caching=False)
failed = client.wait_for_run_completion(bad.run_id, TIMEOUT, sleep_duration=0.5)

runs = client.list_runs(namespace=NAMESPACE, sort_by="created_at desc")
experiments = client.list_experiments(namespace=NAMESPACE)
json.dump(
    {
        "kfp": kfp.__version__,
        "cookie": cookie,
        "links": links,
        "runId": run.run_id,
        "state": done.state,
        "tasks": {task.display_name: task.state for task in detail.run_details.task_details},
        "failedId": bad.run_id,
        "failedState": failed.state,
        "runs": [item.run_id for item in runs.runs],
        "experiments": [item.display_name for item in experiments.experiments],
    },
    sys.stdout,
)
