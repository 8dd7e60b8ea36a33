import hashlib
import http.client
import json
from collections.abc import Iterator

import pytest

from bench.misdirecting_executors import ANSWERS, MisdirectingExecutors
from executor.errors import ApiError
from executor.identity import SessionIdentity

PORT = 8077


@pytest.fixture(scope="module")
def executors() -> Iterator[MisdirectingExecutors]:
    with MisdirectingExecutors(3, PORT) as executors:
        yield executors


def asked(address: str, session_id: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(address, PORT, timeout=10)
    connection.request("GET", "/session", headers={"X-Session-Id": session_id})
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body["error"]


def test_each_knows_its_own_session_and_no_other(executors: MisdirectingExecutors) -> None:
    for address in executors.sessions:
        for other, session_id in executors.sessions.items():
            status, _ = asked(address, session_id)
            assert status == (401 if address == other else 421)
    assert set(executors.asked.values()) == {3}


@pytest.mark.parametrize("status", sorted(ANSWERS))
def test_the_answers_are_the_executors(executors: MisdirectingExecutors, status: int) -> None:
    (address, session_id), *_ = executors.sessions.items()
    identity = SessionIdentity(session_id, hashlib.sha256(b"t").hexdigest(), claimable=False)
    wanted = session_id if status == 401 else "another"
    with pytest.raises(ApiError) as refused:
        identity.authorize(wanted, "")
    real = refused.value
    assert asked(address, wanted) == (real.status, {"code": real.code, "message": real.message})
