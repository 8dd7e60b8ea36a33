"""The errors that the API answers with."""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than success: an HTTP status, a `snake_case` code and one sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class KernelUnavailableError(RuntimeError):
    """No kernel can be started; the message says why."""
