# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials come from: options, environment, the official tool's file."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Callable, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ACCESS_TOKEN, LOGIN_KEY, REFRESH_TOKEN, PASSWORD = "access_token", "login_key", "refresh_token", "password"
# In the order in which they count within one source.
_TOKENS = (ACCESS_TOKEN, LOGIN_KEY, REFRESH_TOKEN)
# option -> key of the official command line tool's file
_FILE_KEYS = {ACCESS_TOKEN: "accessToken", LOGIN_KEY: "loginKey", REFRESH_TOKEN: "refreshToken", "endpoint": "endpoint"}
# A token with less than this many seconds left is renewed before it is used (contract 1.10).
_EARLY = 180.0
NO_CREDENTIAL = (
    "no credentials: give one of access_token, login_key, refresh_token, or username and password as options, or in "
    "the environment as IMPCENTRAL_ACCESS_TOKEN, IMPCENTRAL_LOGIN_KEY, IMPCENTRAL_REFRESH_TOKEN, or "
    "IMPCENTRAL_USERNAME and IMPCENTRAL_PASSWORD, or name the official tool's file in auth_file or IMPCENTRAL_AUTH_FILE."
)


class Token(NamedTuple):
    """An access token. ``expires_at`` is the service's text, ``renew_at`` the local time (seconds since the epoch)."""

    text: str
    expires_at: str | None = None
    renew_at: float | None = None

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at!r})"

    @property
    def fresh(self) -> bool:
        """Tell whether it can still be used for a while; one of unknown age can, until it is refused."""
        return self.renew_at is None or time.time() < self.renew_at

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Token:
        """Return the token of a sign-in's answer (contract 2.1.1). The clocks need not agree: its lifetime counts."""
        expires_at = answer.get("expires_at")
        lifetime = answer.get("expires_in")
        if not isinstance(lifetime, (int, float)):
            return cls.known(answer["access_token"], expires_at)
        return cls(answer["access_token"], expires_at, time.time() + lifetime - min(_EARLY, lifetime / 2))

    @classmethod
    def known(cls, text: str, expires_at: str | None) -> Token:
        """Return a token of which no more is known than when the service says that it expires."""
        moment = _epoch(expires_at)
        return cls(text, expires_at, None if moment is None else moment - _EARLY)

    @classmethod
    def kept(cls, stored: Mapping[str, Any] | None) -> Token | None:
        """Return the token that a store kept, None if it kept none."""
        if not stored or not stored.get("access_token"):
            return None
        if stored.get("renew_at") is None:
            return cls.known(stored["access_token"], stored.get("expires_at"))
        return cls(stored["access_token"], stored.get("expires_at"), stored["renew_at"])

    def as_dict(self) -> dict[str, Any]:
        """Return what a store keeps: ``access_token``, ``expires_at``, ``renew_at``."""
        return {"access_token": self.text, "expires_at": self.expires_at, "renew_at": self.renew_at}


class Credential(NamedTuple):
    """One way to sign in. ``kind``: access_token, login_key, refresh_token or password; ``source``: for messages."""

    kind: str
    source: str
    secret: str
    username: str = ""
    otp: str | None = None
    endpoint: str | None = None
    token: Token | None = None

    def __repr__(self) -> str:
        return f"Credential(kind={self.kind!r}, source={self.source!r})"

    def fingerprint(self, endpoint: str) -> str:
        """Return a hash under which tokens of this credential are kept; it tells nothing about the secret."""
        parts = json.dumps([endpoint, self.kind, self.username, self.secret])
        return hashlib.sha256(parts.encode()).hexdigest()[:32]


def choose_credential(
    options: Mapping[str, Any], environ: Mapping[str, str], read_file: Callable[[str], str]
) -> Credential | None:
    """Return the credential of the first source that holds a complete one: options, environment, ``auth_file``.

    Sources are never mixed; an empty value counts as unset. None means that there is none at all.

    :raises InvalidDataError: two kinds in the options, half a password sign-in there, an unreadable ``auth_file``.
    """
    _check_options(options)
    variables = {
        name: environ.get(f"IMPCENTRAL_{name.upper()}") for name in (*_TOKENS, "username", PASSWORD, "otp", "auth_file")
    }
    # A one-time password is no credential of its own: it can come with a task for a password from the environment.
    variables["otp"] = options.get("otp") or variables["otp"]
    found = _from_source(options, "the options") or _from_source(variables, "the environment")
    file = options.get("auth_file") or variables["auth_file"]
    return found or (_from_file(file, read_file) if file else None)


def _check_options(options: Mapping[str, Any]) -> None:
    given = [name for name in _TOKENS if options.get(name)]
    half = [name for name in ("username", PASSWORD) if options.get(name)]
    if len(given) + bool(half) > 1:
        raise InvalidDataError(f"{', '.join(given + half)}: give only one kind of credential.")
    if len(half) == 1:
        missing = PASSWORD if half == ["username"] else "username"
        raise InvalidDataError(f"{half[0]} is given without {missing}: both are needed to sign in.")


def _from_source(values: Mapping[str, Any], source: str) -> Credential | None:
    for kind in _TOKENS:
        secret = (values.get(kind) or "").strip()
        if secret:
            return Credential(kind, f"{kind} from {source}", secret)
    if values.get("username") and values.get(PASSWORD):
        otp = (values.get("otp") or "").strip() or None
        return Credential(PASSWORD, f"username and password from {source}", values[PASSWORD], values["username"], otp)
    return None


def _from_file(file: str, read_file: Callable[[str], str]) -> Credential | None:
    try:
        content = json.loads(read_file(file))
    except OSError as error:
        raise InvalidDataError(f"the auth_file {file!r} cannot be read: {error.strerror or error}.") from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InvalidDataError(f"the auth_file {file!r} is not a file of the official tool: it holds no JSON object.")
    values = {name: str(content.get(key) or "") for name, key in _FILE_KEYS.items()}
    token = Token.known(values[ACCESS_TOKEN], content.get("expiresAt"))
    # The file's access token is used while it lasts; what renews it stands beside it.
    renewing = _from_source({**values, ACCESS_TOKEN: ""}, f"auth_file {file!r}")
    found = renewing or _from_source(values, f"auth_file {file!r}")
    if found is None:
        raise InvalidDataError(f"the auth_file {file!r} holds no credentials.")
    return found._replace(endpoint=values["endpoint"] or None, token=token if token.text and token.fresh else None)


def _epoch(text: Any) -> float | None:
    """Return an ISO 8601 timestamp as seconds since the epoch, None when it is none."""
    try:
        stamp = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=timezone.utc)).timestamp()
