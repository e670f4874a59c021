# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the service: proxies and certificate authorities from the environment, for requests and streams."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import Transport
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ConnectionFailedError
from tests.unit.plugins.module_utils.fake_service import FakeService, Reply

ELSEWHERE = "http://api.example.com/v5"  # nothing but a proxy leads there
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that is its own authority, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    encoding = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(signed.public_bytes(encoding) + key.private_bytes(encoding, *plain))
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[FakeService]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    service = answering(FakeService(context))
    yield service
    service.stop()


def answering(service: FakeService) -> FakeService:
    service.on("GET", "/products", Reply(200, {"data": []}))
    service.on("GET", "/logstream/1", Reply(200, b"data: a\n\n", {"Content-Type": "text/event-stream"}))
    return service


def both_ways(transport: Transport) -> None:
    """Send a request and open a stream."""
    assert transport.request("GET", "/products").document == {"data": []}
    assert b"".join(transport.stream("/logstream/1")) == b"data: a\n\n"


def test_a_proxy_of_the_environment_is_used(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", answering(service).origin)
    both_ways(Transport(ELSEWHERE, allow_http=True, timeout=5))
    assert [one.target for one in service.journal] == [f"{ELSEWHERE}/products", f"{ELSEWHERE}/logstream/1"]


def test_no_proxy_names_what_is_reached_without(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    both_ways(Transport(answering(service).endpoint, timeout=5))
    assert [one.target for one in service.journal] == ["/v5/products", "/v5/logstream/1"]


def test_authorities_of_the_environment(
    secure: FakeService, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    both_ways(Transport(secure.endpoint, timeout=5))


def test_ca_path_wins_over_the_environment(
    secure: FakeService, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    both_ways(Transport(secure.endpoint, ca_path=str(certificate), timeout=5))


def test_an_unknown_authority_is_refused_unless_nothing_is_checked(secure: FakeService) -> None:
    transport = Transport(secure.endpoint, timeout=5)
    for attempt in (lambda: transport.request("GET", "/products"), lambda: transport.stream("/logstream/1")):
        with pytest.raises(ConnectionFailedError) as caught:
            attempt()
        assert caught.value.reason == "tls"
    assert secure.journal == []
    both_ways(Transport(secure.endpoint, validate_certs=False, timeout=5))
