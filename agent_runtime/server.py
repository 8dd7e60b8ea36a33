"""The HTTP server, which ends every job before it ends itself."""

import socket
from types import FrameType

import uvicorn
from bedrock_agentcore.runtime import BedrockAgentCoreApp

DRAIN_SECONDS = 5
"""How long open responses may take to send what is left after the jobs have ended."""


class JobServer(uvicorn.Server):
    """uvicorn waits for open streams before it shuts down; the streams wait for their jobs."""

    def __init__(self, app: BedrockAgentCoreApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                lifespan="off",
            )
        )
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Shut down; without raising the signal again afterwards, so that the exit code is 0."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once after SIGTERM or SIGINT."""
        await self._app.state.close_sessions()
        await super().shutdown(sockets)
