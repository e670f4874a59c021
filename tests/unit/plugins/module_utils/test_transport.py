# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils import _transport
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import Transport, checked_endpoint, path
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ConnectionFailedError,
    ImpCentralApiError,
    InvalidDataError,
    NotFoundError,
    ServiceError,
)
from tests.unit.plugins.module_utils.fake_service import RESET, Reply, error_reply

DATA = ("data", dict)


@pytest.fixture
def transport(service):
    return Transport(service.endpoint, timeout=5)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("products", "a b"), "/products/a%20b"),
        (("a/b?c#d%e&+",), "/a%2Fb%3Fc%23d%25e%26%2B"),
        (("😀{{ }}'\"",), "/%F0%9F%98%80%7B%7B%20%7D%7D%27%22"),
        ((), ""),
    ],
)
def test_parts_of_a_path_are_encoded(parts, expected):
    assert path(*parts) == expected


@pytest.mark.parametrize("part", ["", " ", ".", "..", None, 5])
def test_what_is_no_id_never_reaches_a_path(part):
    with pytest.raises(InvalidDataError, match="must not be empty"):
        path("products", part)


@pytest.mark.parametrize(
    ("endpoint", "allow_http", "result"),
    [
        ("https://api.example.com/v5/", False, "https://api.example.com/v5"),
        (" https://api.example.com/v5 ", False, "https://api.example.com/v5"),
        ("http://localhost:8080/v5", False, "http://localhost:8080/v5"),
        ("http://127.8.9.1/v5//", False, "http://127.8.9.1/v5"),
        ("http://[::1]:1/v5", False, "http://[::1]:1/v5"),
        ("http://api.example.com/v5", True, "http://api.example.com/v5"),
    ],
)
def test_endpoints(endpoint, allow_http, result):
    assert checked_endpoint(endpoint, allow_http) == result


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("api.example.com/v5", "not a URL"),
        ("ftp://api.example.com", "not a URL"),
        ("https://", "not a URL"),
        ("https://host:port/v5", "not a URL"),
        ("https://user:hunter2@host/v5", "user name"),
        ("https://host/v5?a=b", "path of the API"),
        ("http://api.example.com/v5", "allow_http"),
        ("http://localhost.example.com/v5", "allow_http"),
    ],
)
def test_endpoints_that_are_none(endpoint, said):
    with pytest.raises(InvalidDataError, match=said) as caught:
        checked_endpoint(endpoint)
    assert "hunter2" not in str(caught.value)


def test_bad_options(tmp_path):
    with pytest.raises(InvalidDataError, match="ca_path"):
        Transport("https://host/v5", ca_path=str(tmp_path / "missing"))
    with pytest.raises(InvalidDataError, match="timeout"):
        Transport("https://host/v5", timeout=0)


def test_what_is_sent(service, transport):
    service.on("PATCH", "/products/a b", Reply(200, {"data": {"id": "1"}}, {"X-Thing": "7"}))
    answer = transport.request(
        "PATCH",
        path("products", "a b"),
        params={"filter[owner.id]": "ü&"},
        body={"name": "é"},
        headers={"X-Electricimp-Password": "pässword"},
        shape=DATA,
    )
    (request,) = service.journal
    assert request.target.startswith("/v5/products/a%20b?")
    assert request.query == {"filter[owner.id]": "ü&"}
    assert request.body == {"name": "é"}
    assert request.headers["Content-Type"] == "application/vnd.api+json"
    assert request.headers["X-Electricimp-Password"].encode("latin-1").decode() == "pässword"
    assert "electricimp.impcentral/" in request.headers["User-Agent"]
    assert (answer.status, answer.headers["x-thing"], answer.document) == (200, "7", {"data": {"id": "1"}})


def test_an_answer_without_a_body(service, transport):
    service.on("DELETE", "/products/1", Reply(204))
    assert transport.request("DELETE", "/products/1").document is None
    assert service.journal[0].body is None


def test_a_body_that_nobody_needs_may_be_anything(service, transport):
    service.on("POST", "/devices/1/restart", Reply(202, "<ok>"))
    assert transport.request("POST", "/devices/1/restart").status == 202


@pytest.mark.parametrize(
    ("reply", "said", "retryable"),
    [
        (Reply(200, None), "empty body", True),
        (Reply(200, "{broken"), "invalid JSON", True),
        (Reply(200, "<!DOCTYPE html><html>"), "HTML", False),
        (Reply(200, {"meta": {}}), "without the 'data'", True),
        (Reply(200, {"data": None}), "without the 'data'", True),
        (Reply(200, {"data": []}), "without the 'data'", True),
        (Reply(200, [1]), "without the 'data'", True),
    ],
)
def test_unusable_answers(service, transport, reply, said, retryable):
    service.on("POST", "/products", reply)
    with pytest.raises(ServiceError, match=said) as caught:
        transport.request("POST", "/products", shape=DATA)
    assert str(caught.value).startswith("POST /products: the service answered HTTP 200")
    assert (caught.value.executed, caught.value.retryable, caught.value.status_code) == (None, retryable, 200)


