"""What a caller without a session, and one with somebody else's namespace, is told."""

import json
import os
import sys

import kfp
import kfp_server_api

from login import session_cookie

HOST = os.environ["HOST"]
NAMESPACE = "kubeflow-user-example-com"


def attempt(**options):
    client = kfp.Client(host=f"{HOST}/pipeline", namespace=NAMESPACE, **options)
    try:
        client.list_runs(namespace=NAMESPACE)
    except kfp_server_api.ApiException as error:
        return {"status": error.status, "body": str(error.body)}
    return {"status": 200, "body": ""}


answers = {"anonymous": attempt(), "spoofed": None, "other": None}
spoofing = kfp.Client(host=f"{HOST}/pipeline", namespace=NAMESPACE)
spoofing._run_api.api_client.set_default_header("kubeflow-userid", "user@example.com")
try:
    spoofing.list_runs(namespace=NAMESPACE)
except kfp_server_api.ApiException as error:
    answers["spoofed"] = {"status": error.status}
other = session_cookie(HOST, "other@example.com", os.environ["OTHER_PASSWORD"])
answers["other"] = attempt(cookies=f"authservice_session={other}")
json.dump(answers, sys.stdout)
