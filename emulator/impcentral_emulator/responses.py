# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers as they go over the wire, and what faults make of them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .documents import Reply
from .errors import ApiError, for_status
from .faults import Fault

MEDIA_TYPE = "application/vnd.api+json"
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_NO_JSON = b'{"data": {"type": "product", "id": '


@dataclass
class Answer:
    """Status, body and headers of an answer."""

    status: int
    body: bytes
    media_type: str = MEDIA_TYPE
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, send: Callable[[dict], Awaitable[None]], share: float = 1.0) -> None:
        """Send the answer, or only a share of its body under the Content-Length of the whole."""
        headers = {"content-type": self.media_type, "content-length": str(len(self.body)), **self.headers}
        if self.status == 204:
            headers = self.headers
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        part = self.body[: int(len(self.body) * share)]
        await send({"type": "http.response.body", "body": part, "more_body": share < 1})

    def spoiled(self, fault: Fault) -> Answer:
        """Return the answer that a fault puts in this one's place."""
        if fault.kind == "delay_after":
            return self
        if fault.kind == "html":
            return Answer(fault.status or 502, _HTML, "text/html", fault.headers)
        if fault.kind == "invalid_json":
            return Answer(fault.status or self.status, _NO_JSON, MEDIA_TYPE, fault.headers)
        if fault.kind == "empty":
            return replace(self, status=fault.status or self.status, body=b"", headers=fault.headers)
        assert fault.status is not None
        body = encode(errors(for_status(fault.status))) if fault.body is None else _body(fault.body)
        return Answer(fault.status, body, MEDIA_TYPE, fault.headers)


def _body(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else encode(body)


def encode(document: Any) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def errors(error: ApiError) -> dict:
    """Return the document of an error."""
    return {"errors": error.errors}


def error_answer(error: ApiError) -> Answer:
    """Return the answer of an error."""
    return Answer(error.status, encode(errors(error)))


def reply_answer(reply: Reply) -> Answer:
    """Return the answer of a handler's reply."""
    return Answer(reply.status, b"" if reply.document is None else encode(reply.document), reply.media_type)
