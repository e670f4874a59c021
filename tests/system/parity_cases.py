# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the parity test, by module. Each uses what the ones before it left; all options are somewhere here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.system.reading import Fleet
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
HELLO = 'server.log("hello");\n'
P = {"product": "kitchen"}
A = {**P, "device_group": "a"}
ABSENT = {"state": "absent"}

Case = tuple[str, dict[str, Any]]


def products(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_product, which also carry the options that all modules share."""
    running = service.running
    key = service.login_key()
    tokens = service.sign_in()
    ours = {
        "validate_certs": True,
        "ca_path": str(folder),
        "allow_http": True,
        "timeout": 20,
        "retries": 2,
        "max_wait": 9,
    }
    password = {"username": running.email, "password": running.password, "otp": running.otp}
    return [
        ("create", {"name": "kitchen", "description": "warm", "endpoint": running.endpoint, **ours}),
        ("describe", {"name": "kitchen", "description": "hot", "owner": "me", "login_key": key}),
        ("rename", {"id": "{{ create.product.id }}", "name": "bath", "access_token": tokens["access_token"]}),
        ("read only", {"name": "bath", "refresh_token": tokens["refresh_token"], "read_only": True}),
        ("read only refuses", {"name": "bath", "description": "", "read_only": True}),
        ("by password", {"name": "bath", **password}),
        ("by file", {"name": "bath", "auth_file": str(folder / "auth.json")}),
        ("wrong key", {"name": "bath", "login_key": "wrong-key-of-tests"}),
        ("two credentials", {"name": "bath", "login_key": key, "access_token": "x"}),
        ("unknown option", {"name": "bath", "colour": "red"}),
        ("wrong type", {"name": "bath", "force": "perhaps"}),
        ("nobody", {"name": "bath", "owner": "nobody"}),
        ("remove", {"name": "bath", **ABSENT, "force": True, "unbless": True, "unbond_key": running.unbond_key}),
    ]


def device_groups(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device_group."""
    return [
        ("create", {**P, "name": "x", "description": "d", "env_vars": {"n": 1, "key": "api-key-of-tests"}}),
        ("merge", {**P, "name": "x", "env_vars": {"more": 1.5}, "purge_env_vars": False}),
        ("show", {**P, "name": "x", "show_env_vars": True}),
        ("rename", {"id": "{{ create.device_group.id }}", "name": "y"}),
        ("dut", {**P, "name": "dut", "type": "pre-dut"}),
        (
            "pilots",
            {**P, "name": "pilots", "type": "pre_production", "region": "us", "load_code_after_blessing": False},
        ),
        ("fixture", {**P, "name": "f", "type": "pre_factory", "dut_target": "dut", "production_target": "pilots"}),
        ("minimum", {**P, "name": "a", "min_supported_deployment": UNKNOWN}),
        ("nested", {**P, "name": "x", "env_vars": {"a": {"b": 1}}}),
        ("no product", {"product": "missing", "name": "x"}),
        ("targeted", {**P, "name": "dut", **ABSENT}),
        (
            "remove",
            {**P, "name": "sold", **ABSENT, "force": True, "unbless": True, "unbond_key": service.running.unbond_key},
        ),
    ]


def devices(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device."""
    first, sold = service.running.devices[0], service.running.devices[2]
    return [
        ("create", {"device": first, "name": "fridge", **A}),
        ("by name", {"device": "fridge"}),
        ("twins", {"device": "twin"}),
        ("a number", {"device": 1234}),
        ("no word", {"device": sold, "state": "unassigned"}),
        (
            "unassign",
            {"device": sold, "state": "unassigned", "unbless": True, "unbond_key": service.running.unbond_key},
        ),
        ("assigned still", {"device": first, **ABSENT}),
        ("remove", {"device": first, **ABSENT, "force": True}),
    ]


def deployments(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_deployment."""
    return [
        (
            "create",
            {**A, "device_code": HELLO, "agent_code": "// a\n", "description": "d", "origin": "o", "tags": ["b"]},
        ),
        ("files", {**A, "device_code_file": "device.nut", "agent_code_file": "agent.nut", "min_supported": True}),
        ("tags", {**A, "device_code_file": "device.nut", "agent_code": "", "tags": ["c"], "purge_tags": False}),
        ("flag", {"id": "{{ create.deployment.id }}", "flagged": True}),
        ("environment", {**A, "device_code": HELLO, "redeploy": "env_changed"}),
        ("not the first", {**A, "device_code": "// x\n", "only_if_none": True}),
        ("copy", {**P, "device_group": "b", "copy_from": {**A, "tag": "c"}}),
        ("foreseen", {**P, "device_group": "missing", "device_code": HELLO}),
        ("bad code", {**A, "agent_code": "local a = ;\n"}),
        ("no file", {**A, "device_code_file": "none.nut"}),
        ("flagged still", {"id": "{{ create.deployment.id }}", **ABSENT}),
        ("remove", {"id": "{{ create.deployment.id }}", **ABSENT, "force": True}),
        ("by sha", {**A, "sha": "0" * 64, **ABSENT}),
    ]


def webhooks(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_webhook."""
    url = "https://me:url-password@hooks.example.com/"
    return [
        ("create", {**A, "event": "deployment", "url": url, "content_type": "form"}),
        ("change", {**A, "event": "deployment", "url": f"{url}2"}),
        ("another", {**A, "event": "deployment", "url": url, "match": "event_and_url"}),
        ("ambiguous", {**A, "event": "deployment", "url": url}),
        ("other event", {"id": "{{ create.webhook.id }}", "event": "blinkup"}),
        ("bad url", {**A, "event": "blinkup", "url": "invalidurl"}),
        ("remove", {"id": "{{ create.webhook.id }}", **ABSENT}),
    ]


def logins(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_login."""
    tokens = service.sign_in()
    return [
        ("create", {}),
        ("by refresh token", {"refresh_token": tokens["refresh_token"]}),
        ("given", {"access_token": tokens["access_token"]}),
        ("wrong key", {"login_key": "wrong-key-of-tests"}),
    ]


def login_keys(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_login_key."""
    password = {"account_password": service.running.password}
    mine = service.login_key()
    return [
        ("create", {"description": "nightly", **password}),
        ("read", {"description": "nightly"}),
        ("reveal", {"description": "nightly", "reveal": True}),
        ("describe", {"id": mine, "description": "other", **password}),
        ("wrong password", {"description": "new", "account_password": "wrong-password-of-tests"}),
        ("no password", {"description": "new"}),
        ("ambiguous", {"id": mine, "description": "nightly", **password}),
        ("which", {"description": "nightly"}),
        ("own", {"description": "tests", **ABSENT, **password}),
        ("remove", {"id": mine, **ABSENT, "force": True, **password}),
        ("gone", {"id": mine, **ABSENT}),
        ("unknown", {"id": mine}),
        ("nothing", {}),
    ]


def refresh_tokens(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_refresh_token."""
    for _token in range(4):
        service.sign_in()
    return [
        ("create", {"keep": 3}),
        ("by id", {"id": service.api("GET", "/accounts/me/refresh_tokens")[-1]["id"]}),
        ("unknown", {"id": UNKNOWN, **ABSENT}),
        ("negative", {"keep": -1}),
        ("neither", {}),
        ("all", {"keep": 0}),
    ]


def restarts(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_restart."""
    unassigned, sold = service.running.devices[0], service.running.devices[2:4]
    waiting = {"wait": True, "wait_timeout": 1}
    for_log = {"returned_when": "log_matches", "log_pattern": "never"}
    return [
        ("create", {**P, "device_group": "sold"}),
        ("conditional", {**P, "device_group": "sold", "conditional": True}),
        ("several", {"devices": sold}),
        ("empty group", A),
        ("half", {"devices": [sold[0], unassigned]}),
        ("unknown", {"devices": ["nobody"]}),
        ("a number", {"devices": [1234]}),
        ("foreseen", {**P, "device_group": "missing"}),
        ("both", {**A, "devices": sold}),
        ("product alone", {**P, "devices": sold}),
        ("wait", {**P, "device_group": "sold", **waiting, "soak": 0.1, "max_failures": "50%", "offline": "skip"}),
        ("wait for a log", {"devices": [sold[0], unassigned], **waiting, **for_log, "failure_patterns": []}),
        ("wrong pattern", {"devices": sold, "failure_patterns": ["("]}),
    ]


def streams(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_log_stream."""
    sold = service.running.devices[2:4]
    return [
        ("listen", {**P, "device_group": "sold", "duration": 0.1}),
        ("until", {"devices": sold, "duration": 0.1, "until": "ready", "until_from": "all"}),
        ("empty group", {**A, "count": 1, "fail_on": "error"}),
        ("unknown", {"devices": ["nobody"]}),
        ("wrong pattern", {**A, "until": "("}),
        ("foreseen", {**P, "device_group": "missing"}),
        ("both", {**A, "devices": sold}),
    ]


def members(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device_group_members."""
    first, second, *sold = service.running.devices[:4]
    unblessing = {"unbless": True, "unbond_key": service.running.unbond_key}
    return [
        ("create", {**A, "devices": [first, second]}),
        ("move", {**P, "device_group": "b", "from_device_group": "a"}),
        ("exact", {**P, "device_group": "b", "devices": [second], "mode": "exact"}),
        ("remove", {**P, "device_group": "b", "devices": [second, "nobody"], "mode": "remove"}),
        ("twins", {**A, "devices": ["twin"]}),
        ("no word", {**A, "devices": sold}),
        ("unbless", {**A, "devices": sold, **unblessing}),
        ("empty", {**A, "devices": [], "mode": "exact"}),
        ("really empty", {**A, "devices": [], "mode": "exact", "force": True}),
        ("of the factory", {**P, "device_group": "sold", "devices": [first], "mode": "exact"}),
        ("foreseen", {**P, "device_group": "missing", "devices": [first]}),
        ("unknown", {**A, "devices": ["nobody"]}),
        ("both", {**A, "devices": [], "from_device_group": "b"}),
    ]


def prunes(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_deployment_prune."""
    group = next(row["id"] for row in service.rows("device_groups") if row["name"] == "a")
    for number in range(6):
        attributes = {"device_code": f"// {number}", "agent_code": "", "tags": ["nightly"], "flagged": number == 1}
        related = {"devicegroup": {"type": "development_devicegroup", "id": group}}
        service.api("POST", "/deployments", {"type": "deployment", "attributes": attributes, "relationships": related})
    return [
        ("create", {**A, "keep": 5}),
        ("minimum", {**A, "keep": 3, "min_supported": True}),
        ("unflag", {"device_group": group, "keep": 2, "unflag": True, "tags": ["nightly"]}),
        ("young", {**P, "older_than": 1}),
        ("all", {**P, "keep": 0, "older_than": 0}),
        ("neither", A),
        ("nowhere", {"keep": 1}),
        ("negative", {**P, "keep": -1}),
        ("foreseen", {**P, "device_group": "missing", "keep": 1}),
    ]


def reports(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_report."""
    shutil.rmtree(folder / "reports", ignore_errors=True)  # both ways find no file
    device = service.running.devices[0]
    plan = {"batches": [[device]], "canaries": [], "names": {device: "fridge"}, "online": [device], "not_after": None}
    batch = {"number": 1, "started_at": "2026-01-01T00:00:00Z", "began_after": 0, "seconds": 2, "failed": [device]}
    state = {"plan": plan, "batches": [batch], "devices": [{"id": device, "seconds": None, "line": "<no> sensor"}]}
    stages = [{"name": "a", "state": state, "deployment": UNKNOWN, "previous_deployment": UNKNOWN}]
    result = {"outcome": "stopped", "reason": "no sensor", "seconds": 2.5, "failed": [device]}
    ours = {"title": "Restart", "result": result, "stages": stages}
    taken = folder / "taken"
    taken.write_text("a file, not a folder")
    return [
        ("create", {**ours, "path": str(folder / "reports" / "one")}),
        ("hosts", {**ours, "path": str(folder / "reports" / "two"), "hosts": {device: "oven"}}),
        ("no folder", {**ours, "path": str(taken)}),
        ("no state", {**ours, "stages": [{"name": "a", "state": {}}], "path": str(folder / "reports" / "three")}),
    ]


def restart_plans(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_restart_plan."""
    sold = {**P, "device_group": "sold"}
    device = service.running.devices[2]
    return [
        ("create", {**sold, "batches": ["1", "50%"], "order": "random", "seed": "x", "canary_count": 1}),
        ("named", {"devices": [device, service.running.devices[0]], "canaries": [device], "timezone": "Asia/Tokyo"}),
        ("times", {**sold, "skip_changed_since": "2020-01-01", "not_after": "2020-01-01 12:00"}),
        ("strangers", {**sold, "canaries": [service.running.devices[0]]}),
        ("no size", {**sold, "batches": ["many"]}),
        ("no time", {**sold, "not_after": "soon"}),
        ("foreseen", {**P, "device_group": "missing"}),
        ("both", {**sold, "devices": [device]}),
    ]


def rollout_checks(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_rollout_check."""
    groups = {row["name"]: row["id"] for row in service.rows("device_groups")}
    for name, code, tag in (("a", HELLO, "rollout-started"), ("b", "// bad", "rollout-failed")):
        attributes = {"device_code": code, "agent_code": "", "tags": [tag]}
        related = {"devicegroup": {"type": "development_devicegroup", "id": groups[name]}}
        service.api("POST", "/deployments", {"type": "deployment", "attributes": attributes, "relationships": related})
    there = {**P, "device_group": "b"}
    return [
        ("create", {**there, "device_code": "// new", "agent_code": "// new"}),
        ("files", {**there, "device_code_file": "device.nut", "agent_code_file": "agent.nut"}),
        ("copy", {**there, "copy_from": {**A, "tag": "rollout-started"}, "redeploy": "env_changed"}),
        ("failed", {**there, "device_code": "// bad"}),
        ("again", {**there, "device_code": "// bad", "retry_failed": True}),
        ("unfinished", {**A, "device_code": HELLO}),
        ("resume", {**A, "device_code": HELLO, "resume": True}),
        ("no code", A),
        ("foreseen", {**P, "device_group": "missing", "device_code": HELLO}),
    ]


def accounts_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_account_info."""
    return [
        ("all", {}),
        ("me", {"id": "me"}),
        ("by name", {"name": service.running.username}),
        ("unknown", {"name": "x"}),
    ]


def products_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_product_info."""
    fleet = Fleet(service, "cellar")
    return [
        ("all", {"owner": "any", "limit": 5}),
        ("tree", {"name": "cellar", "tree": True}),
        ("variables", {"id": fleet.ids["cellar"], "tree": True, "show_env_vars": True}),
        ("unknown", {"id": UNKNOWN}),
        ("foreseen", {"name": "missing"}),
        ("both", {"id": UNKNOWN, "name": "cellar"}),
    ]


def device_groups_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device_group_info."""
    fleet = Fleet(service, "cellar")
    return [
        ("all", {"product": "cellar", "type": "pre-dut"}),
        ("tree", {"name": "sensors", "product": "cellar", "tree": True, "show_env_vars": True}),
        ("by id", {"id": fleet.group("line"), "tree": True, "limit": 1}),
        ("ambiguous", {"name": "sensors"}),
    ]


def devices_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device_info."""
    Fleet(service, "cellar")
    return [
        ("all", {}),
        ("details", {"product": "cellar", "device_group": "sensors", "type": "development", "details": True}),
        ("one", {"device": service.running.devices[0], "limit": 2}),
        ("unknown", {"device": "0123456789abcdef"}),
    ]


def logs_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device_log_info."""
    devices = service.running.devices
    Fleet(service, "cellar")
    return [
        ("one", {"device": devices[5], "limit": 3, "since": "30d"}),
        ("several", {"devices": devices[5:7], "types": ["status"], "match": "connect", "count_by_message": True}),
        ("production", {"product": "cellar", "device_group": "sold"}),
        ("wrong", {"device": devices[5], "since": "soon"}),
    ]


def history_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_device_history_info."""
    device = service.running.devices[5]
    return [("all", {"device": device}), ("last", {"device": device, "limit": 1}), ("unknown", {"device": "attic"})]


def deployments_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_deployment_info."""
    fleet = Fleet(service, "cellar")
    shutil.rmtree(folder / "code", ignore_errors=True)  # both ways find no file
    return [
        ("code", {"id": fleet.deployments[0], "include_code": True}),
        ("files", {"product": "cellar", "device_group": "sensors", "code_dir": str(folder / "code")}),
        ("filtered", {"flagged": True, "tags": ["v1"], "origin": "git 1", "limit": 1}),
        ("no such code", {"sha": "0" * 64}),
        ("bad limit", {"limit": 0}),
    ]


def webhooks_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_webhook_info."""
    fleet = Fleet(service, "cellar")
    return [
        ("all", {"limit": 5}),
        ("filtered", {"product": "cellar", "device_group": "sensors", "event": "blinkup"}),
        ("one", {"id": fleet.webhooks[0]}),
    ]


def login_keys_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_login_key_info."""
    one = {"id": service.login_key()}
    return [
        ("one", one),
        ("all", {}),
        ("revealed", {**one, "reveal": True}),
        ("unknown", {"id": "0123456789abcdef"}),
    ]


def refresh_tokens_read(service: Service, folder: Path) -> list[Case]:
    """Tasks of imp_refresh_token_info."""
    service.sign_in()
    return [("all", {}), ("unknown", {"id": UNKNOWN})]


CASES = {
    "imp_account_info": accounts_read,
    "imp_deployment_info": deployments_read,
    "imp_device_group_info": device_groups_read,
    "imp_device_history_info": history_read,
    "imp_device_info": devices_read,
    "imp_device_log_info": logs_read,
    "imp_login_key_info": login_keys_read,
    "imp_product_info": products_read,
    "imp_refresh_token_info": refresh_tokens_read,
    "imp_webhook_info": webhooks_read,
    "imp_product": products,
    "imp_device_group": device_groups,
    "imp_device": devices,
    "imp_deployment": deployments,
    "imp_deployment_prune": prunes,
    "imp_device_group_members": members,
    "imp_log_stream": streams,
    "imp_login": logins,
    "imp_login_key": login_keys,
    "imp_refresh_token": refresh_tokens,
    "imp_report": reports,
    "imp_restart": restarts,
    "imp_restart_plan": restart_plans,
    "imp_rollout_check": rollout_checks,
    "imp_webhook": webhooks,
}
