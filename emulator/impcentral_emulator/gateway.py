# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of every request of the API: journal, faults, limit, then the resource; and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .documents import Call, Reply
from .errors import for_status, unauthorized
from .faults import Fault
from .resources import auth
from .responses import Answer, error_answer, reply_answer
from .state import Emulator

MAX_BODY = 16 * 1024 * 1024

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]
Handler = Callable[[Call], Reply]
Drop = Callable[[Scope, bool], None]


class Endpoint:
    """Runs a handler as an ASGI application; a writing one inside a transaction.

    An ``is_open`` endpoint may be called without an access token.
    """

    def __init__(self, emulator: Emulator, handler: Handler, is_open: bool = False) -> None:
        self._emulator = emulator
        self._handler = handler
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.reply(scope).send(send)

    def reply(self, scope: Scope) -> Answer:
        """Run the handler and return its answer."""
        account_id = scope["account_id"]
        if account_id is None and not self._is_open:
            raise unauthorized()
        call = Call(
            self._emulator,
            account_id or "",
            scope["path_params"],
            scope["path"],
            scope["origin"],
            scope["query_string"].decode("latin-1"),
            scope["header"],
            scope["body"],
        )
        if scope["method"] == "GET":
            return reply_answer(self._handler(call))
        with self._emulator.db.transaction():
            return reply_answer(self._handler(call))


class Gateway:
    """Passes requests on to the API's application, after ``drop(scope, politely)`` was told how to cut connections.

    What it adds to the scope: ``account_id`` (None without a valid access token), ``origin`` (scheme and host),
    ``header`` (names in lower case) and ``body``.
    """

    def __init__(self, emulator: Emulator, app: Any, drop: Drop) -> None:
        self._emulator = emulator
        self._app = app
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        emulator = self._emulator
        target = (scope["raw_path"] + b"?" * bool(scope["query_string"]) + scope["query_string"]).decode("latin-1")
        entry = emulator.journal.arrived(scope["method"], target, scope["headers"], emulator.clock.now())
        fault = emulator.faults.strike(scope["method"], target)
        entry["fault"] = fault and fault.kind
        header = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        authorization = header.get("authorization", "")
        if fault and fault.kind == "expire_token":
            auth.expire(emulator, authorization)
        account_id = entry["account"] = auth.account_of(emulator, authorization)
        body = await _read(receive)
        emulator.journal.received(entry, body)
        scope.update(
            account_id=account_id,
            header=header,
            body=body,
            path=_plain(scope["path"]),
            origin=f"{scope['scheme']}://{header.get('host', 'localhost')}",
        )
        caller = account_id or (scope["client"] or ("",))[0]
        try:
            sender = _Sender(send, entry, emulator.limits.take(caller))
            if len(body) > MAX_BODY:
                await error_answer(for_status(413)).send(sender)
            else:
                await self._answer(scope, receive, sender, fault)
        finally:
            emulator.journal.answered(entry)

    async def _answer(self, scope: Scope, receive: Receive, sender: _Sender, fault: Fault | None) -> None:
        wait = self._emulator.options.latency / 1000 + (fault.seconds if fault and fault.kind == "delay" else 0)
        if wait and not await _stays(receive, wait):
            return
        if fault is None or fault.kind in ("delay", "expire_token"):
            if sender.is_allowed:
                await self._app(scope, receive, sender)
            else:
                await error_answer(for_status(429)).send(sender)
            return
        answer = Answer(200, b"", "text/html")
        if fault.execute:
            recorder = Recorder()
            await self._app(scope, receive, recorder)
            answer = recorder.answer()
        await self._strike(scope, receive, sender, fault, answer)

    async def _strike(self, scope: Scope, receive: Receive, sender: _Sender, fault: Fault, answer: Answer) -> None:
        """Answer, or fail to answer, as the fault says; ``answer`` is that of the call, if it was carried out."""
        if fault.kind == "delay_after":
            await _stays(receive, fault.seconds)
        if fault.kind in ("reset_before", "reset_after"):
            await self._cut(scope, receive, politely=False)
            return
        if fault.kind == "truncate":
            await answer.send(sender, share=0.5)
            await self._cut(scope, receive, politely=True)
            return
        await answer.spoiled(fault).send(sender)

    async def _cut(self, scope: Scope, receive: Receive, politely: bool) -> None:
        """Cut the connection and wait until the server has noticed."""
        self._drop(scope, politely)
        while (await receive())["type"] != "http.disconnect":
            pass


class _Sender:
    """Sends an answer with the headers of the request limit and notes its status."""

    def __init__(self, send: Send, entry: dict, limit: tuple[bool, list[tuple[bytes, bytes]]]) -> None:
        self._send = send
        self._entry = entry
        self.is_allowed, self._headers = limit

    async def __call__(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self._entry["status"] = message["status"]
            message = {**message, "headers": [*message["headers"], *self._headers]}
        await self._send(message)


class Recorder:
    """Takes an answer instead of the client."""

    def __init__(self) -> None:
        self._start: dict = {}
        self._body = b""

    async def __call__(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    def answer(self) -> Answer:
        """Return what was sent."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._start["headers"]}
        return Answer(self._start["status"], self._body, headers.get("content-type", ""))


def _plain(path: str) -> str:
    """Return a path without doubled and trailing slashes."""
    return "/" + "/".join(segment for segment in path.split("/") if segment)


async def _stays(receive: Receive, seconds: float) -> bool:
    """Wait; false as soon as the client has gone. The whole body must have been read."""
    gone = asyncio.ensure_future(receive())
    done, _dummy = await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()
    return not done


async def _read(receive: Receive) -> bytes:
    """Return the body of a request, of one that is too large the beginning."""
    body, more = b"", True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
