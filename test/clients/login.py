"""Sign-in as the public documents do it (seed 000): the snippet's own lines, nothing else."""

import requests


def session_cookie(host: str, username: str, password: str) -> str:
    session = requests.Session()
    response = session.get(host)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    data = {"login": username, "password": password}
    session.post(response.url, headers=headers, data=data)
    return session.cookies.get_dict()["authservice_session"]
