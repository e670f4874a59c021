# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server: uvicorn with connections that can be cut and an orderly end."""

from __future__ import annotations

import json
import signal
import socket
import struct
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

Scope = MutableMapping[str, Any]
GRACE = 1  # seconds for requests under way when the server stops


class Connections:
    """The open connections by the client's address, as scopes know them."""

    def __init__(self) -> None:
        self._transports: dict[tuple, Any] = {}

    def protocol(self) -> type:
        """Return the class of uvicorn's HTTP protocol that keeps this record."""
        transports = self._transports

        class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
            def connection_made(self, transport: Any) -> None:
                transports[transport.get_extra_info("peername")[:2]] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.transport.get_extra_info("peername")[:2], None)
                super().connection_lost(exc)

        return Protocol

    def drop(self, scope: Scope, politely: bool) -> None:
        """Cut the connection of a request: after what was sent or, not politely, at once with a TCP reset."""
        transport = self._transports[tuple(scope["client"])]
        if politely:
            transport.close()
            return
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()


class Server(uvicorn.Server):
    """Prints the ready line when it listens, and ends log streams when it is told to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], dict], stopping: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then print one line of JSON."""
        await super().startup(sockets)
        if self.should_exit:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        print(json.dumps(self._ready(url)), flush=True)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop."""
        self._stopping()
        super().handle_exit(sig, frame)


def run(
    app: Any,
    connections: Connections,
    host: str,
    port: int,
    ready: Callable[[str], dict],
    stopping: Callable[[], object],
) -> None:
    """Serve until SIGTERM or SIGINT; ``ready`` gives the line that is printed, for the server's URL."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=connections.protocol(),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=75,
    )
    # uvicorn raises the signal again when it has stopped: that must not kill the process.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server = Server(config, ready, stopping)
    server.run()
    if not server.started:
        sys.exit(1)
