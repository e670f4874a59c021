# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of the API: one exception, and the answers that it becomes.

Only the codes PX100, PX200 and CX005 are the service's own. Every other code is a placeholder made of its
family and ``000``: no client may depend on it.
"""

from __future__ import annotations

from typing import Any


def entry(status: int, code: str, title: str, detail: str | None = None, meta: Any = None) -> dict:
    """Return one member of an ``errors`` array; its status is a text."""
    error: dict[str, Any] = {"code": code, "status": str(status), "title": title}
    if detail is not None:
        error["detail"] = detail
    if meta is not None:
        error["meta"] = meta
    return error


class ApiError(Exception):
    """An answer of the API that refuses a request.

    ``status`` is the HTTP status, ``errors`` the members of the answer's ``errors`` array.
    """

    def __init__(self, status: int, errors: list[dict]) -> None:
        super().__init__(errors[0]["title"])
        self.status = status
        self.errors = errors


def invalid(title: str, detail: str) -> ApiError:
    """The request is malformed: 400."""
    return ApiError(400, [entry(400, "VX000", title, detail)])


def invalid_attribute(name: str, rule: str) -> ApiError:
    """An attribute breaks a rule: 400."""
    return invalid("Invalid Attribute", f"The attribute {name} {rule}.")


def conflict(title: str, detail: str) -> ApiError:
    """The request contradicts the state of the data: 409."""
    return ApiError(409, [entry(409, "CX000", title, detail)])


def not_found() -> ApiError:
    """No such resource, or none that the caller may see: 404."""
    return ApiError(404, [entry(404, "NF000", "Resource Not Found")])


def unauthorized(detail: str = "The access token is missing, wrong or expired.") -> ApiError:
    """The credentials are missing, wrong or expired: 401."""
    return ApiError(401, [entry(401, "PX100", "Invalid Credentials", detail)])


def forbidden(detail: str) -> ApiError:
    """The caller lacks a right: 403."""
    return ApiError(403, [entry(403, "PX000", "Invalid Permission", detail)])


def for_status(status: int) -> ApiError:
    """Return the generic error of a status; injected faults and unexpected failures use it."""
    if status == 401:
        return unauthorized()
    if status == 404:
        return not_found()
    title, family = {
        403: ("Invalid Permission", "PX"),
        409: ("Constraint Violation", "CX"),
        429: ("Too Many Requests", "CX"),
    }.get(status, ("Internal Error", "XX") if status >= 500 else ("Invalid Request", "VX"))
    return ApiError(status, [entry(status, f"{family}000", title, "The request could not be carried out.")])
