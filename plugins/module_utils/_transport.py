# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONE request or stream -> parsed answer. The only file that speaks HTTP."""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, Callable, NamedTuple, NoReturn, Optional
from urllib.parse import quote, urljoin, urlsplit

try:
    import requests
    import urllib3
except ImportError as error:
    REQUESTS_IMPORT_ERROR: ImportError | None = error
else:
    REQUESTS_IMPORT_ERROR = None

from ansible_collections.electricimp.impcentral.plugins.module_utils import errors
from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import Secrets, mask_document, mask_url
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

HAS_REQUESTS = REQUESTS_IMPORT_ERROR is None
JSON_API = "application/vnd.api+json"
VERSION = "0.1.0"
USER_AGENT = f"electricimp.impcentral/{VERSION} (Ansible collection)"
LOGGER = logging.getLogger("electricimp.impcentral")
LOGGER.addHandler(logging.NullHandler())
# Requests and log streams at once.
POOL_SIZE = 24
# A stream without a sign of life for this long is dead: keep-alives come more often (contract 2.9.2).
STREAM_SILENCE = 60.0

_MOST_REDIRECTS = 5

# method, path, status (None without an answer), milliseconds, request body, response body; secrets are masked.
Trace = Callable[[str, str, Optional[int], float, Any, Any], None]


class Answer(NamedTuple):
    """A successful answer. ``document`` is the parsed body, None when there is none."""

    status: int
    headers: Mapping[str, str]
    document: Any


def path(*parts: str) -> str:
    """Return a path of these parts, each percent-encoded: a part is free text, and may hold a slash.

    :raises InvalidDataError: a part is empty (it would name the collection instead) or would climb out of its place.
    """
    for part in parts:
        if not isinstance(part, str) or part.strip() in ("", ".", ".."):
            raise InvalidDataError(f"an id must not be empty, {part!r} is no id.")
    return "".join("/" + quote(part, safe="") for part in parts)


