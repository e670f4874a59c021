# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs an emulator: ``python -m impcentral_emulator``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from . import seeding
from .admin import BASE as ADMIN_BASE
from .app import create_app
from .documents import BASE
from .server import Connections, run
from .state import Emulator, Options

_HELP = {
    "db": "file of the database; what it holds already is kept (default: in memory)",
    "devices": "devices of a new database",
    "seed": "text that determines all ids and credentials of a new database (default: by chance)",
    "rate_limit": "requests per second and account, 0 = no limit",
    "unblessing_limit": "removals from production groups per second and account, 0 = no limit of their own",
    "latency": "milliseconds before each answer",
    "login_key_limit": "login keys of an account",
    "refresh_token_limit": "refresh tokens of an account",
    "token_lifetime": "seconds until an access token expires",
    "two_factor": "ask for a one-time password when somebody signs in with a password",
    "code_limit": "bytes of a deployment's code",
    "device_name_limit": "characters of a device's name",
    "deployment_text_limit": "characters of a deployment's description and origin",
    "time_scale": "factor of the delays of simulated devices, 0 = at once",
    "log_limit": "log entries kept for each device",
    "stream_limit": "log streams of an account",
    "stream_device_limit": "devices of a log stream",
    "keep_alive": "seconds between keep-alive lines of a log stream",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="impcentral-emulator", description="A local impCentral.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on, 0 = any free one (default)")
    for option in fields(Options):
        flag, text = f"--{option.name.replace('_', '-')}", _HELP[option.name]
        if isinstance(option.default, bool):
            parser.add_argument(flag, action="store_true", help=text)
        else:
            kind = str if option.default is None else type(option.default)
            parser.add_argument(flag, type=kind, default=option.default, help=text)
    return parser


def _ready(emulator: Emulator, url: str) -> dict[str, Any]:
    """Return what a user needs to know to begin."""
    account = seeding.main_account(emulator)
    devices = emulator.db.all("SELECT id FROM devices ORDER BY rowid")
    return {
        "endpoint": url + BASE,
        "admin": url + ADMIN_BASE,
        "username": account["username"],
        "email": account["email"],
        "password": account["password"],
        "account_id": account["id"],
        "unbond_key": account["unbond_key"],
        "otp": account["otp"],
        "devices": [row["id"] for row in devices],
        "pid": os.getpid(),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; print one line of JSON when ready."""
    values = vars(_parser().parse_args(arguments))
    host, port = values.pop("host"), values.pop("port")
    emulator, connections = Emulator(Options(**values)), Connections()
    run(
        create_app(emulator, connections.drop),
        connections,
        host,
        port,
        lambda url: _ready(emulator, url),
        emulator.streams.end_all,
    )


if __name__ == "__main__":
    main()
