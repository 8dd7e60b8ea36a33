"""HTTP requests to an address that a caller granted: no cloud SDK, no proxy, no redirect.

A grant is a URL that carries its own permission, so it is never logged and never shown. What it
names must not be a way into the network around the executor: addresses of instance and task
metadata are refused, and the address that was checked is the one that is connected to.
"""

from __future__ import annotations

import functools
import http.client
import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from executor.errors import ApiError

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0
"""Longest wait for one read or write on a connection that is open."""

MAX_URL_BYTES = 16 * 1024
SEND_BYTES = 256 * 1024

METADATA_ADDRESSES = (ipaddress.ip_network("fd00:ec2::/32"),)
"""Metadata of EC2 instances over IPv6; over IPv4 it is link-local, as that of ECS tasks."""

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class AddressRefusedError(Exception):
    """The host is one that grants may not lead to, or not the one it should be."""


@dataclass(frozen=True)
class GrantUrl:
    """A checked URL; `target` is its path and query, which hold the permission."""

    secure: bool
    host: str
    port: int
    target: str = field(repr=False)

    @classmethod
    def parse(cls, url: str, *, allow_http: bool) -> GrantUrl:
        """Check a URL; raises `ApiError` 400, whose sentence does not hold the URL."""
        if len(url) > MAX_URL_BYTES or not re.fullmatch(r"[!-~]+", url):
            raise _bad_url(f"is not 1 to {MAX_URL_BYTES} visible ASCII characters")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise _bad_url("is not a URL") from error
        if "@" in parts.netloc or parts.fragment:
            raise _bad_url("holds a user name or a fragment")
        address = _literal_address(host)
        if address is None and not _HOST.fullmatch(host):
            raise _bad_url("names no host")
        loopback = host == "localhost" or (address is not None and address.is_loopback)
        if parts.scheme != "https" and not (parts.scheme == "http" and (loopback or allow_http)):
            raise _bad_url("is not https (http: loopback only, or ALLOW_HTTP_GRANTS=true)")
        if address is not None and _is_refused(address):
            raise _bad_url("names an address that is link-local or holds metadata")
        secure = parts.scheme == "https"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(secure, host, port or (443 if secure else 80), target)


def _bad_url(what: str) -> ApiError:
    return ApiError(400, "bad_url", f"the url {what}")


def _literal_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_refused(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_refused(inner)
        if any(address in network for network in METADATA_ADDRESSES):
            return True
    return address.is_link_local or address.is_unspecified or address.is_multicast


class GrantConnection(http.client.HTTPConnection):
    """One connection to the host of a grant. Raises `OSError`, `http.client.HTTPException`, or
    `AddressRefusedError`, for which another attempt would be no use.
    """

    def __init__(self, url: GrantUrl) -> None:
        super().__init__(url.host, url.port, timeout=SILENCE_SECONDS, blocksize=SEND_BYTES)
        self._secure = url.secure
        # What the signature covers is the host without the scheme's own port.
        self.default_port = 443 if url.secure else 80

    def connect(self) -> None:
        """Connect to the first address of the name that answers, if all of them are permitted."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        if any(_is_refused(ipaddress.ip_address(str(f[4][0]).partition("%")[0])) for f in found):
            raise AddressRefusedError("the host's address is link-local or holds metadata")
        plain = _first_connection(found)
        plain.settimeout(SILENCE_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = plain
        if self._secure:
            try:
                self.sock = _tls().wrap_socket(plain, server_hostname=self.host)
            except ssl.SSLCertVerificationError as error:
                raise AddressRefusedError("the host's certificate is not trusted") from error


def _first_connection(found: list[Any]) -> socket.socket:
    failure = OSError("the host has no address")
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


@functools.cache
def _tls() -> ssl.SSLContext:
    """Verifies names and certificates against the system's trust store."""
    return ssl.create_default_context()