def checked_endpoint(endpoint: str, allow_http: bool = False) -> str:
    """Return an endpoint without trailing slashes.

    :raises InvalidDataError: it is no URL of a service, or plain HTTP to another machine that is not allowed.
    """
    endpoint = endpoint.strip().rstrip("/")
    shown = mask_url(endpoint)
    try:
        parts = urlsplit(endpoint)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidDataError(f"the endpoint {shown!r} is not a URL: {error}.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidDataError(f"the endpoint {shown!r} is not a URL such as https://api.electricimp.com/v5.")
    if "@" in parts.netloc:
        raise InvalidDataError(
            f"the endpoint {shown!r} must not hold a user name or password: there are options for them."
        )
    if parts.query or parts.fragment:
        raise InvalidDataError(f"the endpoint {shown!r} must end with the path of the API.")
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
        raise InvalidDataError(
            f"the endpoint {shown!r} would send credentials unencrypted: use https, or set allow_http=true."
        )
    return endpoint


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Transport:
    """The connection to one service. Usable from several threads, and after a fork.

    :param endpoint: base URL of the API. :param validate_certs: whether the certificate is checked.
    :param ca_path: file or folder of certificate authorities. :param allow_http: allow plain HTTP to other machines.
    :param timeout: seconds to wait for the connection, and for each part of the answer.
    :raises InvalidDataError: see :func:`checked_endpoint`; or ``ca_path`` does not exist.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        validate_certs: bool = True,
        ca_path: str | None = None,
        allow_http: bool = False,
        timeout: float = 30.0,
    ) -> None:
        self.endpoint = checked_endpoint(endpoint, allow_http)
        if ca_path and not os.path.exists(ca_path):
            raise InvalidDataError(f"the ca_path {ca_path!r} does not exist.")
        if timeout <= 0:
            raise InvalidDataError(f"the timeout must be more than 0 seconds, not {timeout}.")
        self._verify: Any = (ca_path or True) if validate_certs else False
        self._timeout = timeout
        self._senders: dict[int, Callable[..., Any]] = {}
        self._lock = threading.Lock()
        self.secrets = Secrets()
        self.on_request: Trace | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = JSON_API,
        shape: tuple[str, type] | None = None,
    ) -> Answer:
        """Send one request and return its answer.

        :param path: below the endpoint, encoded by :func:`path`. :param body: sent as JSON, unless None.
        :param shape: the key that the answer's document must have, and the type of its value.
        :raises ImpCentralApiError: the service refused, or gave no usable answer. Nothing is repeated here.
        """
        started = time.monotonic()
        status, document = None, None
        try:
            response = self._send(
                method, path, params, _encoded(body), {"Content-Type": content_type, **(headers or {})}
            )
            status = response.status_code
            document = _parsed(response)
            if not errors.is_success(status):
                raise errors.from_answer(method, path, status, response.headers, document, self._mask)
            self._check(method, path, response, document, shape)
            return Answer(status, response.headers, document)
        finally:
            self._trace(method, path, status, started, body, document)

    def stream(
        self, path: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Chunks:
        """Open an event stream and return its bytes.

        :raises ImpCentralApiError: the service refused it.
        """
        started = time.monotonic()
        status, document = None, None
        try:
            accepted = {"Accept": "text/event-stream", **(headers or {})}
            response = self._send("GET", path, params, None, accepted, STREAM_SILENCE)
            status = response.status_code
            if errors.is_success(status):
                return Chunks(path, response, urlsplit(self.endpoint).netloc)
            with closing(response):
                document = _parsed(response)
                raise errors.from_answer("GET", path, status, response.headers, document, self._mask)
        finally:
            self._trace("GET", path, status, started, None, document)

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        data: bytes | None,
        headers: Mapping[str, str],
        silence: float | None = None,
    ) -> Any:
        send, url = self._sender(), self.endpoint + path
        headers = {**requests.utils.default_headers(), "User-Agent": USER_AGENT, **headers}
        encoded = {name: value.encode() for name, value in headers.items()}
        for _hop in range(_MOST_REDIRECTS):
            try:
                request = requests.Request(method, url, headers=encoded, params=params, data=data).prepare()
                response = send(request, stream=True, timeout=(self._timeout, silence or self._timeout))
                if silence is None:
                    response.content  # noqa: B018  # reads the body
            except (requests.RequestException, OSError) as error:
                _fail(method, path, error, urlsplit(url).netloc)
            if not response.is_redirect or not errors.is_redirect(response.status_code):
                return response
            url, params = self._followed(method, path, response), None
        raise self._refused_redirect(method, path, response, "it answers with redirects without end")

    def _followed(self, method: str, path: str, response: Any) -> str:
        # http.client reads headers as Latin-1.
        target = response.headers["Location"].encode("latin-1").decode("utf-8", "replace")
        url = urljoin(response.url, target)
        if urlsplit(url)[:2] != urlsplit(self.endpoint)[:2]:
            # Another host must never see the token.
            host = urlsplit(url).netloc.rpartition("@")[2]
            where = (
                f"it points to another place, {urlsplit(url).scheme}://{host}; set endpoint to that, if you trust it"
            )
            raise self._refused_redirect(method, path, response, where)
        if method != "GET" and not errors.keeps_method(response.status_code):
            raise self._refused_redirect(method, path, response, "it wants another request than the one sent")
        return url

    def _refused_redirect(self, method: str, path: str, response: Any, why: str) -> errors.ImpCentralApiError:
        return errors.ImpCentralApiError(
            f"{method} {mask_url(path)}: the service answered HTTP {response.status_code}, and {why}.",
            status_code=response.status_code,
            method=method,
            path=mask_url(path),
        )

    def _sender(self) -> Callable[..., Any]:
        # A connection used on both sides of a fork mixes up answers, so each process has its own.
        send = self._senders.get(os.getpid())
        if send is None:
            with self._lock:
                send = self._senders.get(os.getpid()) or self._new_sender()
                self._senders = {os.getpid(): send}
        return send

    def _new_sender(self) -> Callable[..., Any]:
        """Return what sends a prepared request: an adapter and no session of requests.

        A session would look into the environment for each request, replace our header by an entry of ~/.netrc,
        and keep cookies.
        """
        if REQUESTS_IMPORT_ERROR is not None:
            raise InvalidDataError(
                "the Python library requests is missing from the interpreter that runs this: install it there "
                "with 'python -m pip install requests'."
            )
        verify = self._verify
        if verify is True:
            verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        if verify is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        proxies = requests.utils.get_environ_proxies(self.endpoint)
        return partial(requests.adapters.HTTPAdapter(pool_maxsize=POOL_SIZE).send, verify=verify, proxies=proxies)

    def _check(self, method: str, path: str, response: Any, document: Any, shape: tuple[str, type] | None) -> None:
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and response.raw.tell() < int(declared):
            raise errors.broken_answer(method, path, response.status_code, "and a truncated body")
        if shape is None:
            return
        key, kind = shape
        if not response.content:
            what = "with an empty body where data was due"
        elif isinstance(document, str) and errors.is_html(document):
            # Not worth a repetition: this comes from a wrong endpoint or a proxy.
            raise errors.broken_answer(
                method, path, response.status_code, "with an HTML page: is endpoint the address of the API?", False
            )
        elif isinstance(document, str):
            what = "with invalid JSON"
        elif not isinstance(document, dict) or not isinstance(document.get(key), kind):
            what = f"without the {key!r} that was due"
        else:
            return
        raise errors.broken_answer(method, path, response.status_code, what)

    def _mask(self, value: Any) -> Any:
        return self.secrets.mask(mask_document(value))

    def _trace(self, method: str, path: str, status: int | None, started: float, body: Any, document: Any) -> None:
        milliseconds = (time.monotonic() - started) * 1000
        if LOGGER.isEnabledFor(logging.DEBUG):
            shown = self.secrets.mask(mask_url(path))
            LOGGER.debug("%s %s -> %s in %.0f ms", method, shown, status or "no answer", milliseconds)
        if self.on_request is not None:
            self.on_request(
                method, self.secrets.mask(mask_url(path)), status, milliseconds, self._mask(body), self._mask(document)
            )


class Chunks:
    """The bytes of an open event stream, as they arrive.

    Iterating raises :class:`ImpCentralApiError` when the connection is lost or falls silent.
    """

    def __init__(self, path: str, response: Any, host: str) -> None:
        self._path = path
        self._response = response
        self._host = host
        self._lock = threading.Lock()
        self._handle = _second_handle(response)
        self._chunks = self._read()

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Disconnect. Any thread may call this; one that waits for bytes meanwhile ends."""
        self._drop_handle(hang_up=True)
        try:
            self._chunks.close()
        except ValueError:  # another thread is reading, and closes what it reads from
            return
        self._response.close()

    def _read(self) -> Generator[bytes, None, None]:
        # Without chunked encoding a larger read would wait until it is full.
        size = None if getattr(self._response.raw, "chunked", False) else 1
        try:
            received = 0
            for chunk in self._response.iter_content(size):
                received += len(chunk)
                yield chunk
            # urllib3 1 does not compare them.
            if received < int(self._response.headers.get("Content-Length", 0)):
                raise requests.exceptions.ChunkedEncodingError("the answer is shorter than announced")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            _fail("GET", self._path, error, self._host)
        finally:
            # A connection whose answer is complete may serve another request by now: leave it up.
            self._drop_handle(hang_up=False)
            self._response.close()

    def _drop_handle(self, hang_up: bool) -> None:
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            with handle:
                try:
                    if hang_up:
                        handle.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other end was faster


def _second_handle(response: Any) -> socket.socket | None:
    """Return a handle of a response's connection: closing a file in which another thread reads would wait for it."""
    try:
        return socket.socket(fileno=os.dup(response.raw.fileno()))
    except (OSError, ValueError):
        return None  # the answer has ended already


def _encoded(body: Any) -> bytes | None:
    if body is None:
        return None
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidDataError(f"the request cannot be written as JSON: {error}.") from None


def _parsed(response: Any) -> Any:
    """Return the parsed body, its text when it is no JSON, or None when it is empty."""
    if not response.content:
        return None
    try:
        return json.loads(response.content)
    except ValueError:
        return response.content.decode("utf-8", "replace")


def _fail(method: str, path: str, error: Exception, host: str) -> NoReturn:
    """Raise what an exception of requests means: which step failed, and whether anything had been sent by then."""
    kinds = requests.exceptions
    cause = _innermost(error)
    reset: tuple[str, str, bool | None] = ("reset", "the connection was lost before the answer was complete", None)
    if isinstance(error, (kinds.InvalidURL, kinds.InvalidHeader, kinds.InvalidSchema)):
        # The exception's own text may hold the header's value.
        raise InvalidDataError(
            f"{method} {mask_url(path)}: a header or the endpoint holds a character that must not be there."
        ) from None
    if isinstance(error, kinds.ProxyError):
        raise errors.connection_failed(method, path, "proxy", f"the proxy could not be used ({cause})", False) from None
    if isinstance(error, kinds.SSLError) and not _has_cause(error, "SSLEOFError", "SSLZeroReturnError"):
        what = f"the service's certificate or TLS could not be used ({cause})"
        raise errors.connection_failed(method, path, "tls", what, False, retryable=False) from None
    if isinstance(error, kinds.ConnectTimeout):
        reason, what, executed = "timeout", "no connection within the timeout", False
    elif isinstance(error, kinds.Timeout) or "timed out" in cause:
        reason, what, executed = "timeout", "no answer within the timeout", None
    elif _has_cause(error, "NameResolutionError", "gaierror"):
        reason, what, executed = "dns", f"the name of the host {host} could not be resolved ({cause})", False
    elif _has_cause(error, "NewConnectionError"):
        reason, what, executed = "refused", f"no connection to {host} ({cause})", False
    else:
        reason, what, executed = reset
    raise errors.connection_failed(method, path, reason, what, executed) from None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and everything that it wraps: its reason, its arguments and its context."""
    queue: list[Any] = [error]
    seen: set[int] = set()
    while queue:
        one = queue.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            queue += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]


def _has_cause(error: BaseException, *names: str) -> bool:
    return any(type(one).__name__ in names for one in _causes(error))


def _innermost(error: BaseException) -> str:
    """Return the operating system's words for a failure, which name no URL."""
    system = [
        one for one in _causes(error) if isinstance(one, OSError) and not isinstance(one, requests.RequestException)
    ]
    return str(system[-1].strerror or system[-1]) if system else type(error).__name__
