"""Exit codes, and the errors that end a run with one sentence."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with; part of the interface (`docs/contracts.md`, section 4)."""

    COMPLETED = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    DETACHED = 4
    UNREACHABLE = 5


class ClientError(Exception):
    """Base of everything the client reports: one sentence that names the way out."""

    exit_code = ExitCode.FAILED


class InputError(ClientError):
    """What the person gave cannot be used; nothing was started, or the runtime refused it."""

    exit_code = ExitCode.USAGE


class AccessError(ClientError):
    """AWS does not let this person do it: credentials, rights, or the wrong account or region."""

    exit_code = ExitCode.USAGE


class UnreachableError(ClientError):
    """The runtime cannot be reached, could not be started, or was lost for good."""

    exit_code = ExitCode.UNREACHABLE


class ProtocolError(ClientError):
    """The runtime answered something that the contract does not allow."""


class ResultError(ClientError):
    """The job's files did not arrive whole."""


class ConnectionLostError(Exception):
    """The connection broke or fell silent; following the job again may mend it."""