def test_a_truncated_body(service, transport):
    service.on("GET", "/products", Reply(200, {"data": {}}, declared=500))
    with pytest.raises(ImpCentralApiError) as caught:
        transport.request("GET", "/products", shape=DATA)
    assert (caught.value.executed, caught.value.retryable) == (None, True)
    assert "GET /products" in str(caught.value)


def test_a_truncated_body_is_noticed_by_its_length_too(service, transport, monkeypatch):
    # Older versions of urllib3 hand out what there is.
    monkeypatch.setattr("urllib3.response.HTTPResponse.tell", lambda self: 3)
    service.on("GET", "/products", Reply(200, {"data": {}}))
    with pytest.raises(ServiceError, match="truncated"):
        transport.request("GET", "/products", shape=DATA)


def test_errors_of_the_service_hide_what_the_caller_named_as_secret(service, transport):
    transport.secrets.add("hunter2hunter2")
    service.on("GET", "/products/1", error_reply(404, "No hunter2hunter2", "here"))
    with pytest.raises(NotFoundError) as caught:
        transport.request("GET", "/products/1")
    assert str(caught.value) == "No ********: here"
    assert "hunter2" not in repr((caught.value.errors, caught.value.body))


def test_a_reset_leaves_open_what_happened(service, transport):
    service.on("POST", "/products", RESET)
    with pytest.raises(ConnectionFailedError) as caught:
        transport.request("POST", "/products", body={})
    assert (caught.value.reason, caught.value.executed, caught.value.retryable) == ("reset", None, True)
    assert caught.value.status_code is None


def test_a_refused_connection_was_not_executed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        transport = Transport(f"http://127.0.0.1:{taken.getsockname()[1]}/v5")
        with pytest.raises(ConnectionFailedError, match="Connection refused") as caught:
            transport.request("POST", "/products")
    assert (caught.value.reason, caught.value.executed, caught.value.retryable) == ("refused", False, True)


def test_a_host_that_does_not_exist():
    with pytest.raises(ConnectionFailedError, match="could not be resolved") as caught:
        Transport("https://no-such-host.invalid/v5", timeout=5).request("GET", "/products")
    assert (caught.value.reason, caught.value.executed) == ("dns", False)


def test_a_time_out_leaves_open_what_happened():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Transport(f"http://127.0.0.1:{silent.getsockname()[1]}/v5", timeout=0.05)
        with pytest.raises(ConnectionFailedError, match="timeout") as caught:
            transport.request("POST", "/products")
    assert (caught.value.reason, caught.value.executed) == ("timeout", None)


def test_tls_that_cannot_be_used(service):
    with pytest.raises(ConnectionFailedError, match="TLS") as caught:
        Transport(service.endpoint.replace("http:", "https:"), timeout=5).request("GET", "/products")
    assert (caught.value.reason, caught.value.executed, caught.value.retryable) == ("tls", False, False)


