"""One Chromium for a module; a house of its own for each journey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.acceptance.browser.guest import ARGUMENTS, Guest, guest
from tests.acceptance.browser.house import House, open_house


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with QuickBooks, for journeys that are the same with any provider."""
    with open_house(tmp_path, "quickbooks") as opened:
        yield opened


@pytest.fixture
def ann(browser: Browser, house: House) -> Iterator[Guest]:
    """The bookkeeper of Blue Plumbing, signed in."""
    with guest(browser, house) as somebody:
        somebody.sign_in(house.link())
        yield somebody
