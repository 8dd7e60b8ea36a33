"""The form by which artifacts leave: a presigned POST, limited to the session's prefix."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from executor.errors import ApiError
from executor.grant_connection import GrantUrl

OWN_FIELDS = ("key", "file", "x-amz-meta-sha256", "content-type")
"""What the executor fills in for each file, whatever the grant holds under these names."""


@dataclass(frozen=True)
class UploadGrant:
    """Where and how to upload, until `expires_at` (monotonic clock). Kept in memory only."""

    url: GrantUrl = field(repr=False)
    fields: dict[str, str] = field(repr=False)
    key_prefix: str
    expires_at: float

    @classmethod
    def parse(
        cls,
        url: str,
        fields: dict[str, str],
        key_prefix: str,
        expires_in_seconds: float,
        *,
        allow_http: bool,
    ) -> UploadGrant:
        """Check what a caller sent; raises `ApiError` 400. The time counts from this moment."""
        for name in fields:
            if not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", name):
                raise ApiError(400, "bad_fields", f"{name!r} cannot be the name of a form field")
        if "\0" in key_prefix or len(key_prefix.encode("utf-8", "replace")) > 900:
            raise ApiError(400, "bad_key_prefix", "key_prefix must be at most 900 bytes of text")
        kept = {name: value for name, value in fields.items() if name.lower() not in OWN_FIELDS}
        expires_at = time.monotonic() + expires_in_seconds
        return cls(GrantUrl.parse(url, allow_http=allow_http), kept, key_prefix, expires_at)

    def seconds_left(self) -> float:
        """How long it is valid; not negative."""
        return max(0.0, self.expires_at - time.monotonic())
