"""Past prices at the console: a question answered, and older documents added while one looks on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.acceptance.browser.guest import NARROW, Guest, guest
from tests.acceptance.browser.house import CUSTOMER, ITEM, House, invoice, open_house
from tests.conftest import wait_until

from ledgerport.services.memory.forget import forget_tenant
from ledgerport.services.memory.memory_status import memory_status

COUNT = 40
MEMORY = "/t/blue/memory"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "quickbooks", memory=True) as opened:
        opened.load(
            {**CUSTOMER, "type": "homeowner"},
            {**ITEM, "category": "Tools", "cost": "12.00"},
            *(
                {
                    **invoice(number),
                    "status": "SENT",
                    "issued_on": f"2026-0{1 + number % 8}-15",
                    "lines": [
                        {"item": "P-1", "description": "", "quantity": "2", "unit_price": f"{20 + number % 8}.62"}
                    ],
                }
                for number in range(1, COUNT + 1)
            ),
        )
        wait_until(lambda: _documents(opened) == COUNT, seconds=30, what="the memory to have everything")
        yield opened


@pytest.fixture
def ann(browser: Browser, house: House) -> Iterator[Guest]:
    with guest(browser, house) as somebody:
        somebody.sign_in(house.link())
        yield somebody


def _documents(house: House) -> int:
    return memory_status(house.hub, tenant_id=house.tenant_id).documents


def test_a_bookkeeper_asks_for_a_past_price_and_opens_the_line_it_stands_on(ann: Guest) -> None:
    ann.go("/")
    ann.follow("Past prices")
    ann.page.get_by_label("What do you want to know the price of?").fill("drain snake")
    ann.press("Ask")
    ann.sees("40 lines on invoices of 15 Jan 2026 to 15 Aug 2026.", "Rising", "20 of 40 lines, the most similar first")
    ann.page.get_by_text("By month", exact=True).click()
    ann.sees("2026-01")
    ann.shot("memory-asked")
    ann.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    ann.shot("memory-asked-narrow")
    ann.follow("INV-")
    ann.sees("Drain snake 25 ft")


def test_older_documents_are_added_with_the_price_shown_first_and_the_cost_at_the_end(house: House, ann: Guest) -> None:
    forget_tenant(house.hub, tenant_id=house.tenant_id)
    ann.go(MEMORY)
    ann.sees("Nothing is remembered yet.")
    ann.follow("Add older documents")
    ann.sees("40 documents x about", "x $0.06 per million = less than $0.01", "Voyage's price for voyage-3.5")
    ann.shot("memory-estimate")
    ann.press("Add 40 documents for less than $0.01")
    ann.sees("40 documents added. Estimated:")
    assert _documents(house) == COUNT
    expect(ann.page.locator("main")).to_contain_text("by admin@example.com")
