"""The AWSALB cookie: which target a client sticks to, sealed, new with every answer."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import time

NAMES = ("AWSALB", "AWSALBCORS")


class StickyCookie:
    """Seals targets for the nodes of one load balancer, which share the key."""

    def __init__(self, lifetime_seconds: float) -> None:
        self._key = os.urandom(32)
        self.lifetime_seconds = lifetime_seconds
        self._ends_before = 0.0

    def expire_all(self) -> None:
        """No cookie given out so far is valid any more."""
        self._ends_before = time.time()

    def seal(self, target: str) -> str:
        """A cookie value for a target."""
        content = f"{time.time()}|{os.urandom(6).hex()}|{target}".encode()
        tag = hmac.new(self._key, content, hashlib.sha256).digest()[:12]
        return base64.b64encode(tag + content).decode()

    def open(self, header: str) -> str | None:
        """The target that a `Cookie` header names, if its cookie is ours and still valid."""
        for item in header.split(";"):
            name, _, value = item.strip().partition("=")
            if name != NAMES[0]:
                continue
            try:
                raw = base64.b64decode(value, validate=True)
            except binascii.Error:
                return None
            tag, content = raw[:12], raw[12:]
            if not hmac.compare_digest(
                tag, hmac.new(self._key, content, hashlib.sha256).digest()[:12]
            ):
                return None
            made, _, target = content.decode().split("|")
            expired = float(made) + self.lifetime_seconds < time.time()
            return None if expired or float(made) < self._ends_before else target
        return None

    def headers(self, target: str) -> list[tuple[bytes, bytes]]:
        """The `Set-Cookie` headers that an answer of this target gets."""
        value = self.seal(target)
        expires = time.strftime(
            "%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + self.lifetime_seconds)
        )
        return [
            (
                b"set-cookie",
                f"{name}={value}; Expires={expires}; Path=/{suffix}".encode(),
            )
            for name, suffix in zip(NAMES, ("", "; SameSite=None"), strict=True)
        ]
