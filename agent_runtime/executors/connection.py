"""Requests to one executor over the present route, which is found again when it led astray.

Behind a load balancer an answer can come from somebody else: 421 from another session's executor,
or 502, 503 and 504 from the load balancer itself. Neither says anything about our executor, so the
way to it is looked for again. So it is when nothing comes at all: a frozen executor keeps its
connections open. Raises `ExecutorGoneError` when there is no way.
"""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from agent_runtime.errors import ExecutorError
from agent_runtime.executors.host import Route, SessionGrant
from agent_runtime.json_logging import log

SILENCE_SECONDS = 15.0
"""Three heartbeats of an executor: a stream or an answer with nothing for this long is given up."""
CONNECT_SECONDS = 5.0
RECONNECT_WAITS = (0.05, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0)
"""Between attempts that bring nothing from the executor; anything from it begins them anew."""
GATEWAY_STATUSES = frozenset({502, 503, 504})
STICKY_COOKIES = "AWSALB"
"""Start of the names of a load balancer's own cookies (AWSALB, AWSALBCORS, AWSALBTG)."""


class ExecutorGoneError(Exception):
    """No answer from the executor in spite of retries: it died or cannot be reached."""


class ExecutorRefusedError(ExecutorError):
    """The executor answered with an error; `status` and `reason` are its own."""

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class NoAnswerError(Exception):
    """This attempt brought no answer of ours. `misdirected`: somebody else answered, or nobody in
    time, so that the way must be found again."""

    def __init__(self, route: Route, why: str, *, misdirected: bool) -> None:
        super().__init__(why)
        self.route = route
        self.misdirected = misdirected


def plain_http_client(seconds: float) -> httpx.AsyncClient:
    """A client that keeps no cookies: each request says itself which way it goes."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        verify=trusted_authorities(),
        trust_env=False,
    )


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Read once a process: that takes longer than asking for a route, with a client each time."""
    return httpx.create_ssl_context(trust_env=False)


def sticky_cookie(response: httpx.Response) -> str | None:
    """The load balancer's cookies in an answer, as the header of the next request."""
    pairs = [value.partition(";")[0] for value in response.headers.get_list("set-cookie")]
    return "; ".join(pair for pair in pairs if pair.startswith(STICKY_COOKIES)) or None


class ExecutorConnection:
    """One session's requests. `is_running` is asked before a retry, so that nobody waits for a
    dead executor; `reroute` finds the way again."""

    def __init__(
        self,
        route: Route,
        grant: SessionGrant,
        is_running: Callable[[], Awaitable[bool]],
        reroute: Callable[[Route], Awaitable[Route]] | None,
        silence_seconds: float,
    ) -> None:
        self._route = route
        self._identity = {
            "X-Session-Id": grant.session_id,
            "Authorization": f"Bearer {grant.token}",
        }
        self._is_running = is_running
        self._reroute = reroute
        self._silence_seconds = silence_seconds
        self._http = plain_http_client(silence_seconds)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> AsyncIterator[httpx.Response]:
        """One attempt; the answer's body is read inside the block."""
        route = self._route
        sent = {**route.headers, **self._identity, **(headers or {})}
        try:
            async with self._http.stream(
                method, route.base_url + path, headers=sent, **options
            ) as response:
                await _check(response, route)
                self._keep_cookie(route, response)
                yield response
        except httpx.TransportError as error:
            silent = isinstance(error, httpx.TimeoutException)
            raise NoAnswerError(route, type(error).__name__, misdirected=silent) from error

    def _keep_cookie(self, route: Route, response: httpx.Response) -> None:
        """The load balancer renews its cookie with each answer, and thereby its expiry."""
        cookie = sticky_cookie(response)
        if cookie is not None and "Cookie" in route.headers and self._route is route:
            route.headers["Cookie"] = cookie

    async def request(
        self, method: str, path: str, *, seconds: float | None = None, **options: Any
    ) -> httpx.Response:
        """A request that may be repeated, with its whole answer; `seconds`: of one attempt, by
        default the longest silence."""
        waits = iter(RECONNECT_WAITS)
        timeout = httpx.Timeout(seconds or self._silence_seconds, connect=CONNECT_SECONDS)
        while True:
            try:
                async with self.stream(method, path, timeout=timeout, **options) as response:
                    await response.aread()
                    return response
            except NoAnswerError as error:
                log("executor_request_failed", method=method, error=error)
                await self.recover(error, waits)

    async def recover(self, failure: NoAnswerError, waits: Iterator[float]) -> None:
        """Get ready for another attempt; `ExecutorGoneError` when there is no point in one."""
        pause = next(waits, None)
        if pause is None or not await self._is_running():
            raise ExecutorGoneError("the executor does not answer") from failure
        if failure.misdirected and self._reroute is not None:
            self._route = await self._reroute(failure.route)
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)


async def _check(response: httpx.Response, route: Route) -> None:
    """Turn an error answer into `ExecutorRefusedError` with the executor's own sentence."""
    if response.status_code < 400:
        return
    await response.aread()
    message, code = f"The executor answered {response.status_code}.", ""
    try:
        error = response.json()["error"]
        message, code = str(error["message"]), str(error["code"])
    except (ValueError, KeyError, TypeError):
        if response.status_code in GATEWAY_STATUSES:
            why = f"gateway answered {response.status_code}"
            raise NoAnswerError(route, why, misdirected=True) from None
    if response.status_code == 421:
        raise NoAnswerError(route, "another session's executor answered", misdirected=True)
    if (response.status_code, code) == (503, "closing"):
        raise ExecutorGoneError("the executor is ending")
    raise ExecutorRefusedError(message, status=response.status_code, reason=code or "unknown")