def test_a_proxy_that_does_not_answer(service, monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@127.0.0.1:1")
    with pytest.raises(ConnectionFailedError) as caught:
        Transport("https://api.example.com/v5", timeout=5).request("GET", "/products")
    assert caught.value.reason == "proxy"
    assert "hunter2" not in str(caught.value)


def test_a_redirect_to_another_host_is_refused(service, transport):
    service.on("GET", "/products", Reply(302, None, {"Location": "http://example.com:1/steal"}))
    with pytest.raises(ImpCentralApiError, match=r"another place, http://example.com:1"):
        transport.request("GET", "/products", headers={"Authorization": "Bearer x"})
    assert len(service.journal) == 1


def test_a_redirect_on_the_same_host_is_followed(service, transport):
    service.on("GET", "/old", Reply(301, None, {"Location": "/v5/products?a=1"}))
    service.on("GET", "/products", Reply(200, {"data": {"id": "1"}}))
    assert transport.request("GET", "/old", params={"b": "2"}, shape=DATA).document["data"]["id"] == "1"
    assert service.journal[-1].query == {"a": "1"}


def test_a_redirect_that_would_change_the_request_is_refused(service, transport):
    service.on("POST", "/old", Reply(302, None, {"Location": "/v5/products"}))
    with pytest.raises(ImpCentralApiError, match="another request") as caught:
        transport.request("POST", "/old")
    assert caught.value.executed is False


def test_redirects_end(service, transport):
    service.on("GET", "/loop", Reply(307, None, {"Location": "/v5/loop"}))
    with pytest.raises(ImpCentralApiError, match="without end"):
        transport.request("GET", "/loop")


def test_an_entry_of_netrc_does_not_replace_the_token(service, transport, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.on("GET", "/products", Reply(200, {"data": {}}))
    transport.request("GET", "/products", headers={"Authorization": "Bearer mine"})
    assert service.journal[0].headers["Authorization"] == "Bearer mine"


def test_no_cookie_is_sent_back(service, transport):
    service.on("GET", "/products", Reply(200, {"data": {}}, {"Set-Cookie": "a=b; Path=/"}))
    transport.request("GET", "/products")
    transport.request("GET", "/products")
    assert service.journal[1].headers["Cookie"] is None


def test_a_header_that_cannot_be_sent_is_not_shown(service, transport):
    with pytest.raises(InvalidDataError) as caught:
        transport.request("GET", "/products", headers={"Authorization": "Bearer hunter2\nX: y"})
    assert "hunter2" not in str(caught.value)
    assert service.journal == []


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": object()}])
def test_a_body_that_is_no_json_is_not_sent(service, transport, body):
    with pytest.raises(InvalidDataError, match="JSON"):
        transport.request("POST", "/products", body=body)
    assert service.journal == []


def test_the_connection_is_kept(service, transport):
    service.on("GET", "/products", Reply(200, {"data": {}}))
    for _time in range(3):
        transport.request("GET", "/products")
    assert len({request.peer for request in service.journal}) == 1


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_forked_process_has_its_own_connection(service, transport):
    service.on("GET", "/products", Reply(200, {"data": {}}))
    transport.request("GET", "/products")
    child = os.fork()
    if child == 0:
        try:
            transport.request("GET", "/products")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    transport.request("GET", "/products")
    parent, forked, again = [request.peer for request in service.journal]
    assert parent == again != forked


def test_the_trace_hides_secrets(service, transport, caplog):
    seen = []
    transport.on_request = lambda *arguments: seen.append(arguments)
    transport.secrets.add("hunter2hunter2")
    body = {"password": "x1y2z3", "note": "hunter2hunter2"}
    service.on("POST", "/accounts/me/login_keys", Reply(200, {"data": {"type": "login_key", "id": "fresh-key-1"}}))
    with caplog.at_level(logging.DEBUG, "electricimp.impcentral"):
        transport.request("POST", "/accounts/me/login_keys", body=body)
        with pytest.raises(NotFoundError):
            transport.request("GET", path("logstream", "stream-id-1"))
    (method, where, status, milliseconds, sent, received), second = seen
    assert (method, where, status) == ("POST", "/accounts/me/login_keys", 200)
    assert milliseconds > 0
    assert sent == {"password": "********", "note": "********"}
    assert received["data"]["id"] == "********"
    assert second[1:3] == ("/logstream/********", 404)
    assert "POST /accounts/me/login_keys -> 200 in" in caplog.text
    assert not any(secret in caplog.text for secret in ("hunter2", "stream-id-1"))


def test_a_trace_of_a_request_without_an_answer(service, transport):
    seen = []
    transport.on_request = lambda *arguments: seen.append(arguments)
    service.on("GET", "/products", RESET)
    with pytest.raises(ConnectionFailedError):
        transport.request("GET", "/products")
    assert seen[0][:3] == ("GET", "/products", None)


def test_a_stream_is_traced_when_it_opens(service, transport):
    seen = []
    transport.on_request = lambda *arguments: seen.append(arguments)
    service.on("GET", "/logstream/stream-id-1", Reply(200, b"data: a\n\n", {"Content-Type": "text/event-stream"}))
    transport.stream(path("logstream", "stream-id-1")).close()
    with pytest.raises(NotFoundError):
        transport.stream(path("logstream", "stream-id-2"))
    (*opened, milliseconds, _sent, received), refused = seen
    assert (opened, received) == (["GET", "/logstream/********", 200], None) and milliseconds > 0
    assert refused[1:3] == ("/logstream/********", 404) and "errors" in refused[5]


def test_a_client_without_a_log_is_silent():
    assert logging.getLogger("electricimp.impcentral").handlers


def test_a_stream(service, transport):
    service.on("GET", "/logstream/1", Reply(200, b"data: a\n\n", {"Content-Type": "text/event-stream"}))
    assert b"".join(transport.stream("/logstream/1", params={"format": "json"})) == b"data: a\n\n"
    assert service.journal[0].query == {"format": "json"}


def test_a_stream_that_is_refused(service, transport):
    with pytest.raises(NotFoundError):
        transport.stream("/logstream/1")


def test_a_stream_that_breaks(service, transport):
    # One chunk, and no end of chunks.
    broken = Reply(200, b"9\r\ndata: a\n\n\r\n", {"Transfer-Encoding": "chunked"})
    service.on("GET", "/logstream/1", broken)
    chunks = transport.stream("/logstream/1")
    received = b""
    with pytest.raises(ConnectionFailedError):
        for chunk in chunks:
            received += chunk
    assert received == b"data: a\n\n"


def test_without_requests_the_files_load_and_say_so(tmp_path):
    (tmp_path / "requests.py").write_text("raise ImportError('No module named requests')\n")
    program = (
        "from ansible_collections.electricimp.impcentral.plugins.module_utils import _transport, client, errors\n"
        "assert not _transport.HAS_REQUESTS and _transport.REQUESTS_IMPORT_ERROR is not None\n"
        "try:\n"
        "    client.connect('https://host/v5', login_key='k', environ={}).accounts.get('me')\n"
        "except errors.InvalidDataError as error:\n"
        "    print(error)\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert "pip install requests" in done.stdout


def test_requests_is_there():
    assert _transport.HAS_REQUESTS
    assert _transport.REQUESTS_IMPORT_ERROR is None
