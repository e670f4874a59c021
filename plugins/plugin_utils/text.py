# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of the service in Ansible's hands: never evaluated, plain where it can be (measured on ansible-core 2.16 to 2.21)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Callable

from ansible.utils.unsafe_proxy import wrap_var

trust_as_template: Any
try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19
    trust_as_template = None

_MARKER = re.compile(r"\{[{%#]|^#jinja2:")
_APART = re.compile(r"\{(?=[{%#])")


def is_template(text: str) -> bool:
    """Tell whether Ansible might take a text for a template: it has a marker, or an override in its first line."""
    return _MARKER.search(text) is not None


def _before_tags(text: str) -> Any:
    # Untouched text is evaluated in inventory variables; wrapped text is not, but shows as __ansible_unsafe.
    return wrap_var(text) if is_template(text) else text


def _with_tags(text: str) -> Any:
    # Text without a tag is never evaluated, but shows as __ansible_unsafe in exports.
    return text if is_template(text) else trust_as_template(text)


# The same few names stand in the variables of very many hosts.
_plain: Callable[[str], Any] = lru_cache(65536)(_before_tags if trust_as_template is None else _with_tags)


def apart(text: str) -> str:
    """Return a text whose template markers are taken apart, for systems that evaluate what they import."""
    text = _APART.sub("{ ", text)
    return f" {text}" if text.startswith("#jinja2:") else text


def plain(value: Any) -> Any:
    """Return a value of the service so that Ansible shows it as it is and never evaluates it."""
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) if isinstance(item, str) else plain(item) for name, item in value.items()}
    return value
