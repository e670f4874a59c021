# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a process: start, stop, its database, its speed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from client import Api, resource

import impcentral_emulator


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_also_with_an_open_stream(number):
    running = impcentral_emulator.start(devices=1)
    with Api(running) as api:
        api.sign_in()
        url = api.call("POST", "/logstream")["data"]["attributes"]["url"]
        with api.http.stream("GET", url) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: state_change"
            os.kill(running.pid, number)
            assert "data: closed" in list(lines)
    assert running.stop() == 0


def test_the_seed_determines_ids_and_credentials():
    with (
        impcentral_emulator.start(devices=3, seed="a") as first,
        impcentral_emulator.start(devices=3, seed="a") as same,
    ):
        for name in ("password", "account_id", "unbond_key", "devices"):
            assert getattr(first, name) == getattr(same, name)
        with impcentral_emulator.start(devices=3) as other:
            assert not set(first.devices) & set(other.devices)


def test_a_file_keeps_the_data(tmp_path):
    database = str(tmp_path / "data.sqlite")
    with impcentral_emulator.start(db=database, devices=2, seed="a") as running, Api(running) as api:
        api.sign_in()
        token = api.http.headers["Authorization"]
        product = api.product("A")
    with impcentral_emulator.start(db=database, devices=9) as again, Api(again) as api:
        assert (again.password, again.devices) == (running.password, running.devices)
        api.http.headers["Authorization"] = token
        assert api.ids("/products") == [product]
        assert api.product("B") != product


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "impcentral_emulator", "--port", str(taken.getsockname()[1])]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stdout == ""


def test_a_wrong_option_is_told():
    with pytest.raises(RuntimeError, match="did not start"):
        impcentral_emulator.start(colour="red")


def test_speed(capsys):
    """The figures are printed, not judged: they depend on the machine."""
    began = time.perf_counter()
    running = impcentral_emulator.start(devices=10_000, rate_limit=0)
    ready = time.perf_counter() - began
    with running, Api(running) as api:
        api.sign_in()
        key = api.product()
        rates = {}
        for name, path in (("product", f"/products/{key}"), ("page of devices", "/devices?page[size]=100")):
            began = time.perf_counter()
            for _dummy in range(200):
                api.raw("GET", path)
            rates[name] = 200 / (time.perf_counter() - began)
        began = time.perf_counter()
        for _dummy in range(200):
            api.call("PATCH", f"/products/{key}", resource("product", {"description": "x"}, key))
        rates["change"] = 200 / (time.perf_counter() - began)
    with capsys.disabled():
        figures = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items())
        print(f"\n10,000 devices: ready in {ready:.2f} s; one client: {figures}")
