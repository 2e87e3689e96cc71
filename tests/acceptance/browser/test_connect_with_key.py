"""A provider without a sign-in page: the bookkeeper pastes its key on a page of ours. Takes about 15 s."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.acceptance.browser.guest import Guest, guest
from tests.acceptance.browser.house import CUSTOMER, House, open_house
from tests.acceptance.browser.test_every_page import Tour, visit
from tests.keyed_books import BLUE, OFFICE, installed
from tests.stage import Sandbox

KEY = "till-key-of-blue"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with installed(tmp_path), open_house(tmp_path, "till") as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def ann(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[Guest]:
    """The bookkeeper of Blue Plumbing, signed in."""
    with guest(browser, house, script=request.param) as somebody:
        somebody.sign_in(house.link())
        yield somebody


def test_connect_with_a_key_lose_it_and_give_another(ann: Guest, house: House) -> None:
    sandbox = Sandbox(house.running.sandboxes["till"].url, "till")
    ann.go("/t/blue/integrations")
    ann.press("Connect Till Books")
    ann.sees("You find the Till key under Settings, Access.")
    key = ann.page.get_by_label("Till key", exact=True)
    expect(key).to_have_attribute("type", "password")
    ann.page.get_by_label("Office").fill(OFFICE)
    key.fill("a-key-of-nobody")
    ann.press("Connect Till Books")
    ann.sees("Nothing was connected.", "Till Books does not accept this Till key.")
    ann.excuse("422")
    expect(ann.page.get_by_label("Office")).to_have_value(OFFICE)
    expect(ann.page.get_by_label("Till key", exact=True)).to_have_value("")
    ann.page.get_by_label("Till key", exact=True).fill(KEY)
    ann.press("Connect Till Books")
    ann.sees('Till Books is connected to "Blue Plumbing LLC".')
    expect(ann.page).to_have_url(re.compile("/wizard/"))

    sandbox.control("keys/revoke", {"key": KEY})
    house.load(CUSTOMER)
    ann.go("/t/blue/integrations/till")
    ann.press("Sync now")
    ann.finds("/t/blue/integrations/till", "Reconnect required")
    ann.press("Reconnect Till Books")
    ann.sees('Ledgerport is to go on with "Blue Plumbing LLC" in Till Books.')
    new = sandbox.control("keys", {"companies": [BLUE], "field": OFFICE})["key"]
    ann.page.get_by_label("Office").fill(OFFICE)
    ann.page.get_by_label("Till key", exact=True).fill(new)
    ann.press("Reconnect Till Books")
    ann.sees('Till Books is connected to "Blue Plumbing LLC" again.')
    house.settled()
    assert sandbox.ledger(BLUE)["customers"] == ["Doe Plumbing"]


def test_the_page_is_readable_for_all_on_every_screen(browser: Browser, house: House) -> None:
    with guest(browser, house) as somebody:
        somebody.sign_in(house.link())
        somebody.go("/t/blue/integrations")
        somebody.press("Connect Till Books")
        somebody.sees("You find the Till key under Settings, Access.")
        tour = Tour()
        visit(somebody, tour, "connect-key", somebody.page.url.removeprefix(house.url))

    assert tour.statuses == {"connect-key": 200}
    assert (tour.findings, tour.sideways, tour.cut, tour.headings) == ([], [], [], [])
    assert "It is kept encrypted and never shown again." in tour.words["connect-key"]
