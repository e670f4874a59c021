# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of the service is never a template."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.electricimp.impcentral.plugins.plugin_utils.text import apart, is_template, plain

TEMPLATES = ["{{ 1 + 1 }}", "{% set a = 1 %}", "{# x #}", "#jinja2:trim_blocks:False\n{{ 1 }}", "a {{"]
OTHERS = ["", "plain", "{ { 1 } }", "# jinja2:", "a #jinja2:", "}}", "100%}"]


@pytest.mark.parametrize("text", TEMPLATES + OTHERS)
def test_text_comes_back_as_it_is(text: str) -> None:
    templar = Templar(loader=DataLoader(), variables={"text": plain(text), "nested": plain({"a": [text]})})
    assert str(templar.template(plain(text))) == text
    assert is_template(text) is (text in TEMPLATES)


@pytest.mark.parametrize("text", TEMPLATES)
def test_markers_are_taken_apart(text: str) -> None:
    assert not is_template(apart(text))
    assert apart(text).replace("{ ", "{").strip() == text.replace("{ ", "{").strip()


@pytest.mark.parametrize("text", OTHERS)
def test_other_text_stays(text: str) -> None:
    assert apart(text) == text
    assert plain(text) == text and type(plain(text)).__name__ in ("str", "_AnsibleTaggedStr")


def test_what_is_no_text_stays() -> None:
    assert plain({"a": [1, None, True, "b"]}) == {"a": [1, None, True, "b"]}
