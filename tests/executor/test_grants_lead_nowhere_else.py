from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from executor.grant_connection import AddressRefusedError, GrantConnection, GrantUrl
from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import RunningExecutor
from tests.executor.storage_server import StorageServer


def certificate(folder: Path) -> Path:
    """A file with the key and the self-signed certificate of 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "storage")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "storage.pem"
    path.write_bytes(private + built.public_bytes(pem))
    return path


def fetch(server: RunningExecutor, url: str) -> dict[str, Any]:
    body = {"path": "data/x", "url": url, "size": 3, "sha256": None}
    answer = server.request("POST", "/inputs", json.dumps(body))
    event: dict[str, Any] = json.loads(answer.body.splitlines()[-1])
    return event


def test_certificates_are_checked_against_the_trust_store(
    start_executor: StartExecutor, tmp_path: Path
) -> None:
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    storage = StorageServer(context)
    storage.objects["/x"] = b"abc"
    try:
        trusting = start_executor(SSL_CERT_FILE=str(pem))
        assert fetch(trusting, storage.url("/x"))["status"] == "ok"
        refused = fetch(start_executor(), storage.url("/x"))
        assert refused["code"] == "unreachable"
        assert "certificate" in refused["message"].lower()
    finally:
        storage.close()


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "fe80::1", "0.0.0.0", "::"]
)
def test_a_name_that_resolves_to_a_refused_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    permitted = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.1", 443))
    refused = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [permitted, refused])
    url = GrantUrl.parse("https://storage.example.com/x?y=z", allow_http=False)
    with pytest.raises(AddressRefusedError):
        GrantConnection(url).connect()


def test_plain_http_needs_the_setting_and_a_url_is_not_shown(executor: RunningExecutor) -> None:
    url = GrantUrl.parse("http://storage.example.com/x?signature=secret", allow_http=True)
    assert (url.secure, url.port, url.target) == (False, 80, "/x?signature=secret")
    assert "secret" not in repr(url)
