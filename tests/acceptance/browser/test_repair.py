"""What goes wrong in the books of others, and how a bookkeeper puts it right."""

from __future__ import annotations

from playwright.sync_api import Browser, expect
from tests.acceptance.browser.guest import Guest, guest
from tests.acceptance.browser.house import CUSTOMER, ITEM, House, invoice, payment
from tests.conftest import wait_until
from tests.stage import REALM

HOME = "/t/blue/integrations/quickbooks"


def test_a_revoked_token_shows_the_banner_and_reconnecting_sends_what_waited(ann: Guest, house: House) -> None:
    label = house.label("quickbooks")
    house.connect("quickbooks")
    house.load(CUSTOMER, ITEM, invoice())
    house.settled()
    house.lose("quickbooks")
    house.load(invoice(2))

    ann.go(HOME)
    ann.sees("Reconnect required", "Blue Plumbing LLC")
    ann.shot("reconnect-required")
    ann.press(f"Reconnect {label}")
    ann.consents(company=REALM)

    ann.sees(f'{label} is connected to "Blue Plumbing LLC" again.')
    ann.finds(HOME, "Up to date")
    assert sorted(one["number"] for one in house.ledger("quickbooks", "invoices")) == ["INV-0047", "INV-0048"]


def test_a_payment_of_later_goes_by_resync_and_pressing_twice_makes_one_of_it(ann: Guest, house: House) -> None:
    label = house.label("quickbooks")
    house.connect("quickbooks")
    house.load(CUSTOMER, ITEM, invoice(), payment(1, "20.00"))
    house.settled()
    ann.go(HOME)
    ann.page.get_by_label("Sync by itself").uncheck()
    ann.press("Save settings")
    ann.sees("Sync settings are saved.")
    house.load(payment(2, "23.24"))

    other = ann.another_tab()
    for tab in (ann, other):
        tab.go("/t/blue/invoices/I-1")
    for tab in (ann, other):
        tab.page.get_by_role("button", name=f"Resync to {label}").dblclick()
    wait_until(lambda: len(house.ledger("quickbooks", "payments")) > 1, seconds=20, what="the second payment")
    house.settled()

    assert sorted(one["amount"] for one in house.ledger("quickbooks", "payments")) == ["20.00", "23.24"]
    ann.finds("/t/blue/invoices/I-1", "43.24")


def test_a_provider_that_the_operator_turns_off_leaves_the_page_and_is_asked_nothing(
    ann: Guest, house: House, browser: Browser
) -> None:
    label = house.label("quickbooks")
    house.connect("quickbooks")
    ann.go("/t/blue/integrations")
    ann.sees(label)

    with guest(browser, house) as operator:
        operator.sign_in(house.link("operator"))
        operator.go("/operator/tenants/blue")
        operator.follow(f"Turn {label} off")
        operator.press(f"Turn {label} off")
        operator.sees(f"{label} is turned off for Blue Plumbing LLC.")

    ann.page.reload()
    expect(ann.page.locator(".card", has_text=label)).to_have_count(0)
    calls = house.sandbox("quickbooks").calls()["total"]
    house.load(CUSTOMER, ITEM, invoice())
    house.wait(60)
    assert house.sandbox("quickbooks").calls()["total"] == calls
    assert house.ledger("quickbooks", "invoices") == []


def test_a_mapping_lets_the_invoices_go_that_waited_for_it(ann: Guest, house: House) -> None:
    house.connect("quickbooks", mapped=False)
    house.load(CUSTOMER, ITEM, invoice())

    ann.go(HOME)
    ann.sees("1 item has no income account.")
    ann.follow("Map accounts")
    ann.page.get_by_label("Income account", exact=True).select_option(index=1)
    ann.press("Apply to all 1 unmapped")
    ann.sees("1 item is mapped")

    house.settled()
    assert [one["number"] for one in house.ledger("quickbooks", "invoices")] == ["INV-0047"]
    ann.finds(HOME, "Up to date")


def test_an_import_links_whom_we_have_and_doubles_nobody(ann: Guest, house: House) -> None:
    label, steps = house.label("quickbooks"), f"{HOME}/wizard/customers"
    house.connect("quickbooks")
    house.hold("quickbooks")
    house.load(CUSTOMER)
    house.add_there("Doe Plumbing LLC", email=CUSTOMER["email"])
    house.add_there("Grace Church")

    ann.go(steps)
    ann.press(f"Read customers from {label}")
    ann.sees("2 customers of QuickBooks Online are not here yet", "Grace Church")
    ann.press("Import 2 customers")
    ann.sees("2 customers brought over.", "1 new, 1 linked to customers you had.")
    ann.press("Read them again")
    ann.sees("All 2 customers of QuickBooks Online are here already.")

    assert sorted(house.customers()) == ["Doe Plumbing", "Grace Church"]
    ann.go(HOME)
    ann.press("Sync now")
    house.settled()
    assert len(house.ledger("quickbooks", "customers")) == 2
