# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What collaborators may do with the resources of another account.

The owner may do everything with its own, but groups beyond development need an account with production rights.
"""

from __future__ import annotations

from .documents import Call
from .errors import forbidden, not_found

DEVELOPMENT, TEST, PRODUCTION = "development", "test", "production"
ACCOUNT = "account"  # products: no zone

_ROLES = {
    "administrator": {ACCOUNT, DEVELOPMENT, TEST, PRODUCTION},
    "developer": {ACCOUNT, DEVELOPMENT, TEST},
    "production_ops": {PRODUCTION},
    "support": set(),
    "blinkup_device": set(),
}


def require(call: Call, owner_id: str, zone: str) -> None:
    """Raise 403 unless the caller may write what the owner has in a zone; 404 when it cannot see the owner."""
    if owner_id == call.account_id:
        return
    row = call.db.one(
        "SELECT role FROM collaborators WHERE owner_id = ? AND account_id = ?", (owner_id, call.account_id)
    )
    if row is None:
        raise not_found()
    if zone not in _ROLES[row["role"]]:
        raise forbidden("Your role in this account does not include this operation.")


def require_owner(call: Call, owner_id: str) -> None:
    """Raise 403 unless the caller is the owner."""
    if owner_id != call.account_id:
        raise forbidden("Only the owner may do this.")


def require_zone(call: Call, owner_id: str, zone: str) -> None:
    """Raise 403 unless the caller may write in the zone and the owner's account includes it."""
    require(call, owner_id, zone)
    if zone != DEVELOPMENT:
        owner = call.db.one("SELECT production_rights FROM accounts WHERE id = ?", (owner_id,))
        if not owner["production_rights"]:
            raise forbidden("The account has no production rights.")
