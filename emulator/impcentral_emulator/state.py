# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's state: options, clock, identifiers, and the parts that share them."""

from __future__ import annotations

import base64
import hashlib
import random
import time
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any

from . import deliveries, simulation, streams
from .database import SCHEMA, Database
from .errors import invalid
from .faults import Faults
from .journal import Journal
from .limits import RateLimiter

FIXED_OPTIONS = {"db", "devices", "seed"}


@dataclass
class Options:
    """What can be adjusted; all but ``db``, ``devices`` and ``seed`` also at run time."""

    db: str = ":memory:"
    devices: int = 0
    seed: str | None = None
    rate_limit: int = 40  # requests per second and account, 0 = no limit
    unblessing_limit: int = 0  # removals from production groups per second and account, 0 = no limit of their own
    latency: int = 0  # milliseconds before each answer
    login_key_limit: int = 5
    refresh_token_limit: int = 5
    token_lifetime: int = 3600  # seconds
    two_factor: bool = False  # a password alone signs nobody in
    code_limit: int = 1_000_000  # bytes of a deployment's two sources
    device_name_limit: int = 140
    deployment_text_limit: int = 255  # description and origin
    time_scale: float = 1.0  # factor of all delays of simulated devices, 0 = at once
    log_limit: int = 1000  # entries kept for each device
    stream_limit: int = 8  # log streams of an account
    stream_device_limit: int = 8  # devices of a log stream
    keep_alive: float = 20.0  # seconds between keep-alive lines of a log stream

    def change(self, values: dict[str, Any]) -> None:
        """Set options at run time; raises `ApiError` for an unknown or fixed name or a value of another type."""
        known = {option.name for option in fields(self)} - FIXED_OPTIONS
        checked = {}
        for name, value in values.items():
            if name not in known:
                raise invalid("Invalid Option", f"There is no option {name} that can be changed.")
            kind, given = type(getattr(self, name)), type(value)
            if given not in ((float, int) if kind is float else (kind,)) or value < 0:
                raise invalid("Invalid Option", f"The option {name} must be a {kind.__name__}, at least 0.")
            checked[name] = kind(value)
        for name, value in checked.items():
            setattr(self, name, value)


class Clock:
    """Wall clock time; no two stamps are equal, so that they order what they are put on."""

    def __init__(self) -> None:
        self._last = 0

    @staticmethod
    def now() -> float:
        """Return the time in seconds since the epoch."""
        return time.time()

    def stamp(self) -> str:
        """Return the present as a timestamp of the API, later than every one before."""
        self._last = max(int(time.time() * 1000), self._last + 1)
        return self.format(self._last / 1000)

    @staticmethod
    def format(seconds: float) -> str:
        """Return a time as ISO 8601 in UTC with milliseconds and ``Z``."""
        moment = datetime.fromtimestamp(round(seconds * 1000) / 1000, timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Identifiers:
    """Makes identifiers in the service's formats; the same seed gives the same sequence."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def resource(self) -> str:
        """Return an id in 8-4-4-4-12 form (no UUID version)."""
        text = self.hexadecimal(32)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hexadecimal(self, digits: int) -> str:
        """Return so many hexadecimal digits."""
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    @staticmethod
    def plan(device_id: str, owner_id: str) -> str:
        """Return the plan id of a device that the owner assigns; it is always the same."""
        return hashlib.sha256(f"plan {owner_id} {device_id}".encode()).hexdigest()[:16]

    @staticmethod
    def agent(device_id: str, plan_id: str) -> str:
        """Return the agent id that belongs to a device under a plan."""
        return base64.urlsafe_b64encode(hashlib.sha256(f"agent {plan_id} {device_id}".encode()).digest()[:9]).decode()


class Emulator:
    """Everything that the parts of one emulator share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.db = Database(options.db, [SCHEMA, simulation.SCHEMA])
        self.clock = Clock()
        self.journal = Journal()
        self.faults = Faults()
        self.limits = RateLimiter(lambda: self.options.rate_limit)
        self.unblessing_limits = RateLimiter(lambda: self.options.unblessing_limit)
        self.ids = Identifiers("")
        self.world = simulation.World(self)
        self.deliveries = deliveries.Deliveries(self)
        self.streams = streams.Streams()

    def now(self) -> str:
        """Return the present as a timestamp of the API, later than every one before."""
        return self.clock.stamp()
