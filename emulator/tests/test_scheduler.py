# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scheduler: order, scale, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from impcentral_emulator.scheduler import Scheduler


def scheduler(scale: float) -> Scheduler:
    return Scheduler(lambda: scale, contextlib.nullcontext)


def test_scale_zero_runs_all_at_once_in_the_order_of_delays():
    done: list[str] = []
    later = scheduler(0)

    def first() -> None:
        done.append("first")
        later.after(1, done.append, "from first")

    later.after(2, done.append, "last")
    later.after(0, first)
    assert done == []
    later.settle()
    assert done == ["first", "from first", "last"]


def test_a_running_loop_runs_what_is_due():
    async def scenario() -> list[int]:
        done: list[int] = []
        over = asyncio.Event()
        later = scheduler(0.01)
        later.start()
        later.after(3, over.set)
        later.after(2, done.append, 2)
        later.after(1, done.append, 1)
        later.settle()
        assert done == []
        await asyncio.wait_for(over.wait(), 5)
        later.stop()
        return done

    assert asyncio.run(scenario()) == [1, 2]


def test_what_is_stopped_does_not_run():
    async def scenario() -> list[int]:
        done: list[int] = []
        later = scheduler(0.001)
        later.start()
        later.after(1, done.append, 1)
        later.stop()
        later.start()
        over = asyncio.Event()
        later.after(2, over.set)
        await asyncio.wait_for(over.wait(), 5)
        later.stop()
        return done

    assert asyncio.run(scenario()) == []


def test_an_action_that_fails_does_not_hold_up_the_others():
    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        over = asyncio.Event()
        later = scheduler(0.001)
        later.start()
        later.after(1, [].pop)
        later.after(2, over.set)
        await asyncio.wait_for(over.wait(), 5)
        later.stop()

    asyncio.run(scenario())


def test_a_failure_at_scale_zero_is_told():
    later = scheduler(0)
    later.after(1, [].pop)
    with pytest.raises(IndexError):
        later.settle()
