"""The server that AgentCore calls: requests in, a stream of events out."""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

from bedrock_agentcore.runtime import BedrockAgentCoreApp, PingStatus, RequestContext
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent_runtime.executors.host import ExecutorHost
from agent_runtime.executors.inputs import local_inputs
from agent_runtime.executors.local import LocalExecutorHost
from agent_runtime.job import Job
from agent_runtime.json_logging import log
from agent_runtime.messages import (
    Analyze,
    Attach,
    BadRequestError,
    Cancel,
    PlanFeedback,
    parse_request,
)
from agent_runtime.models import ModelFactory, create_model
from agent_runtime.request_guard import RequestGuard, error_response
from agent_runtime.sessions import HostFactory, InputResolver, Sessions
from agent_runtime.settings import Settings

SESSION_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,255}$")
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"


def create_app(settings: Settings, make_model: ModelFactory | None = None) -> BedrockAgentCoreApp:
    """The application; `make_model` replaces the models that the settings name."""
    make_host, resolve_inputs = _place(settings)
    sessions = Sessions(
        settings,
        make_host=make_host,
        make_model=make_model or partial(create_model, settings=settings),
        resolve_inputs=resolve_inputs,
    )
    app = BedrockAgentCoreApp(
        middleware=[Middleware(RequestGuard, most_bytes=settings.limit_payload_bytes)]
    )
    app.state.close_sessions = partial(_close_sessions, app, sessions)

    @app.ping
    def ping() -> PingStatus:
        return PingStatus.HEALTHY_BUSY if sessions.is_busy else PingStatus.HEALTHY

    @app.entrypoint
    async def invoke(payload: Any, context: RequestContext) -> Response:
        try:
            return await _dispatch(sessions, settings, payload, context)
        except BadRequestError as error:
            return error_response(error)
        except Exception as error:  # noqa: BLE001 (no text of ours may leak to the caller)
            log("request_failed", error=error)
            message = f"An internal error occurred ({type(error).__name__})."
            return error_response(BadRequestError(message, code="internal_error", status=500))

    return app


def _place(settings: Settings) -> tuple[HostFactory, InputResolver]:
    """Where executors run, and where their inputs come from."""
    if settings.executor == "ecs":
        from agent_runtime.aws import AwsClients
        from agent_runtime.executors.connection import trusted_authorities
        from agent_runtime.executors.ecs.ecs_settings import EcsSettings
        from agent_runtime.executors.ecs.host import EcsExecutorHost
        from agent_runtime.executors.ecs.object_inputs import ObjectInputs
        from agent_runtime.executors.ecs.warm_pool import WarmPool

        ecs_settings = EcsSettings.of(settings)
        key_arn = ecs_settings.claim_key_arn
        needed = {"elbv2": ecs_settings.target_group_arn, "secretsmanager": key_arn}
        services = ["ecs", "s3", *(name for name, arn in needed.items() if arn is not None)]
        clients = AwsClients(ecs_settings.region, services)
        clients.submit(trusted_authorities)
        pool = None if key_arn is None else WarmPool(clients, ecs_settings, key_arn)
        return (
            partial(EcsExecutorHost, clients=clients, settings=ecs_settings, warm_pool=pool),
            ObjectInputs(clients, ecs_settings).resolve,
        )

    def make_host(session_id: str) -> ExecutorHost:
        return LocalExecutorHost(
            session_id,
            Path(settings.local_artifacts) / session_id,
            start_seconds=settings.limit_executor_start_seconds,
        )

    return make_host, lambda _, uris: local_inputs(uris, settings.local_data_roots)


async def _dispatch(
    sessions: Sessions, settings: Settings, payload: Any, context: RequestContext
) -> Response:
    """Validate everything, then act; a stream begins only when nothing is wrong."""
    session_id = context.session_id or ""
    if not SESSION_ID.match(session_id):
        raise BadRequestError(
            f"The header {SESSION_HEADER} must hold a session id of letters, digits, '-' and '_' "
            "(at most 256 characters).",
            code="invalid_session_id",
        )
    request = parse_request(payload, max_prompt_chars=settings.limit_prompt_chars)
    match request:
        case Analyze():
            return _stream(await sessions.analyze(session_id, request, _owner(context)), 0)
        case Attach():
            job = sessions.job(session_id)
            if request.after_event > job.log.last_seq:
                raise BadRequestError(
                    f"Event {request.after_event} does not exist yet; "
                    f"the last one is {job.log.last_seq}.",
                    code="unknown_event",
                )
            return _stream(job, request.after_event)
        case PlanFeedback():
            return JSONResponse(sessions.give_feedback(session_id, request))
        case Cancel():
            return JSONResponse(sessions.cancel(session_id))
        case _:
            return JSONResponse(sessions.status(session_id))


def _owner(context: RequestContext) -> str | None:
    """The user whom the caller acts for, if AgentCore names one."""
    headers = context.request.headers if context.request is not None else {}
    return headers.get(USER_HEADER)


def _stream(job: Job, after: int) -> Response:
    """The job's events as server-sent events. The job does not notice when the reader goes."""

    async def lines() -> AsyncIterator[str]:
        async for event in job.log.follow(after):
            yield f"data: {event.model_dump_json(exclude_none=True)}\n\n"

    return StreamingResponse(
        lines(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"}
    )


async def _close_sessions(app: BedrockAgentCoreApp, sessions: Sessions) -> None:
    """End all jobs, from the server's loop; they are supervised in the SDK's worker loop."""
    loop = app._worker_loop
    if loop is None or not loop.is_running():
        return
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sessions.close(), loop))
