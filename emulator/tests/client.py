# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the emulator for tests: it sends what it is told to and checks the status of the answer."""

from __future__ import annotations

from typing import Any

import httpx

from impcentral_emulator import Running

DEVELOPMENT = "development_devicegroup"
TYPES = ("development", "pre_production", "pre_dut", "pre_factoryfixture", "production", "dut", "factoryfixture")


class Api:
    """Calls of one account; `running` is the emulator's process."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.devices = running.devices
        self.http = httpx.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.http.close()

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, self.running.endpoint + path, json=body, headers=names)

    def call(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Make a call that must be answered with the given status; return the answer's JSON, None without a body."""
        response = self.raw(method, path, body, **headers)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def get(self, path: str) -> Any:
        """Return the `data` of an answer."""
        return self.call("GET", path)["data"]

    def ids(self, path: str) -> list[str]:
        """Return the ids of a list."""
        return [item["id"] for item in self.get(path)]

    def fails(self, method: str, path: str, body: Any = None, status: int = 400, **headers: str) -> dict:
        """Make a call that must be refused with one error; return that."""
        errors = self.call(method, path, body, status, **headers)["errors"]
        assert len(errors) == 1
        assert errors[0]["status"] == str(status)
        return errors[0]

    def admin(self, method: str, path: str, body: Any = None) -> httpx.Response:
        response = self.http.request(method, self.running.admin + path, json=body)
        assert response.is_success, response.text
        return response

    def sign_in(self, username: str | None = None, password: str | None = None) -> dict:
        """Sign in with a password, the main account's by default; later calls use the token."""
        credentials = {"id": username or self.running.username, "password": password or self.running.password}
        answer = self.call("POST", "/auth", credentials)
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return answer

    def product(self, name: str = "Product", **attributes: Any) -> str:
        body = resource("product", {"name": name, **attributes})
        return self.call("POST", "/products", body, 201)["data"]["id"]

    def group(self, product: str, name: str = "Group", kind: str = "development", **targets: str) -> str:
        return self.call("POST", "/devicegroups", group_body(product, name, kind, **targets), 201)["data"]["id"]

    def fixture(self, product: str, prefix: str = "") -> dict[str, str]:
        """Make a fixture group with its targets (prefix `pre_` for the test zone); return the ids by kind."""
        ids = {kind: self.group(product, prefix + kind, prefix + kind) for kind in ("production", "dut")}
        ids["factoryfixture"] = self.group(
            product,
            f"{prefix}fixture",
            f"{prefix}factoryfixture",
            production_target=ids["production"],
            dut_target=ids["dut"],
        )
        return ids

    def deploy(self, group: str, kind: str = "development", **attributes: Any) -> dict:
        return self.call("POST", "/deployments", deployment_body(group, kind, **attributes), 201)["data"]

    def assign(self, group: str, *devices: str) -> None:
        self.call("POST", f"/devicegroups/{group}/relationships/devices", members(*devices), 204)


def resource(kind: str, attributes: dict | None = None, key: str | None = None, /, **related: tuple[str, str]) -> dict:
    """Return the body that creates (without `key`) or changes a resource; `related` gives type and id."""
    data: dict[str, Any] = {"type": kind}
    if key is not None:
        data["id"] = key
    if attributes is not None:
        data["attributes"] = attributes
    if related:
        data["relationships"] = {name: {"type": target[0], "id": target[1]} for name, target in related.items()}
    return {"data": data}


def group_body(product: str, name: str, kind: str, attributes: dict | None = None, /, **targets: str) -> dict:
    """Return the body that creates a group; targets get the type that the group's zone demands."""
    prefix = "pre_" if kind.startswith("pre_") else ""
    related = {
        target: (f"{prefix}{target.removesuffix('_target')}_devicegroup", key) for target, key in targets.items()
    }
    return resource(
        f"{kind}_devicegroup", {"name": name, **(attributes or {})}, product=("product", product), **related
    )


def deployment_body(group: str, kind: str = "development", **attributes: Any) -> dict:
    code = {"device_code": "server.log(1);", "agent_code": ""}
    return resource("deployment", {**code, **attributes}, devicegroup=(f"{kind}_devicegroup", group))


def members(*devices: str) -> dict:
    """Return the body that names devices."""
    return {"data": [{"type": "device", "id": device} for device in devices]}
