# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that answers otherwise than the emulator wherever it is not certain how the real one does (contract 5).

It stands in front of an emulator, passes requests on, and rewrites what comes back.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import requests

# Of devices, lists are certain to show these alone (contract 2.5).
_LISTED = ("name", "mac_address", "agent_id", "device_online")
_NOT_SET = ("devicegroup", "product", "production_target", "dut_target", "flagger", "current_deployment")
_FORWARDED = ("authorization", "content-type", "x-electricimp-otp-token", "x-electricimp-password", "x-electricimp-key")


@contextmanager
def contrary(endpoint: str) -> Iterator[str]:
    """Run the contrary service for an emulator's endpoint and give its own."""
    origin, base = endpoint.split("/v5", maxsplit=1)[0], "/v5"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def log_message(self, *args: Any) -> None:
            pass

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() in _FORWARDED}
            answer = requests.request(
                self.command, origin + self.path, data=body, headers=headers, timeout=10, allow_redirects=False
            )
            status, document = answer.status_code, answer.json() if answer.content else None
            if not urlsplit(self.path).path.startswith(f"{base}/auth"):
                status, document = _otherwise(self.command, status, document)
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass_on

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{base}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _otherwise(method: str, status: int, document: Any) -> tuple[int, Any]:
    if method == "PUT" and status == 200:
        return 204, None
    if status == 204:
        return 200, {"data": None}
    if status == 201:
        status = 200
    if status == 409:
        return 400, {"errors": [{**error, "status": "400"} for error in document["errors"]]}
    if status == 404 and method == "GET":
        return 403, {"errors": [{"code": "PX000", "status": "403", "title": "Invalid Permission"}]}
    data = (document or {}).get("data")
    if isinstance(data, list):
        links = {name: link for name, link in document["links"].items() if name in ("self", "next")}
        links.setdefault("next", links["self"])
        items = [_rewritten(item, listed=True) if "attributes" in item else item for item in reversed(data)]
        document = {"data": items, "links": links, "meta": {"count": len(items)}}
    elif isinstance(data, dict) and "attributes" in data:
        document = {"data": _rewritten(data, listed=False), "jsonapi": {"version": "1.0"}}
    return status, document


def _rewritten(resource: dict[str, Any], listed: bool) -> dict[str, Any]:
    kind = resource["type"]
    attributes = {**resource["attributes"], "colour": "red"}
    relationships = {**dict.fromkeys(_NOT_SET), **resource.get("relationships", {})}
    # It can be missing although there are deployments (contract 2.6).
    relationships["current_deployment"] = None
    attributes.pop("updated_at", None)
    if kind == "device" and listed:
        attributes = {name: attributes.get(name) for name in _LISTED}
    if kind == "deployment":
        attributes["tags"] = attributes["tags"] or None
        if listed:
            attributes.update(device_code="not to be trusted", agent_code="not to be trusted")
    if kind.endswith("_devicegroup"):
        attributes["env_vars"] = attributes["env_vars"] or None
        if attributes.get("region") is None:
            attributes.pop("region", None)
    if attributes.get("description", 0) is None:
        attributes["description"] = ""
    return {
        "id": resource["id"],
        "type": kind,
        "attributes": attributes,
        "relationships": None if kind == "account" else relationships,
    }
