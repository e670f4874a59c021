# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that live: power, restarts, connection states, and what they log.

No task and no timer belongs to a single device: only devices that somebody touches cost anything.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from . import fleet
from .fleet import SCHEMA, Device
from .programs import OUT_OF_MEMORY, Directive, Program, failure, parse, parse_directive
from .scheduler import Scheduler

__all__ = ["SCHEMA", "World"]

# Seconds, before the time scale.
AGENT_RESTART = 0.3
DEVICE_RETURN = 2.0
RELOAD = 0.1
POSTPONED = 60.0
FLOOD_TICK = 0.1

_PROGRAMS_KEPT = 256
_RANKS_KEPT = 0.5
# A group, the places of its devices, and the time until which they are taken as valid.
_NO_RANKS: tuple[str | None, dict[str, int], float] = (None, {}, 0.0)


class World:
    """The simulated devices of one emulator.

    A restart takes the group's current deployment; so does every start after a power cut. Times are multiplied by the
    option `time_scale`; at 0 everything has happened when a method returns, and what a program does periodically is
    done once.
    """

    def __init__(self, emulator: Any) -> None:
        self._emulator = emulator
        self._db = emulator.db
        self._scheduler = Scheduler(lambda: emulator.options.time_scale, emulator.db.transaction)
        # How often each touched device began anew: what was scheduled in an earlier life is void.
        self._lives: dict[str, int] = {}
        # The sides (device id, whether the agent is meant) whose program died in the present life.
        self._dead: set[tuple[str, bool]] = set()
        self._programs: dict[str, Program] = {}
        self._ranks = _NO_RANKS
        self._stamped_at, self._stamp = 0, ""

    def start(self) -> None:
        """Begin to run what is due; called in the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Drop everything that is still due."""
        self._scheduler.stop()

    def reset(self) -> None:
        """Forget what was under way, after the database was put back to its seed."""
        self._scheduler.clear()
        self._lives.clear()
        self._dead.clear()
        self._programs.clear()
        self._ranks = _NO_RANKS

    # What happens to devices

    def device_assigned(self, device_ids: Iterable[str]) -> None:
        """Reload devices that have just been assigned to a group, perhaps the one that they were in."""
        self._ranks = _NO_RANKS
        self._begin_moment()
        for device_id in device_ids:
            life = self._begin_life(device_id)
            fleet.set_agent(self._db, device_id, True, self._now())
            device = self._device(device_id)
            if not device.reachable:
                fleet.set_runtime(self._db, device_id, pending=True)
            elif device.online:
                self._scheduler.after(RELOAD, self._reload, device_id, life)
            else:
                self._scheduler.after(DEVICE_RETURN, self._boot, device_id, life)
        self._scheduler.settle()

    def device_unassigned(self, device_ids: Iterable[str]) -> None:
        """Stop the programs of devices that have just left their group."""
        self._ranks = _NO_RANKS
        self._begin_moment()
        for device_id in device_ids:
            life = self._begin_life(device_id)
            fleet.set_runtime(self._db, device_id, pending=False, deployment_id=None)
            fleet.set_agent(self._db, device_id, False, self._now())
            device = self._device(device_id)
            if device.reachable and not device.online:
                self._scheduler.after(DEVICE_RETURN, self._boot, device_id, life)
        self._scheduler.settle()

    def restart(self, device_ids: Iterable[str], conditional: bool) -> None:
        """Ask devices to restart.

        Devices without power remember it until they are switched on. With `conditional` a device that runs the
        group's minimum deployment or a newer one may put the restart off, if its program asks for notice.
        """
        self._begin_moment()
        for device_id in device_ids:
            device = self._device(device_id)
            if device.group_id is None:
                continue
            if not device.reachable:
                fleet.set_runtime(self._db, device_id, pending=True)
                if self._is_outdated(device):
                    self._scheduler.after(AGENT_RESTART, self._agent_restarts, device_id)
            elif conditional and not self._is_outdated(device) and (delay := self._postponement(device)):
                self._scheduler.after(delay, self._begin_restart, device_id, self._lives.get(device_id, 0))
            else:
                self._begin_restart(device_id, self._lives.get(device_id, 0))
        self._scheduler.settle()

    def power(self, device_id: str, on: bool) -> None:
        """Switch a device on or off; switching it on also brings back one that never returned from a restart."""
        self._begin_moment()
        device = self._device(device_id)
        if on:
            fleet.set_runtime(self._db, device_id, powered=True, lost=False)
            if not device.online:
                self._boot(device_id, self._begin_life(device_id))
        else:
            self._begin_life(device_id)
            fleet.set_runtime(self._db, device_id, powered=False)
            if device.online:
                self._connection(device_id, False)
        self._scheduler.settle()

    def deployment_created(self, group_id: str, deployment_id: str) -> None:
        """Tell the group's webhooks. Running devices keep what they run until they restart."""
        payload = {"device_group_id": group_id, "deployment_id": deployment_id}
        self._emulator.deliveries.fire(group_id, "deployment", payload)

    def set_script(self, device_id: str, directives: list[str]) -> None:
        """Give a device directives beside those of its program, in force at once; raises DirectiveError."""
        parsed = [parse_directive(text) for text in directives]
        fleet.set_runtime(self._db, device_id, script=json.dumps(directives))
        device = self._device(device_id)
        if device.online and device.group_id is not None:
            self._perform(device, parsed)
        self._scheduler.settle()

    def set_troubleshooting(self, device_id: str, on: bool) -> None:
        """Open or close the log of a production device."""
        fleet.set_runtime(self._db, device_id, troubleshooting=on)

    # Logs

    def logs(self, device_id: str, offset: int, limit: int) -> list[dict]:
        """Return log entries, newest first: `ts`, `type` and `msg` of each; none when the log cannot be read."""
        return fleet.logs(self._db, device_id, offset, limit) if self._device(device_id).has_readable_log else []

    def describe(self, device_id: str) -> dict:
        """Return what the simulation knows of a device and the API does not tell."""
        device = self._device(device_id)
        return {
            "powered": device.powered,
            "lost": device.lost,
            "restart_pending": device.pending,
            "deployment_id": device.deployment_id,
            "troubleshooting": device.troubleshooting,
            "directives": device.script,
        }

    def _write(self, device: Device, type_: str, msg: str) -> None:
        ts = self._now()
        fleet.add_log(self._db, device.id, ts, type_, msg, self._emulator.options.log_limit)
        if device.has_readable_log:
            self._emulator.streams.publish(device.id, device.log_type, ts, type_, msg)

    # A restart, step by step

    def _begin_restart(self, device_id: str, life: int) -> None:
        if self._is_alive(device_id, life):
            self._scheduler.after(AGENT_RESTART, self._goes_down, device_id, self._begin_life(device_id))

    def _goes_down(self, device_id: str, life: int) -> None:
        if not self._is_alive(device_id, life):
            return
        fleet.set_runtime(self._db, device_id, powered=True)
        self._agent_restarts(device_id)
        self._connection(device_id, False)
        device = self._device(device_id)
        directives = self._directives(device)
        if any(directive.verb == "never return" for directive in directives):
            fleet.set_runtime(self._db, device_id, lost=True)
            return
        delay = next((directive.after for directive in directives if directive.verb == "return"), DEVICE_RETURN)
        self._scheduler.after(delay, self._boot, device_id, life)

    def _boot(self, device_id: str, life: int) -> None:
        """Let a device that was off or restarting come up with the group's current deployment."""
        if not self._is_alive(device_id, life) or fleet.find_device(self._db, device_id) is None:
            return
        self._connection(device_id, True)
        device = self._device(device_id)
        if device.group_id is None:
            return
        if device.pending or device.current_deployment_id != device.deployment_id:
            self._agent_restarts(device_id)
        self._load(device_id)

    def _reload(self, device_id: str, life: int) -> None:
        """Let a device take its new group's code; it stays connected."""
        if self._is_alive(device_id, life):
            self._agent_restarts(device_id)
            self._load(device_id)

    def _agent_restarts(self, device_id: str) -> None:
        fleet.set_agent(self._db, device_id, True, self._now())
        device = self._device(device_id)
        self._write(device, "status", "Agent restarted: reload.")
        if device.current_deployment_id != device.deployment_id:
            self._write(device, "status", "Agent restarted: new_bytecode_version.")
            fleet.set_runtime(self._db, device_id, deployment_id=device.current_deployment_id)

    def _load(self, device_id: str) -> None:
        """Let the device side take the agent's deployment and start the program."""
        device = self._device(device_id)
        sha, share = fleet.image(self._db, device.deployment_id)
        if sha != device.device_sha:
            self._write(device, "status", f"Downloading new code; {share:.2f}% program storage used")
        fleet.set_runtime(self._db, device_id, pending=False, device_sha=sha)
        program = self._program(device.deployment_id)
        for line in (*program.agent_lines, *program.device_lines):
            self._write(device, *line)
        self._dead.update(
            (device_id, agent) for agent in (True, False) if (program.agent_fails if agent else program.device_fails)
        )
        self._perform(device, self._directives(device))

    def _connection(self, device_id: str, online: bool) -> None:
        fleet.set_connection(self._db, device_id, online, self._now())
        self._write(self._device(device_id), "status", "Device connected" if online else "Device disconnected")

    # What a program does while it runs

    def _perform(self, device: Device, directives: Iterable[Directive]) -> None:
        life = self._lives.get(device.id, 0)
        for directive in directives:
            if directive.verb in ("log", "error"):
                self._scheduler.after(directive.after, self._speak, device.id, life, directive, 1, directive.every)
            elif directive.verb in ("fail", OUT_OF_MEMORY):
                self._scheduler.after(directive.after, self._fail, device.id, life, directive)
            elif directive.verb == "flood":
                # Bursts of some lines; at scale 0 there is one burst, of one second's worth.
                tick = max(FLOOD_TICK, 1 / directive.rate) if self._emulator.options.time_scale else 1.0
                count = round(directive.rate * tick)
                self._scheduler.after(tick, self._speak, device.id, life, directive, count, tick)

    def _speak(self, device_id: str, life: int, directive: Directive, count: int, interval: float) -> None:
        """Write a directive's line `count` times, and again after the interval unless that is 0."""
        if not self._is_alive(device_id, life, directive.agent):
            return
        device = self._device(device_id)
        side = "agent" if directive.agent else "server"
        for _number in range(count):
            self._write(device, f"{side}.{'error' if directive.verb == 'error' else 'log'}", directive.text)
        if interval and self._emulator.options.time_scale:
            self._scheduler.after(interval, self._speak, device_id, life, directive, count, interval)

    def _fail(self, device_id: str, life: int, directive: Directive) -> None:
        if not self._is_alive(device_id, life, directive.agent):
            return
        self._dead.add((device_id, directive.agent))
        device = self._device(device_id)
        if directive.verb == OUT_OF_MEMORY:
            self._write(device, "lastexitcode", OUT_OF_MEMORY)
            return
        for line in failure(directive.agent, directive.text, directive.place):
            self._write(device, *line)

    # What is known

    def _begin_moment(self) -> None:
        """Let what follows be later than all that was."""
        self._stamped_at = 0

    def _now(self) -> str:
        """Return the time of what happens now: one stamp for each millisecond, so that stamps do not outrun time."""
        millisecond = int(self._emulator.clock.now() * 1000)
        if millisecond != self._stamped_at:
            self._stamped_at, self._stamp = millisecond, self._emulator.clock.stamp()
        return self._stamp

    def _device(self, device_id: str) -> Device:
        return fleet.device(self._db, device_id)

    def _begin_life(self, device_id: str) -> int:
        self._lives[device_id] = self._lives.get(device_id, 0) + 1
        self._dead -= {(device_id, True), (device_id, False)}
        return self._lives[device_id]

    def _is_alive(self, device_id: str, life: int, agent: bool | None = None) -> bool:
        """Say whether a life still lasts and, for a side of the program, whether that runs."""
        return life == self._lives.get(device_id, 0) and (device_id, agent) not in self._dead

    def _is_outdated(self, device: Device) -> bool:
        return fleet.is_older(self._db, device.deployment_id, device.minimum_deployment_id)

    def _postponement(self, device: Device) -> float:
        """Return for how many seconds a device puts a conditional restart off."""
        asked = (directive.after for directive in self._directives(device) if directive.verb == "postpone")
        return next(asked, POSTPONED if self._program(device.deployment_id).polite else 0.0)

    def _program(self, deployment_id: str | None) -> Program:
        if deployment_id is None:
            return parse("", "")
        if deployment_id not in self._programs:
            if len(self._programs) >= _PROGRAMS_KEPT:
                self._programs.clear()
            self._programs[deployment_id] = parse(*fleet.code(self._db, deployment_id))
        return self._programs[deployment_id]

    def _directives(self, device: Device) -> list[Directive]:
        """Return the directives that concern a device, those of its own script first."""
        script = [parse_directive(text) for text in device.script]
        directives = [*script, *self._program(device.deployment_id).directives]
        if all(directive.one_in == 1 for directive in directives):
            return directives
        rank = self._rank(device)
        return [directive for directive in directives if rank % directive.one_in == 0]

    def _rank(self, device: Device) -> int:
        """Return a device's place in its group by id, from 1. A whole group that restarts is counted once."""
        group_id, ranks, until = self._ranks
        if group_id != device.group_id or device.id not in ranks or until < time.monotonic():
            ranks = {member: place for place, member in enumerate(fleet.members(self._db, device.group_id), 1)}
            self._ranks = device.group_id, ranks, time.monotonic() + _RANKS_KEPT
        return ranks[device.id]
