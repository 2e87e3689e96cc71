"""However somebody uses a browser: without script, by keyboard, in two tabs, with the back button, after hours."""

from __future__ import annotations

from queue import Queue

from playwright.sync_api import Browser, Route, expect
from tests.acceptance.browser.guest import Guest, guest
from tests.acceptance.browser.house import CUSTOMER, ITEM, House, invoice
from tests.stage import REALM

HOME = "/t/blue/integrations/quickbooks"


def test_without_script_one_connects_maps_and_syncs(browser: Browser, house: House) -> None:
    label = house.label("quickbooks")
    house.load(CUSTOMER, ITEM, invoice())
    with guest(browser, house, script=False) as ann:
        ann.sign_in(house.link())
        ann.press(f"Connect {label}")
        ann.consents(company=REALM)
        ann.sees(f"{label} is connected to")
        ann.go(f"{HOME}/wizard/accounts")
        ann.page.get_by_label("Products: income account").select_option(index=1)
        ann.page.get_by_label("Services: income account").select_option(index=1)
        ann.press("Save and go on")
        ann.go(HOME)
        if ann.page.get_by_role("button", name="Sync now").count():
            ann.press("Sync now")
        house.settled()
        ann.finds(HOME, "Up to date")
    assert [one["number"] for one in house.ledger("quickbooks", "invoices")] == ["INV-0047"]


def test_by_keyboard_alone_one_signs_in_and_syncs(browser: Browser, house: House) -> None:
    house.connect("quickbooks")
    house.hold("quickbooks")
    house.load(CUSTOMER, ITEM, invoice())
    with guest(browser, house) as ann:
        ann.page.goto(house.link())
        ann.tab_to("Sign in")
        ann.page.wait_for_url("**/integrations")
        ann.tab_to("Skip to the content")
        ann.tab_to("Manage")
        ann.page.wait_for_url(f"**{HOME}")
        ann.tab_to("Sync now")
        ann.sees("Sync started")
        ann.finds(HOME, "Up to date")
    assert len(house.ledger("quickbooks", "invoices")) == 1


def test_a_session_that_ended_asks_to_sign_in_and_goes_on_where_one_was(ann: Guest, house: House) -> None:
    house.connect("quickbooks")
    house.set_password("admin@example.com", "a rather long password")

    ann.go(f"{HOME}/mapping")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    ann.page.get_by_label("E-mail").fill("admin@example.com")
    ann.page.get_by_label("Password").fill("a rather long password")
    ann.press("Sign in")

    expect(ann.page).to_have_url(f"{house.url}{HOME}/mapping")


def test_a_form_of_a_session_that_ended_says_so_and_changes_nothing(ann: Guest, house: House) -> None:
    house.connect("quickbooks")
    ann.go(HOME)
    house.set_password("admin@example.com", "a rather long password")

    ann.page.get_by_label("Invoices", exact=True).uncheck()
    ann.press("Save settings")

    ann.sees("You were signed out.")
    assert house.connection("quickbooks").sync_invoices


def test_two_tabs_of_one_person_do_not_get_in_each_others_way(ann: Guest, house: House) -> None:
    house.connect("quickbooks")
    ann.go(HOME)
    other = ann.another_tab()
    other.go(HOME)

    ann.page.get_by_label("Estimates", exact=True).uncheck()
    ann.press("Save settings")
    ann.sees("Sync settings are saved.")
    other.follow("Disconnect")
    other.press(f"Disconnect {house.label('quickbooks')}")
    other.sees("is disconnected from")

    ann.press("Save settings")
    ann.sees("There is no connection")
    ann.excuse("404")


def test_after_signing_out_the_back_button_shows_nothing(ann: Guest, house: House) -> None:
    house.connect("quickbooks")
    ann.go(HOME)
    ann.sees("Blue Plumbing LLC")
    ann.page.locator(".top summary").click()
    ann.press("Sign out")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Sign in")

    ann.page.go_back()

    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    ann.sees_not("Blue Plumbing LLC")


_TELL_WHEN_CLOSED = """
    const close = EventSource.prototype.close;
    EventSource.prototype.close = function () { close.call(this); console.debug("heard the end"); };
"""
_THE_END = 'event: end\ndata: {"left": 0, "done": 1, "total": 1, "words": "1 of 1"}\n\n'


def test_a_page_that_follows_a_sync_calls_nobody_back_who_has_left_it(ann: Guest, house: House) -> None:
    house.connect("quickbooks", mapped=False)
    house.sandbox("quickbooks").fault("slow", seconds=600, match={"method": "POST"})
    house.load(CUSTOMER, ITEM)
    following: Queue[Route] = Queue()
    leaving: Queue[Route] = Queue()
    ann.page.add_init_script(_TELL_WHEN_CLOSED)
    ann.page.route("**/events", following.put)
    ann.page.route("**/mapping?**", leaving.put)

    with ann.page.expect_request("**/events"):
        ann.go(HOME)
    ann.sees("1 item has no income account.")
    with ann.page.expect_request("**/mapping?**"):
        ann.page.get_by_role("link", name="Map accounts").click(no_wait_after=True)
    # The sync ends while the page to come is still being made.
    with ann.page.expect_console_message(lambda message: message.text == "heard the end"):
        following.get_nowait().fulfill(content_type="text/event-stream", body=_THE_END)
    leaving.get_nowait().continue_()

    ann.page.wait_for_url("**/mapping?**")
    expect(ann.page.get_by_label("Income account", exact=True)).to_be_visible()
