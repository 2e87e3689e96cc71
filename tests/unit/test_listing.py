"""A listing that never ends is found out, and one that is only long is not."""

from __future__ import annotations

import pytest

from ledgerport.contract import Broken
from ledgerport.engine.listing import check_goes_on


def test_the_same_cursor_again_is_broken() -> None:
    with pytest.raises(Broken, match="Acme answers the same page again"):
        check_goes_on("Acme", cursor="2", following="2", pages=1, objects=100)


def test_new_cursors_without_new_objects_are_broken() -> None:
    with pytest.raises(Broken, match="201 pages with 3 objects"):
        check_goes_on("Acme", cursor="200", following="201", pages=201, objects=3)


def test_objects_made_up_for_ever_end_some_time() -> None:
    with pytest.raises(Broken, match="50,000 pages"):
        check_goes_on("Acme", cursor="x", following="y", pages=50_000, objects=5_000_000)


@pytest.mark.parametrize(
    ("cursor", "following", "pages", "objects"),
    [
        (None, "2", 1, 0),
        (None, None, 1, 0),
        ("9", None, 40_000, 0),
        ("a", "b", 200, 0),
        ("a", "b", 3_000, 300_000),
    ],
)
def test_long_lists_and_empty_pages_pass(cursor: str | None, following: str | None, pages: int, objects: int) -> None:
    check_goes_on("Acme", cursor=cursor, following=following, pages=pages, objects=objects)
