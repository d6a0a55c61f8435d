"""Prints a session cookie for the first user."""

import json
import os
import sys

from login import session_cookie

json.dump({"cookie": session_cookie(os.environ["HOST"], "user@example.com", os.environ["PASSWORD"])}, sys.stdout)
