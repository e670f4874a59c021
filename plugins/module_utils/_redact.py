# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep secrets out of everything that a person may read: messages, results, logs, traces."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

MASK = "********"
# A very short secret is hidden where it stands alone: replaced everywhere it would garble ordinary words.
_SHORT = 4
_SECRET_KEYS = frozenset(("access_token", "refresh_token", "login_token", "password", "token", "key"))
_USER_INFO = re.compile(r"(?<=://)[^/?#\s\"']*@")
_STREAM_ID = re.compile(r"(?<=/logstream/)[^/?#\s\"']+")
_SECRET_ID = re.compile(r"(?<=/login_keys/)[^/?#\s\"']+|(?<=/refresh_tokens/)[^/?#\s\"']+")


class Secrets:
    """A set of texts to hide. Safe for use from several threads."""

    def __init__(self, texts: Iterable[str | None] = ()) -> None:
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()
        for text in texts:
            self.add(text)

    def add(self, text: str | None) -> None:
        """Hide this text from now on, also as it looks in a URL and in JSON; None and an empty text are ignored."""
        if not text:
            return
        with self._lock:
            if text not in self._texts:
                self._texts.add(text)
                self._pattern = None

    def mask(self, value: Any) -> Any:
        """Return a text or a structure of dictionaries and lists with every secret replaced; other values as given."""
        pattern = self._compiled()
        return value if pattern is None else _masked(value, pattern)

    def _compiled(self) -> re.Pattern[str] | None:
        # Most tasks learn secrets and have nothing to mask, so the pattern is made when it is needed.
        with self._lock:
            if self._pattern is None and self._texts:
                texts = {spelling for text in self._texts for spelling in _spellings(text)}
                self._pattern = re.compile("|".join(map(_expression, sorted(texts, key=len, reverse=True))))
            return self._pattern


def _masked(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, dict):
        return {_masked(key, pattern): _masked(item, pattern) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_masked(item, pattern) for item in value)
    return value


def _spellings(text: str) -> tuple[str, ...]:
    return text, quote(text, safe=""), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


def _expression(text: str) -> str:
    return re.escape(text) if len(text) >= _SHORT else rf"(?<!\w){re.escape(text)}(?!\w)"


def mask_url(text: str) -> str:
    """Return a URL or path without its user-info, and without an id that is a secret.

    Those are the id of a log stream (``/logstream/<id>``), of a login key and of a refresh token.
    """
    text = _STREAM_ID.sub(MASK, _USER_INFO.sub(MASK + "@", text))
    return _SECRET_ID.sub(lambda found: MASK + last_four(found.group()), text)


def mask_document(document: Any) -> Any:
    """Return a document of the service, or one sent to it, without what is secret by its place.

    Hidden are tokens and passwords, the ids of login keys and log streams, the values of ``env_vars``, and in URLs
    what :func:`mask_url` hides.
    """
    if isinstance(document, list):
        return [mask_document(item) for item in document]
    if isinstance(document, str):
        return mask_url(document)
    if not isinstance(document, dict):
        return document
    shown: dict[str, Any] = {}
    for name, value in document.items():
        if value and (name in _SECRET_KEYS or (name == "id" and document.get("type") in ("login_key", "logstream"))):
            shown[name] = MASK
        elif name == "env_vars" and isinstance(value, dict):
            shown[name] = dict.fromkeys(value, MASK)
        else:
            shown[name] = mask_document(value)
    return shown


def fingerprint(value: Any) -> str:
    """Return eight hexadecimal digits that change when a value does, for showing instead of the value."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def last_four(secret: str) -> str:
    """Return the last four characters of a secret; nothing of one so short that they would give it away."""
    return secret[-4:] if len(secret) >= 12 else ""
