# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._paging import Page, page_of, page_size, read_pages
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError, NotFoundError

NOTHING = Page([], False)


class Book:
    """A paged list, and the numbers of the pages that were asked for."""

    def __init__(self, pages, hint=False, past=NOTHING):
        self.pages, self.hint, self.past, self.asked = pages, hint, past, []
        self.read = 0
        self.ahead = []  # how many pages were asked for and not read, whenever one more was read

    def begin(self, number):
        self.asked.append(number)
        return lambda: self._read(number)

    def _read(self, number):
        self.ahead.append(len(self.asked) - self.read)
        self.read += 1
        return self._page(number)

    def _page(self, number):
        if number > max(1, len(self.pages)):
            return self.past
        last = len(self.pages) if self.hint else None
        return Page(self.pages[number - 1] if self.pages else [], number < len(self.pages), last)


def read(book, limit=None, key=lambda item: item, size=3, widest=8):
    return [item for page in read_pages(book.begin, size, limit, key, widest) for item in page]


PAGES = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=3), max_size=30)
PAST = st.sampled_from([Page([], False), Page([99], True), Page([99], False), NotFoundError("past the end")])


@given(PAGES, st.booleans(), PAST, st.sampled_from([1, 4, 8]))
def test_every_layout_is_read_once_and_whole(pages, hint, past, widest):
    # Two neighbouring pages alike are what a server sends that points to itself for ever: reading ends there.
    alone = [page for number, page in enumerate(pages) if number == 0 or page != pages[number - 1]]
    everything = [item for page in alone for item in page]
    assert read(Book(alone, hint, past), widest=widest) == list(dict.fromkeys(everything))
    assert read(Book(alone, hint, past), key=None, widest=widest) == everything


@given(PAGES, st.booleans(), st.integers(1, 40))
def test_a_limit_reads_no_more_pages_than_it_takes(pages, hint, limit):
    pages = [[(number, item) for item in range(3)] for number in range(len(pages))]
    book = Book(pages, hint)
    everything = [item for page in pages for item in page]
    assert read(book, limit) == everything[:limit]
    assert len(book.asked) <= -(-limit // 3)


def test_a_small_list_is_one_request():
    book = Book([[1, 2]])
    assert read(book) == [1, 2]
    assert book.asked == [1]


def test_ever_more_pages_are_asked_for_ahead():
    book = Book([[number] for number in range(20)])
    read(book)
    assert book.ahead == [1, 3, 5, 7, *[8] * 16]
    assert book.asked == list(range(1, 28))


def test_one_page_after_the_other():
    book = Book([[number] for number in range(5)])
    read(book, widest=1)
    assert book.asked == [1, 2, 3, 4, 5] and book.ahead == [1] * 5


def test_a_service_that_names_the_last_page_is_asked_for_no_more():
    book = Book([[number] for number in range(20)], hint=True)
    read(book)
    assert book.asked == list(range(1, 21)) and book.ahead[1] == 19


@pytest.mark.parametrize("last", [1, 3, 10**9])
def test_a_wrong_last_page_loses_nothing(last):
    pages = [[number] for number in range(6)]

    def begin(n):
        return lambda: Page(pages[n - 1] if n <= 6 else [], n < 6, last)

    assert [item for page in read_pages(begin, 1) for item in page] == [0, 1, 2, 3, 4, 5]


def test_a_server_that_repeats_its_last_page_for_ever():
    pages = [[1], [2]]

    def begin(n):
        return lambda: Page(pages[min(n, 2) - 1], True)

    assert [item for page in read_pages(begin, 1) for item in page] == [1, 2]


def test_an_error_within_the_list_is_raised():
    pages: list[Page | ImpCentralApiError] = [Page([1], True), NotFoundError("x"), Page([3], True), NOTHING]
    with pytest.raises(NotFoundError):
        list(read_pages(lambda number: lambda: pages[number - 1], 1))


@pytest.mark.parametrize(
    ("links", "page"),
    [
        ({"next": "https://x/v5/products?page[number]=2&page[size]=1"}, Page([1], True)),
        (
            {"next": "https://x/v5/products?page%5Bnumber%5D=2", "last": "https://x/?page%5Bnumber%5D=9"},
            Page([1], True, 9),
        ),
        ({"next": "https://x/v5/products?cursor=abc"}, Page([1], True)),
        ({"next": "https://x/v5/products?page[number]=1"}, Page([1], False)),
        ({"next": None}, Page([1], False)),
        ({"next": ""}, Page([1], False)),
        ({}, Page([1], False)),
        (None, Page([1], False)),
    ],
)
def test_what_links_say(links, page):
    assert page_of({"data": [1], "links": links}, 1) == page


@pytest.mark.parametrize(
    ("limit", "size", "expected"),
    [(None, 100, 100), (None, 500, 100), (7, 100, 7), (200, 100, 100), (None, 20, 20), (0, 0, 1)],
)
def test_page_sizes(limit, size, expected):
    assert page_size(limit, size) == expected
