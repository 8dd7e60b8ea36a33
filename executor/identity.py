"""Whose session this is, and who may therefore call.

An executor that waits in a pool is started with an id and a token of its own. One claim gives it
the id and the token of a session; from then on only these are valid, and no second claim succeeds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from typing import NamedTuple

from executor.errors import ApiError

SESSION_ID_PATTERN = r"^[!-~]{1,256}$"


class Credentials(NamedTuple):
    """The id that a caller must name and the SHA-256 (lower-case hex) of the token it must have."""

    session_id: str
    token_sha256: str


class SessionIdentity:
    """The credentials in force. Safe for use by several threads."""

    def __init__(self, session_id: str, token_sha256: str, *, claimable: bool) -> None:
        self._start_up = Credentials(session_id, token_sha256.lower())
        self._current = self._start_up
        self._claimable = claimable
        self._claimed = False
        self._lock = threading.Lock()

    @property
    def session_id(self) -> str:
        """The id that is served now."""
        return self._current.session_id

    @property
    def unclaimed(self) -> bool:
        """Whether this executor still waits for its session."""
        return self._claimable and not self._claimed

    def authorize(self, session_id: str, authorization: str) -> None:
        """Check a caller; raises `ApiError` 421 (another session) or 401 (token), in this order."""
        _check(self._current, session_id, authorization)

    def authorize_claim(self, session_id: str, authorization: str) -> None:
        """Check a caller that wants to claim: it has the credentials of the start."""
        _check(self._start_up, session_id, authorization)

    def claim(self, session_id: str, token_sha256: str) -> None:
        """Serve this session from now on. Raises `ApiError` 409 when that is not possible (any
        more) and 400 for an id that cannot be one.
        """
        if not re.fullmatch(SESSION_ID_PATTERN, session_id):
            raise ApiError(400, "bad_session_id", "session_id must be 1 to 256 visible characters")
        with self._lock:
            if not self._claimable:
                raise ApiError(409, "not_claimable", "this executor was started for one session")
            if self._claimed:
                raise ApiError(409, "claimed", "this executor serves a session already")
            self._current = Credentials(session_id, token_sha256.lower())
            self._claimed = True


def _check(expected: Credentials, session_id: str, authorization: str) -> None:
    if not hmac.compare_digest(session_id.encode(), expected.session_id.encode()):
        raise ApiError(421, "wrong_session", "this executor serves another session")
    scheme, _, token = authorization.partition(" ")
    digest = hashlib.sha256(token.strip().encode()).hexdigest()
    if not hmac.compare_digest(digest, expected.token_sha256) or scheme.lower() != "bearer":
        raise ApiError(401, "wrong_token", "the bearer token is missing or wrong")
