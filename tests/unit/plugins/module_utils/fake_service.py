# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tiny HTTP server on loopback whose answers a test writes down, and which keeps a journal of what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Union
from urllib.parse import parse_qsl, unquote, urlsplit


class Request(NamedTuple):
    """One request as it arrived. ``target`` is the raw path with its query, ``path`` the decoded path alone."""

    method: str
    path: str
    target: str
    query: dict[str, str]
    headers: Any
    body: Any
    peer: tuple[str, int]


class Reply(NamedTuple):
    """An answer. ``declared`` is a Content-Length that is not true; ``reset`` drops the connection instead.

    With a header ``Transfer-Encoding`` the body goes out as it is, and the connection ends after it.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}
    declared: int | None = None
    reset: bool = False


RESET = Reply(reset=True)
Answer = Union[Reply, Callable[[Request], Reply]]  # noqa: UP007  # ansible-test's pylint knows no other form


class FakeService:
    """The server. Answers are queued by method and path below ``/v5``; the last one of a queue stays.

    :param tls: makes it speak HTTPS.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.journal: list[Request] = []
        self._queues: dict[tuple[str, str], list[Answer]] = {}
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one packet: no waiting for acknowledgements.
            wbufsize = -1

            def log_message(self, *args: Any) -> None:
                pass

            def _handle(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                request = Request(
                    self.command,
                    unquote(parts.path),
                    self.path,
                    dict(parse_qsl(parts.query)),
                    self.headers,
                    json.loads(raw) if raw else None,
                    self.client_address,
                )
                service._answer(self, request)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def endpoint(self) -> str:
        return f"{self.origin}/v5"

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Queue answers for a method and a decoded path below the endpoint."""
        self._queues[method, f"/v5{path}"] = list(answers)

    def asked(self, method: str, path: str) -> list[Request]:
        """Return the requests of this method and path that have arrived."""
        return [one for one in self.journal if (one.method, one.path) == (method, f"/v5{path}")]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: Any, request: Request) -> None:
        with self._lock:
            self.journal.append(request)
            queue = self._queues.get((request.method, request.path), [error_reply(404, "Not Found")])
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        reply = answer(request) if callable(answer) else answer
        if reply.reset:
            # A reset, not an orderly end of the connection.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        body = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else dumped(reply.body)
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        chunked = "Transfer-Encoding" in reply.headers
        if not chunked:
            handler.send_header("Content-Length", str(len(body) if reply.declared is None else reply.declared))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if chunked or reply.declared is not None:
            handler.close_connection = True


def dumped(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def error_reply(status: int, title: str, detail: str = "", headers: dict[str, str] | None = None, **more: Any) -> Reply:
    """Return an answer with one error in the service's shape."""
    error = {"code": "XX000", "status": str(status), "title": title, **({"detail": detail} if detail else {}), **more}
    return Reply(status, {"errors": [error]}, headers or {})


def token_reply(token: str = "access-1", lifetime: float = 3600, **more: Any) -> Reply:
    """Return the answer to a sign-in."""
    return Reply(200, {"access_token": token, "expires_in": lifetime, "expires_at": "2099-01-01T00:00:00.000Z", **more})


def document(kind: str, id: str, relationships: Any = None, **attributes: Any) -> dict[str, Any]:
    """Return a resource document."""
    related = {name: {"type": type, "id": other} for name, (type, other) in (relationships or {}).items()}
    return {"type": kind, "id": id, "attributes": attributes, "relationships": related}


def listing(pages: list[list[Any]], links: Callable[[Request, int], dict[str, Any]] | None = None) -> Answer:
    """Return a callable that serves a paged list; ``links`` makes a page's links from the request and page number."""

    def answer(request: Request) -> Reply:
        number = int(request.query.get("page[number]", 1))
        items = pages[number - 1] if number <= len(pages) else []
        following = {"next": f"http://x/?page[number]={number + 1}"} if number < len(pages) else {}
        return Reply(200, {"data": items, "links": links(request, number) if links else following})

    return answer


def one(kind: str, id: str, **attributes: Any) -> Reply:
    """Return an answer with one resource."""
    return Reply(200, {"data": document(kind, id, **attributes)})


def products(count: int, size: int = 100) -> list[list[Any]]:
    """Return so many products in pages."""
    documents = [document("product", f"p-{number}", name=f"Product {number}") for number in range(count)]
    return [documents[start : start + size] for start in range(0, count, size)] or [[]]
