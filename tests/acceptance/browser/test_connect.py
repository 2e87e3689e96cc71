"""From nothing to synced books, as a bookkeeper clicks through it; and consents that do not end well."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.acceptance.browser.guest import Guest
from tests.acceptance.browser.house import CUSTOMER, ITEM, House, invoice
from tests.stage import OTHER_REALM, REALM

STEPS = "/t/blue/integrations/quickbooks/wizard"


def test_connect_then_the_steps_then_sync_then_history(ann: Guest, house: House) -> None:
    house.load(CUSTOMER, ITEM, invoice())
    label = house.label("quickbooks")

    ann.go("/")
    ann.press(f"Connect {label}")
    ann.consents(company=REALM)
    ann.sees(f'{label} is connected to "Blue Plumbing LLC".')
    expect(ann.page).to_have_url(re.compile("/wizard/customers$"))
    ann.follow("Skip this step")
    expect(ann.page).to_have_url(re.compile("/wizard/items$"))
    ann.follow("Skip this step")
    for its in ("Products", "Services"):
        ann.page.get_by_label(f"{its}: income account").select_option(index=1)
    ann.press("Save and go on")
    expect(ann.page).to_have_url(re.compile("/wizard/settings$"))
    ann.press("Save and go on")
    expect(ann.page).to_have_url(re.compile("/wizard/done$"))
    ann.sees("Nothing was sent yet.")
    assert house.ledger("quickbooks", "invoices") == []
    ann.press("Start the first sync")
    ann.sees("Sync started: 3 records.", "Up to date")

    ann.follow("Sync history")
    ann.sees("Sync history", label)
    ann.page.locator("tbody a").first.click()
    expect(ann.page).to_have_url(re.compile(r"/history/\d+$"))
    assert [one["number"] for one in house.ledger("quickbooks", "invoices")] == ["INV-0047"]


def test_a_consent_that_was_refused_is_told_and_connects_nothing(ann: Guest, house: House) -> None:
    label = house.label("quickbooks")
    ann.go("/")
    ann.press(f"Connect {label}")
    ann.consents(decision="Deny")

    ann.sees("Not connected")
    ann.excuse("400")
    ann.follow("Go back")
    ann.sees(f"Connect {label}")


def test_a_callback_that_nobody_here_asked_for_connects_nothing(ann: Guest, house: House) -> None:
    ann.go(f"/oauth/quickbooks/callback?state=made-up&code=made-up&realmId={REALM}")
    ann.sees("Not connected")
    ann.excuse("400")

    ann.go("/t/blue/integrations")
    ann.sees(f"Connect {house.label('quickbooks')}")


def test_another_companys_books_are_refused_with_both_names(ann: Guest, house: House) -> None:
    house.connect("quickbooks")
    house.lose("quickbooks")

    ann.go("/t/blue/integrations/quickbooks")
    ann.press(f"Reconnect {house.label('quickbooks')}")
    ann.consents(company=OTHER_REALM)

    ann.sees("Acme Inc", "Blue Plumbing LLC")
    ann.excuse("400")

    ann.press("Try again")
    ann.consents(company=REALM)
    ann.sees(f'{house.label("quickbooks")} is connected to "Blue Plumbing LLC" again.')
