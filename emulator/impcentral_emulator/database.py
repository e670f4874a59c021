# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data of the emulator: SQLite, used synchronously by the one thread of the event loop, so without locks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, username TEXT UNIQUE, email TEXT UNIQUE, password TEXT, tier TEXT, unbond_key TEXT,
    two_factor INTEGER NOT NULL DEFAULT 0, otp TEXT, production_rights INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS collaborators (
    owner_id TEXT, account_id TEXT, role TEXT, PRIMARY KEY (account_id, owner_id)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS access_tokens (token TEXT PRIMARY KEY, account_id TEXT, expires_at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS login_tokens (token TEXT PRIMARY KEY, account_id TEXT, expires_at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refresh_tokens (id TEXT PRIMARY KEY, token TEXT UNIQUE, account_id TEXT, created_at TEXT);
CREATE TABLE IF NOT EXISTS login_keys (
    id TEXT PRIMARY KEY, account_id TEXT, description TEXT, usages INTEGER NOT NULL DEFAULT 0, created_at TEXT);

CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, name TEXT, description TEXT, created_at TEXT, updated_at TEXT, owner_id TEXT, creator_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS products_by_owner ON products (owner_id, name);

CREATE TABLE IF NOT EXISTS device_groups (
    id TEXT PRIMARY KEY, type TEXT, name TEXT, description TEXT, region TEXT, load_code_after_blessing INTEGER,
    env_vars TEXT NOT NULL DEFAULT '{}', created_at TEXT, updated_at TEXT, product_id TEXT, owner_id TEXT,
    creator_id TEXT, current_deployment_id TEXT, min_supported_deployment_id TEXT, production_target_id TEXT,
    dut_target_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS device_groups_by_product ON device_groups (product_id, name);
CREATE INDEX IF NOT EXISTS device_groups_by_owner ON device_groups (owner_id, name);
CREATE INDEX IF NOT EXISTS device_groups_by_production_target ON device_groups (production_target_id);
CREATE INDEX IF NOT EXISTS device_groups_by_dut_target ON device_groups (dut_target_id);

-- group_type, product_id and listed (part of the unfiltered list) repeat what the group says: they carry the indexes.
CREATE TABLE IF NOT EXISTS devices (
    id TEXT PRIMARY KEY, mac_address TEXT UNIQUE, agent_id TEXT UNIQUE, owner_id TEXT, name TEXT, group_id TEXT,
    group_type TEXT, product_id TEXT, listed INTEGER NOT NULL DEFAULT 1, agent_url TEXT, device_online INTEGER,
    device_state_changed_at TEXT, agent_running INTEGER, agent_state_changed_at TEXT, last_enrolled_at TEXT,
    imp_type TEXT, ip_address TEXT, free_memory INTEGER, rssi INTEGER, swversion TEXT, plan_id TEXT);
CREATE INDEX IF NOT EXISTS devices_by_default ON devices (owner_id, listed, id, group_type, group_id, product_id);
CREATE INDEX IF NOT EXISTS devices_by_type ON devices (owner_id, group_type, id, listed, group_id, product_id);
CREATE INDEX IF NOT EXISTS devices_by_group ON devices (group_id, owner_id, id, group_type, product_id);
CREATE INDEX IF NOT EXISTS devices_by_product ON devices (product_id, owner_id, id, group_type);
CREATE TABLE IF NOT EXISTS history (device_id TEXT, timestamp TEXT, event TEXT, owner_id TEXT, actor_id TEXT);
CREATE INDEX IF NOT EXISTS history_by_device ON history (device_id);

CREATE TABLE IF NOT EXISTS deployments (
    id TEXT PRIMARY KEY, sha TEXT, description TEXT, origin TEXT, tags TEXT NOT NULL DEFAULT '[]',
    flagged INTEGER NOT NULL DEFAULT 0, flagger_id TEXT, created_at TEXT, updated_at TEXT, group_id TEXT,
    group_type TEXT, product_id TEXT, owner_id TEXT, creator_id TEXT, device_code TEXT, agent_code TEXT);
CREATE INDEX IF NOT EXISTS deployments_by_group ON deployments (group_id, created_at);
CREATE INDEX IF NOT EXISTS deployments_by_product ON deployments (product_id, created_at);
CREATE INDEX IF NOT EXISTS deployments_by_owner ON deployments (owner_id, created_at);

CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, url TEXT, event TEXT, content_type TEXT, created_at TEXT, updated_at TEXT, group_id TEXT,
    group_type TEXT, product_id TEXT, owner_id TEXT, creator_id TEXT);
CREATE INDEX IF NOT EXISTS webhooks_by_group ON webhooks (group_id);
"""


class Database:
    """One SQLite database, in a file or in memory (``:memory:``).

    ``schemas`` are scripts that create what does not exist yet. Each statement stands alone unless a `transaction`
    encloses it. Nothing is synchronised to the disk: the data survive the process, not the machine.
    """

    def __init__(self, path: str, schemas: Iterable[str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA cache_size = -65536")
        for schema in schemas:
            self._connection.executescript(schema)

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first row of a query, or None."""
        return self._connection.execute(sql, parameters).fetchone()

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; return the number of rows that it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters, in one transaction."""
        with self.transaction():
            self._connection.executemany(sql, rows)

    def insert(self, table: str, values: dict[str, Any]) -> None:
        """Insert one row, given as column names and values."""
        marks = ", ".join("?" * len(values))
        self.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))

    def update(self, table: str, key: str, values: dict[str, Any]) -> None:
        """Change columns of the row with the given id."""
        if values:
            columns = ", ".join(f"{name} = ?" for name in values)
            self.execute(f"UPDATE {table} SET {columns} WHERE id = ?", (*values.values(), key))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the enclosed statements one change: all of them or, after an exception, none. May be nested."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Delete all rows of all tables."""
        with self.transaction():
            for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
                self.execute(f"DELETE FROM {row['name']}")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
