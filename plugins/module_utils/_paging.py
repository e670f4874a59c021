# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read all pages of a list, several at once, whatever the layout (contract 1.6)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Callable, NamedTuple, Union
from urllib.parse import parse_qs, urlsplit

from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError

LARGEST_PAGE = 100
_NUMBER = "page[number]"
# A guess that is too large costs requests past the end; it grows as far as this.
WIDEST = 8
_WIDEST_KNOWN = 64


class Page(NamedTuple):
    """One page. ``more``: whether another follows; ``last``: the number of the last page, if the service says it."""

    items: list[Any]
    more: bool
    last: int | None = None


# Asks for the page of a number; what it returns waits for the page, or the error instead of it.
Begin = Callable[[int], Callable[[], Union[Page, ImpCentralApiError]]]


def page_of(document: Mapping[str, Any], number: int) -> Page:
    """Return the page that an answer holds. :param number: its own, since ``next`` may point to the page itself."""
    links = document.get("links") or {}
    following = links.get("next")
    pointed = _number(following)
    return Page(document["data"], bool(following) and (pointed is None or pointed > number), _number(links.get("last")))


def _number(url: Any) -> int | None:
    numbers = parse_qs(urlsplit(str(url or "")).query).get(_NUMBER, [""])
    return int(numbers[0]) if numbers[0].isdigit() else None


def page_size(limit: int | None, size: int) -> int:
    """Return the size of the pages to ask for, when no more than ``limit`` items are wanted."""
    return max(1, min(size, LARGEST_PAGE, limit or LARGEST_PAGE))


def read_pages(
    begin: Begin,
    size: int,
    limit: int | None = None,
    key: Callable[[Any], Any] | None = None,
    widest: int = WIDEST,
) -> Iterator[list[Any]]:
    """Yield the items of page after page until there is no next one, or ``limit`` items were read.

    After the first page, pages are asked for ahead, as many as the service says there are, else ever more. What lies
    behind the last page is ignored, errors included.

    :param begin: asks for a page. :param size: of a page. :param widest: pages at once, at most, on a guess; 1 reads
        one after the other.
    :param key: what identifies an item: of those with the same key only the first counts,
        since items repeat when data move under the list.
    :raises ImpCentralApiError: a page could not be read.
    """
    seen: set[Any] = set()
    previous: list[Any] | None = None
    asked: deque[Callable[[], Page | ImpCentralApiError]] = deque([begin(1)])
    read, left = 0, limit
    while asked:
        page = asked.popleft()()
        if isinstance(page, ImpCentralApiError):
            raise page
        if not page.items or page.items == previous:
            return
        read += 1
        previous = page.items
        items = page.items if key is None else _unseen(page.items, key, seen)
        yield items[:left]
        left = None if left is None else left - len(items)
        if not page.more or (left is not None and left <= 0):
            return
        ahead = _ahead(read, page.last, widest)
        if left is not None:
            ahead = min(ahead, math.ceil(left / size))
        asked.extend(begin(read + place + 1) for place in range(len(asked), ahead))


def _ahead(read: int, last: int | None, widest: int) -> int:
    """Return how many pages to ask for ahead: the rest, else a guess that grows with what was read."""
    if last and last > read and widest > 1:
        return min(last - read, _WIDEST_KNOWN)
    return min(2 * read + 1, widest)


def _unseen(items: list[Any], key: Callable[[Any], Any], seen: set[Any]) -> list[Any]:
    fresh = []
    for item in items:
        if key(item) not in seen:
            seen.add(key(item))
            fresh.append(item)
    return fresh
