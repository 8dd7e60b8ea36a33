"""The runtime of a deployed stack: inputs and artifacts in S3, requests through AgentCore."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from client.agentcore import SERVICE, AgentCoreChannel
from client.aws import AwsClients, Caller, explanation, is_missing
from client.errors import AccessError, InputError
from client.events import Artifact
from client.object_inputs import ObjectInputs, checked_sizes, input_names
from client.runtime import Note
from client.session_objects import JobFile, SessionObjects
from client.stack import Stack
from client.transfer_progress import TransferProgress, size_text


class DeployedRuntime:
    """A stack's runtime for one session, used with the person's own AWS credentials."""

    outlives_client = True
    opening = ""

    def __init__(
        self,
        stack: Stack,
        options: Sequence[str],
        console: Console,
        *,
        any_owner: bool = False,
    ) -> None:
        """`options` name the stack on the command line; with `any_owner` other people's
        sessions may be opened."""
        self.stack = stack
        self.options = options
        self._console = console
        self._any_owner = any_owner
        self._session_id = ""
        self._uploaded = False

    def __enter__(self) -> Self:
        """Raises `AccessError` when there are no credentials for the stack's account."""
        self.clients = AwsClients(self.stack.region)
        self.caller = _checked_caller(self.clients, self.stack)
        self.objects = SessionObjects(self.clients, self.stack)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The runtime stays as it is."""

    def deliver(self, session_id: str, files: Sequence[Path], note: Note) -> list[str]:
        """Upload the files into the session's folder; their `s3:` addresses."""
        if not files:
            return []
        total = checked_sizes(files)
        note(f"Uploading {len(files)} file{'s' * (len(files) != 1)}, {size_text(total)}.")
        named = list(zip(files, input_names(files), strict=True))
        with TransferProgress("Uploading", total, self._console) as progress:
            addresses = ObjectInputs(self.clients, self.stack).upload(
                session_id, named, progress.advance
            )
        self._uploaded = True
        return addresses

    def connect(self, session_id: str) -> AgentCoreChannel:
        """A channel to the session just made, or to one that exists.

        Raises `InputError` when there is none, `AccessError` when it is somebody else's.
        """
        self._session_id = session_id
        ended = False if self._uploaded else not self.known_job(session_id).is_running
        return AgentCoreChannel(
            self.clients,
            self.stack,
            session_id,
            user=self.caller.arn,
            recorded=lambda: self.objects.events(session_id),
            ended=ended,
        )

    def known_job(self, session_id: str) -> JobFile:
        """The record of a job that this person may follow. Raises as `connect` does."""
        job = self.objects.job(session_id)
        if job is None:
            raise InputError(
                f"There is no session {session_id} in this stack; the command 'sessions' lists "
                "those there are."
            )
        if job.owner not in {None, self.caller.arn} and not self._any_owner:
            raise AccessError(
                f"Session {session_id} is {job.owner}'s, and you are {self.caller.arn}; give "
                "--any-owner to open it all the same."
            )
        return job

    def read(self, artifact: Artifact) -> Iterator[bytes]:
        """The content of an `s3:` artifact of the session."""
        return self.objects.read(self._session_id, artifact, self._console.print)

    def end_session(self, session_id: str, note: Note) -> None:
        """StopRuntimeSession: an idle machine would be kept, and paid for, 15 more minutes."""
        client = self.clients.client(SERVICE)
        try:
            client.stop_runtime_session(
                agentRuntimeArn=self.stack.runtime_arn,
                qualifier=self.stack.runtime_endpoint,
                runtimeSessionId=session_id,
            )
        except ClientError as error:
            if not is_missing(error):
                note(f"The session was not stopped: {explanation(error, 'stopping it')}")
        except BotoCoreError as error:
            note(f"The session was not stopped: {explanation(error, 'stopping it')}")

    def check(self) -> None:
        """Nothing is known about a session between two requests."""


def _checked_caller(clients: AwsClients, stack: Stack) -> Caller:
    caller = clients.caller()
    if caller.account_id != stack.account_id:
        raise AccessError(
            f"The stack is in account {stack.account_id}, and your credentials are of account "
            f"{caller.account_id}; set AWS_PROFILE to a profile of the stack's account."
        )
    return caller
