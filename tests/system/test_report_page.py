# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a restart, opened in a real browser: what it shows, that it all fits, and that it loads nothing.

``REPORT_PICTURE`` names a file that gets the picture which the documentation shows.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service
from tests.system.workflows import Fleet

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
SIZE = (1000, 1000)
NAMES = ["bakery", "bar", "cellar", "chiller", "counter", "freezer", "fridge", "kitchen <b>1</b> & 2"]
# Added to a copy of the page: measures what the browser made of it, and writes that where --dump-dom shows it.
MEASURE = """
<script>
const shown = [...document.querySelectorAll('rect')].filter(one => one.getBoundingClientRect().width > 0);
const view = document.querySelector('svg').getBoundingClientRect();
const inside = one => one.left >= view.left - 1 && one.right <= view.right + 1 && one.bottom <= view.bottom + 1;
const measured = {
  title: document.title,
  text: document.body.innerText,
  colours: shown.map(one => getComputedStyle(one).fill),
  inside: shown.every(one => inside(one.getBoundingClientRect())),
  rows: [...document.querySelectorAll('table.devices tbody tr')].map(row => [...row.cells].map(one => one.innerText)),
  fits: document.documentElement.scrollWidth <= window.innerWidth,
  loaded: performance.getEntriesByType('resource').length,
};
document.body.innerHTML = '<pre id="measured"></pre>';
document.getElementById('measured').textContent = JSON.stringify(measured);
</script>
"""


def browse(folder: Path, page: Path, *arguments: str) -> str:
    """Open a page and return what the browser prints."""
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    size = f"--window-size={SIZE[0]},{SIZE[1]}"
    done = subprocess.run(
        [*command, size, *arguments, page.as_uri()],
        env={**os.environ, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def measured(folder: Path, page: Path) -> dict[str, Any]:
    """Return what the browser made of a page."""
    copy = folder / "measured.html"
    copy.write_text(page.read_text().replace("</body>", f"{MEASURE}</body>"))
    found = re.search(r'<pre id="measured">(.*?)</pre>', browse(folder, copy, "--dump-dom"), re.DOTALL)
    assert found
    result: dict[str, Any] = json.loads(html.unescape(found[1]))
    return result


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium, such as Debian's chromium-headless-shell")
def test_a_browser_shows_the_report(request: pytest.FixtureRequest, playbooks: Playbooks, service: Service) -> None:
    service.admin("POST", "/options", json={"time_scale": 0.2})
    request.addfinalizer(lambda: service.admin("POST", "/options", json={"time_scale": 0}))
    fleet = Fleet(playbooks, service)
    devices = fleet.group("sensors", len(NAMES))
    for device, name in zip(devices, NAMES, strict=True):
        service.admin("PATCH", f"/devices/{device}", json={"name": name})
    fleet.script(devices[2], "return after 6")
    fleet.script(devices[6], 'fail "the index <temperature> does not exist"')
    fleet.power(devices[4], False)
    variables = {
        "batches": [2, 3],
        "timeout": 30,
        "offline": "skip",
        "returned_when": "device_connected",
        "soak": 0.2,
        "report": "out",
    }
    told = fleet.play("restart", {"product": "kitchen", "device_group": "sensors", **variables})
    assert told.result["outcome"] == "stopped", told.output
    page = fleet.folder / "out" / "report.html"
    result = measured(fleet.folder, page)
    assert result["title"] == "Restart: stopped" and result["loaded"] == 0 and result["fits"] and result["inside"]
    colours = [result["colours"].count(one) for one in ("rgb(46, 125, 50)", "rgb(158, 158, 158)", "rgb(198, 40, 40)")]
    assert colours == [6, 1, 1]
    assert len(result["rows"]) == 8 and result["rows"][0][:4] == [NAMES[6], devices[6], "3", "failed"]
    assert "the index <temperature> does not exist" in result["rows"][0][5]
    assert NAMES[7] in [row[0] for row in result["rows"]]
    for part in ("6 returned, 1 pending, 1 failed.", "s (median)", "max_failures is 0"):
        assert part in result["text"]
    picture = Path(os.environ.get("REPORT_PICTURE") or fleet.folder / "report.png").resolve()
    browse(fleet.folder, page, f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 5_000
