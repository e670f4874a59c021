# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tree of errors, and the one table that maps an answer of the service to an error of it.

No other file looks at a status code: exceptions say whether and when a request may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import mask_document, mask_url


class ImpCentralError(Exception):
    """Any error of this collection that a user can act on."""


class InvalidDataError(ImpCentralError):
    """Wrong use, noticed before any request was sent."""


class ReadOnlyError(InvalidDataError):
    """A writing request was refused, because the client was told only to read."""


class ImpCentralApiError(ImpCentralError):
    """The service refused a request, or gave no usable answer.

    The message is ``title: detail`` of every error that the service sent, or a sentence about the answer.

    :ivar status_code: HTTP status, None without an answer. :ivar errors: the service's errors, secrets masked.
    :ivar body: the answer, parsed or as text, secrets masked. :ivar retryable: whether a repetition may help.
    :ivar retry_after: seconds that the service asks to wait, if it does. :ivar executed: whether the request may
        have taken effect: True, False, or None when that is not known. :ivar method, path: the request.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        errors: Sequence[dict[str, Any]] = (),
        body: Any = None,
        retryable: bool = False,
        retry_after: float | None = None,
        executed: bool | None = False,
        method: str = "",
        path: str = "",
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.errors = list(errors)
        self.body = body
        self.retryable = retryable
        self.retry_after = retry_after
        self.executed = executed
        self.method = method
        self.path = path

    def reworded(self, message: str, kind: type[ImpCentralApiError] | None = None) -> ImpCentralApiError:
        """Return the same error with another message and, if given, of another class."""
        error = (kind or type(self))(message)
        error.__dict__.update(self.__dict__)
        return error


class AuthenticationError(ImpCentralApiError):
    """A token, a credential or a password was refused."""


class AccountPasswordError(AuthenticationError):
    """The password of the account, which writing login keys takes besides the sign-in, was refused."""


class OneTimePasswordError(ImpCentralApiError):
    """The account asks for a one-time password as well (403 with code PX200, contract 2.1.1)."""

    _login_token: str | None = None

    @property
    def login_token(self) -> str | None:
        """Return the short-lived token for the second step. It is a secret: no message shows it."""
        return self._login_token


class PermissionDeniedError(ImpCentralApiError):
    """The account may not do this."""


class NotFoundError(ImpCentralApiError):
    """No such resource, or one that the account may not see."""


class ConflictError(ImpCentralApiError):
    """The state of other things forbids the request: a name is taken, something depends on it, a limit is reached."""


class CompileError(ImpCentralApiError):
    """The source of a deployment does not compile. ``messages``: list of file, row, column, text, type."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Return the compiler's messages."""
        keys = ("file", "row", "column", "text", "type")
        return [{key: one.get(key) for key in keys} for error in self.errors for one in _compiler_messages(error)]


class RateLimitError(ImpCentralApiError):
    """Too many requests. It was not executed, so it may be repeated after ``retry_after`` seconds."""


class ServiceError(ImpCentralApiError):
    """The service has a fault (5xx), or its answer cannot be understood."""


class ConnectionFailedError(ImpCentralApiError):
    """No answer at all. ``reason``: dns, refused, timeout, reset, tls, proxy or other."""

    reason = "other"


class _Row(NamedTuple):
    """One row of the table: an answer that fits every cell that is not empty is an error of this class."""

    statuses: range
    code: str
    title: str
    kind: type[ImpCentralApiError]


_REFUSED = range(400, 500)
# The first row that fits wins. Which status goes with a constraint is not certain, so its title decides too
# (contract 1.8); no other codes than these two may be relied on.
_TABLE = (
    _Row(range(403, 404), "PX200", "", OneTimePasswordError),
    _Row(_REFUSED, "CX005", "", CompileError),
    _Row(_REFUSED, "", "Invalid Permission", PermissionDeniedError),
    _Row(_REFUSED, "", "Duplicate Resource", ConflictError),
    _Row(_REFUSED, "", "Dependent Devicegroups Exist", ConflictError),
    _Row(_REFUSED, "", "Flagged Deployments Exist", ConflictError),
    _Row(_REFUSED, "", "Resource Flagged", ConflictError),
    _Row(_REFUSED, "", "Account Limit Reached", ConflictError),
    _Row(range(401, 402), "", "", AuthenticationError),
    _Row(range(403, 404), "", "", PermissionDeniedError),
    _Row(range(404, 405), "", "", NotFoundError),
    _Row(range(409, 410), "", "", ConflictError),
    _Row(range(429, 430), "", "", RateLimitError),
    _Row(range(500, 600), "", "", ServiceError),
)
_PASSING = frozenset((429, 502, 503, 504))


def is_success(status: int) -> bool:
    """Tell whether a status is a success: any 2xx (contract 1.8)."""
    return 200 <= status < 300


def is_redirect(status: int) -> bool:
    """Tell whether an answer points elsewhere."""
    return 300 <= status < 400


def keeps_method(status: int) -> bool:
    """Tell whether a redirect wants the same request repeated with its body."""
    return status in (307, 308)


