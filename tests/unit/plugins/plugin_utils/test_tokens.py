# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import multiprocessing
import os
import stat

import pytest

from ansible_collections.electricimp.impcentral.plugins.plugin_utils.tokens import RunTokens

TOKEN = {"access_token": "access-1", "expires_at": "2099-01-01T00:00:00.000Z", "renew_at": 1.5}


def test_a_token_is_kept(tmp_path):
    tokens = RunTokens(str(tmp_path))
    with tokens.locked("a1b2") as slot:
        assert slot.get() is None
        slot.put(TOKEN)
        assert slot.get() == TOKEN
    with RunTokens(str(tmp_path)).locked("a1b2") as slot:
        assert slot.get() == TOKEN
    with tokens.locked("c3d4") as slot:
        assert slot.get() is None


def test_only_the_user_can_read_it(tmp_path):
    before = os.umask(0)
    try:
        with RunTokens(str(tmp_path)).locked("a1b2") as slot:
            slot.put(TOKEN)
    finally:
        os.umask(before)
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert files == {"a1b2.json": 0o600, "a1b2.lock": 0o600}


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"'])
def test_a_file_that_is_no_token_counts_as_none(tmp_path, content):
    (tmp_path / "a1b2.json").write_text(content)
    with RunTokens(str(tmp_path)).locked("a1b2") as slot:
        assert slot.get() is None


def test_the_lock_ends_with_an_error(tmp_path):
    tokens = RunTokens(str(tmp_path))
    with pytest.raises(RuntimeError), tokens.locked("a1b2"):
        raise RuntimeError
    with tokens.locked("a1b2") as slot:
        slot.put(TOKEN)


def sign_in_unless_kept(folder, results):
    with RunTokens(folder).locked("a1b2") as slot:
        kept = slot.get()
        if kept is None:
            slot.put(TOKEN)
    results.put(kept is None)


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_of_many_processes_one_signs_in(tmp_path):
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    workers = [context.Process(target=sign_in_unless_kept, args=(str(tmp_path), results)) for _number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(results.get() for _worker in workers) == [False] * 7 + [True]
