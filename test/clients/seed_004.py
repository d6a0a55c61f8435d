"""Runs the program at the end of seed 004 against the platform. Its author calls it pseudo code: what no interpreter takes is mended first."""

import re
import sys

# What is wrong there, and what it becomes. Nothing else is touched.
MENDED = [
    ('KIND = "Profile\n', 'KIND = "Profile"\n'),  # A quote is missing.
    ('gensalt(rounds=10)).decode("utf-8")\n)', 'gensalt(rounds=10)).decode("utf-8")'),  # One parenthesis too many.
    ('data.get("username"),\n', 'data.get("username") +\n'),  # A comma makes it a tuple.
    ('"-email: "', '"- email: "'),  # YAML wants a space behind the dash.
]
seed, email = sys.argv[1], sys.argv[2]
with open(seed, encoding="utf-8") as file:
    text = file.read()
program = re.findall("```python\n(.*?)```", text, re.DOTALL)[-1]
for wrong, right in MENDED:
    assert wrong in program, wrong
    program = program.replace(wrong, right)
data = {"email": email, "password": "a long password", "username": email.split("@")[0]}
# The parts that its author left out.
exec(compile("import datetime\n" + program, "seed-004", "exec"), {"data": data})