def from_answer(
    method: str, path: str, status: int, headers: Mapping[str, str], body: Any, mask: Any = mask_document
) -> ImpCentralApiError:
    """Return the error that an unsuccessful answer means.

    :param body: the parsed body, or its text. :param mask: hides secrets in what the service sent.
    """
    sent = _errors(body)
    errors = [error for error in mask(sent) if isinstance(error, dict)]
    kind = _kind(status, errors)
    error = kind(
        "; ".join(describe(one) for one in errors) or _sentence(method, path, status, mask(body)),
        status_code=status,
        errors=errors,
        body=mask(body),
        retryable=status in _PASSING,
        retry_after=_retry_after(headers) if kind is RateLimitError else None,
        executed=None if status >= 500 else False,
        method=method,
        path=mask_url(path),
    )
    if isinstance(error, OneTimePasswordError):
        metas = [one.get("meta") for one in sent]
        error._login_token = next(
            (meta["login_token"] for meta in metas if isinstance(meta, dict) and "login_token" in meta), None
        )
    return error


def broken_answer(method: str, path: str, status: int, what: str, retryable: bool = True) -> ServiceError:
    """Return the error for a success whose body is unusable: nobody knows whether the request took effect."""
    return ServiceError(
        f"{method} {mask_url(path)}: the service answered HTTP {status} {what}",
        status_code=status,
        retryable=retryable,
        executed=None,
        method=method,
        path=mask_url(path),
    )


def connection_failed(
    method: str, path: str, reason: str, what: str, executed: bool | None, retryable: bool = True
) -> ConnectionFailedError:
    """Return the error for a request without an answer. :param what: the rest of the sentence."""
    error = ConnectionFailedError(
        f"{method} {mask_url(path)}: {what}",
        retryable=retryable,
        executed=executed,
        method=method,
        path=mask_url(path),
    )
    error.reason = reason
    return error


def describe(error: Mapping[str, Any]) -> str:
    """Return ``title: detail`` of one error or warning of the service, with the compiler's messages behind it."""
    parts = [str(error[key]) for key in ("title", "detail") if error.get(key)]
    text = ": ".join(parts) or str(error.get("code") or error.get("status") or "unknown error")
    places = [
        f"{one.get('file')} row {one.get('row')} column {one.get('column')}: {one.get('text')}"
        for one in _compiler_messages(error)
    ]
    return f"{text} ({', '.join(places)})" if places else text


def all_not_found(error: ImpCentralApiError) -> bool:
    """Tell whether every single error says 404: devices to be removed were no members (contract 2.4.8)."""
    return bool(error.errors) and all(str(one.get("status")) == "404" for one in error.errors)


def _kind(status: int, errors: Sequence[Mapping[str, Any]]) -> type[ImpCentralApiError]:
    codes = {str(error.get("code")) for error in errors}
    titles = " ".join(str(error.get("title")) for error in errors)
    for row in _TABLE:
        if status in row.statuses and (not row.code or row.code in codes) and row.title in titles:
            return row.kind
    return ImpCentralApiError


def _errors(body: Any) -> list[dict[str, Any]]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _compiler_messages(error: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    meta = error.get("meta")
    return (one for one in meta if isinstance(one, dict)) if isinstance(meta, list) else iter(())


def _sentence(method: str, path: str, status: int, body: Any) -> str:
    said = f"{method} {mask_url(path)}: the service answered HTTP {status}"
    if isinstance(body, dict) and body.get("message"):
        return f"{said}: {body['message']}"
    if not body:
        return f"{said} with an empty body"
    if isinstance(body, str):
        return f"{said} with {'an HTML page' if is_html(body) else 'something that is not JSON'}"
    return f"{said} without saying why"


def is_html(text: str) -> bool:
    """Tell whether a body is a web page: that of a proxy, a gateway or a wrong endpoint."""
    return text.lstrip()[:1] == "<"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    # Seconds in both (contract 1.9); at least one, since the bucket needs that long to fill.
    for name in ("Retry-After", "X-RateLimit-Reset"):
        try:
            return max(1.0, float(headers[name]))
        except (KeyError, ValueError):
            continue
    return None


_ADVICE: dict[type[ImpCentralError], str] = {
    AuthenticationError: (
        "Check the credentials: access_token, login_key, refresh_token, or username and password, given as options, "
        "as variables IMPCENTRAL_ACCESS_TOKEN and so on, or in auth_file."
    ),
    AccountPasswordError: (
        "Give the account's password as account_password or IMPCENTRAL_ACCOUNT_PASSWORD; without one, password is used."
    ),
    OneTimePasswordError: "Give a fresh one as otp or IMPCENTRAL_OTP, or use a login key, which needs none.",
    PermissionDeniedError: "Ask the owner of the account for a role that may do this, or use another credential.",
    NotFoundError: "Check the id, and that this account may see the resource.",
    ConflictError: "Change the name, or remove what the message names, and try again.",
    CompileError: "Correct the code and try again; nothing was deployed.",
    RateLimitError: "Run fewer tasks at once, or raise max_wait.",
    ServiceError: "Try again later; if it stays, check the endpoint and the state of the service.",
}
_CONNECTION_ADVICE = {
    "dns": "Check the host name in endpoint, and the name resolution of this machine.",
    "refused": "Check host and port in endpoint, and that the service runs there.",
    "timeout": "Check the network, or raise timeout.",
    "tls": "If the service has its own certificate authority, name its file in ca_path.",
    "proxy": "Check the proxy in the variables HTTPS_PROXY and NO_PROXY.",
}


def advice(error: ImpCentralError) -> str:
    """Return one sentence that says what to try, empty if the message itself does."""
    if isinstance(error, ConnectionFailedError):
        return _CONNECTION_ADVICE.get(error.reason, "Check the network and try again.")
    return next((_ADVICE[kind] for kind in type(error).__mro__ if kind in _ADVICE), "")
