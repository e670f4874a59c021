# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pytest fixture, as users have it."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import json
from urllib.request import Request, urlopen

import pytest


def products(impcentral, name=None):
    credentials = {"id": impcentral.environment["IMPCENTRAL_USERNAME"],
                   "password": impcentral.environment["IMPCENTRAL_PASSWORD"]}
    token = json.load(urlopen(Request(impcentral.endpoint + "/auth", json.dumps(credentials).encode(),
                                      {"Content-Type": "application/json"})))["access_token"]
    body = name and json.dumps({"data": {"type": "product", "attributes": {"name": name}}}).encode()
    return json.load(urlopen(Request(impcentral.endpoint + "/products", body,
                                     {"Authorization": "Bearer " + token})))["data"]


@pytest.mark.parametrize("attempt", range(2))
def test_each_test_begins_anew(impcentral, attempt):
    assert impcentral.administer("GET", "/options")["latency"] == 0
    assert impcentral.administer("GET", "/journal") == []
    assert products(impcentral) == []
    products(impcentral, "a product")
    impcentral.administer("POST", "/options", {"latency": 1})


def test_the_devices_are_there(impcentral):
    assert len(impcentral.devices) == DEVICES
    assert impcentral.administer("GET", "/state")["counts"]["devices"] == DEVICES
    assert impcentral.administer("GET", "/options")["rate_limit"] == RATE_LIMIT
    assert impcentral.administer("GET", "/options")["two_factor"] is TWO_FACTOR
"""


def suite(devices: int, rate_limit: int, two_factor: bool) -> str:
    text = SUITE.replace("DEVICES", str(devices)).replace("RATE_LIMIT", str(rate_limit))
    return text.replace("TWO_FACTOR", str(two_factor))


def test_defaults(pytester: pytest.Pytester):
    pytester.makepyfile(suite(20, 40, False))
    pytester.runpytest().assert_outcomes(passed=3)


def test_options(pytester: pytest.Pytester):
    pytester.makeini("[pytest]\nimpcentral_options =\n    devices=3\n    rate_limit = 0\n    two_factor\n")
    pytester.makepyfile(suite(3, 0, True))
    pytester.runpytest("-k", "devices").assert_outcomes(passed=1)
