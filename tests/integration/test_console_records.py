"""Pages of records: lists with search and filters, a page each, and what viewers and empty tenants see."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.factories import link, make_connection, make_hub, make_tenant, save, set_tasks, sqlite_url
from tests.web_stage import Browser, signed_in, words

from ledgerport.services.context import Hub
from ledgerport.services.mark_paid import mark_paid

KINDS = ("invoices", "estimates", "payments", "customers", "items")
NASTY = "<script>alert(1)</script> & Sons"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    tenant = make_tenant(hub, "blue", promote_drafts=False)
    save(hub, tenant, "customer", "C-1", name="Doe Plumbing", email="j.doe@example.com")
    return tenant


@pytest.fixture
def admin(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as browser:
        yield browser


def before(text: str, *parts: str) -> bool:
    """Whether the parts come in this order."""
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("noun", KINDS)
def test_an_empty_tenant_is_told_how_records_come_here(hub: Hub, noun: str) -> None:
    make_tenant(hub, "green")
    with signed_in(hub, tenant="green") as browser:
        page = browser.get(f"/t/green/{noun}")
    assert f"No {noun} yet." in words(page)
    assert 'role="search"' not in page


def test_invoices_come_newest_first_with_customer_status_and_money(hub: Hub, tenant: int, admin: Browser) -> None:
    save(hub, tenant, "invoice", "I-1", number="INV-1", issued_on="2026-05-01", due_on="2026-05-03")
    save(hub, tenant, "invoice", "I-2", number="INV-2", issued_on="2026-05-03")
    save(hub, tenant, "invoice", "I-3", number="INV-3", issued_on="2026-05-02")
    mark_paid(hub, tenant_id=tenant, ref="I-3")
    shown = words(admin.get("/t/blue/invoices"))
    assert before(shown, "INV-2", "INV-3", "INV-1")
    assert "INV-1 Doe Plumbing 1 May 2026 Overdue 100.00 USD 100.00 USD" in shown.replace("\xa0", " ")
    assert "INV-3 Doe Plumbing 2 May 2026 Paid 100.00 USD 0.00 USD" in shown.replace("\xa0", " ")


def test_long_lists_come_in_pages_without_a_gap_or_a_double(hub: Hub, tenant: int, admin: Browser) -> None:
    for number in range(60):
        save(
            hub, tenant, "invoice", f"I-{number}", number=f"INV-{number:03d}", issued_on=f"2026-05-{1 + number % 3:02d}"
        )
    first = admin.get("/t/blue/invoices")
    assert "60 invoices" in words(first)
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = admin.get(following)
    for number in range(60):
        assert (f"INV-{number:03d}<" in first) != (f"INV-{number:03d}<" in second), number
    assert 'rel="next"' not in second


def test_names_are_listed_by_the_alphabet_whatever_their_case(hub: Hub, tenant: int, admin: Browser) -> None:
    for at, name in enumerate(("zebra Inc", "Ada", "bob", "Émile")):
        save(hub, tenant, "customer", f"X-{at}", name=name)
    assert before(words(admin.get("/t/blue/customers")), "Ada", "bob", "Doe Plumbing", "zebra Inc")


@pytest.mark.parametrize("sought", ["INV-2", "i-2", "doe plum", "J.DOE@"])
def test_an_invoice_is_found_by_number_ref_customer_and_email(
    hub: Hub, tenant: int, admin: Browser, sought: str
) -> None:
    save(hub, tenant, "customer", "C-2", name="Ada")
    save(hub, tenant, "invoice", "I-1", number="INV-1", customer="C-2")
    save(hub, tenant, "invoice", "I-2", number="INV-2")
    page = admin.get(f"/t/blue/invoices?q={sought}")
    assert "INV-2</a>" in page
    assert "INV-1</a>" not in page


def test_filters_are_links_that_keep_one_another(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    make_connection(hub, tenant, "beta")
    save(hub, tenant, "invoice", "I-1", number="INV-1", status="DRAFT")
    save(hub, tenant, "invoice", "I-2", number="INV-2")
    page = admin.get("/t/blue/invoices?q=INV&status=SENT&since=2026-05-01")
    assert "INV-2</a>" in page
    assert "INV-1</a>" not in page
    assert "/t/blue/invoices?q=INV&amp;status=SENT&amp;state=failed&amp;since=2026-05-01" in page
    assert "/t/blue/invoices?q=INV&amp;status=SENT&amp;provider=beta&amp;since=2026-05-01" in page
    nothing = admin.get("/t/blue/invoices?until=2026-04-30")
    assert "No invoice matches." in words(nothing)


def test_the_state_filter_shows_what_needs_a_person_at_one_provider(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    set_tasks(hub, tenant, state="blocked", reason_code="name_taken", reason="Alpha has a vendor named Doe.")
    page = admin.get("/t/blue/invoices?state=blocked&provider=alpha")
    assert "Needs you Alpha has a vendor named Doe." in words(page)
    assert "INV-1</a>" not in admin.get("/t/blue/invoices?state=synced&provider=alpha")
    assert "No customer matches." in words(admin.get("/t/blue/customers?state=gone"))


def test_a_day_that_is_none_is_said_beside_its_field(hub: Hub, tenant: int, admin: Browser) -> None:
    save(hub, tenant, "invoice", "I-1")
    page = admin.get("/t/blue/invoices?since=yesterday")
    assert "Write a day such as 2026-05-04." in words(page)
    assert 'value="yesterday"' in page


def test_an_invoice_shows_lines_payments_and_what_its_books_say(hub: Hub, tenant: int, admin: Browser) -> None:
    connection = make_connection(hub, tenant)
    lines = [{"description": "Half a day", "quantity": "0.5", "unit_price": "80.125"}]
    saved = save(hub, tenant, "invoice", "I-1", number="INV-0051", lines=lines, tax="3.57")
    part = [{"invoice": "I-1", "amount": "20.00"}]
    save(hub, tenant, "payment", "PAY-1", amount="20.00", reference="1022", allocations=part)
    totals = {"remote_total": Decimal("43.62"), "variance": Decimal("-0.01")}
    link(hub, tenant, connection, "invoice", saved.record_id, "145", **totals)
    page = admin.get("/t/blue/invoices/I-1")
    shown = words(page).replace("\xa0", " ")
    assert "Partly paid" in shown
    assert "Half a day 0.5 80.125 No tax 40.06 USD" in shown
    assert "Invoice INV-0051: 43.63 USD here, 43.62 USD in Alpha." in shown
    assert "PAY-1 1022 4 May 2026 Check Waiting 20.00 USD" in shown
    assert 'href="https://app.alpha.example/invoices/145"' in page
    assert 'href="/t/blue/customers/C-1"' in page
    assert 'href="/t/blue/invoices/I-1/history"' in page
    assert "Resync to Alpha" in shown


def test_what_waits_for_a_person_says_why_and_leads_to_what_can_be_done(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "item", "P-1", cost="10.00", price="14.25")
    set_tasks(hub, tenant, state="blocked", reason_code="unmapped_item", reason='"Drain snake 25 ft" has no account.')
    page = admin.get("/t/blue/items/P-1")
    shown = words(page).replace("\xa0", " ")
    assert '"Drain snake 25 ft" has no account.' in shown
    assert "Markup 42.5 %" in shown
    assert 'href="/t/blue/stuck/' in page
    assert "Retry in Alpha" in shown


def test_a_customer_s_page_has_their_invoices_and_payments(hub: Hub, tenant: int, admin: Browser) -> None:
    save(hub, tenant, "customer", "C-2", name="Ada")
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    save(hub, tenant, "invoice", "I-2", number="INV-2", customer="C-2")
    mark_paid(hub, tenant_id=tenant, ref="I-1")
    save(hub, tenant, "estimate", "E-1", number="EST-1")
    shown = words(admin.get("/t/blue/customers/C-1"))
    assert before(shown, "j.doe@example.com", "INV-1", "EST-1", "paid-I-1")
    assert "INV-2" not in shown
    of_hers = admin.get("/t/blue/invoices?customer=C-2")
    assert "INV-2</a>" in of_hers
    assert "INV-1</a>" not in of_hers


def test_payments_and_estimates_have_pages(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    mark_paid(hub, tenant_id=tenant, ref="I-1")
    save(hub, tenant, "estimate", "E-1", number="EST-1", expires_on="2026-05-02")
    save(hub, tenant, "payment", "PAY-2", amount="5.00")
    assert before(words(admin.get("/t/blue/payments/paid-I-1")), "What it pays", "INV-1", "Sync to Alpha")
    assert "It pays no invoice." in words(admin.get("/t/blue/payments/PAY-2"))
    assert "Expired" in words(admin.get("/t/blue/estimates/E-1"))
    assert before(words(admin.get("/t/blue/payments")), "Nothing to send", "INV-1 Waiting")


def test_names_with_markup_are_shown_as_they_are_written(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-<9>&?#%", name=NASTY, company_name=NASTY, phone="<b>1</b>")
    save(hub, tenant, "item", "P-1", name=NASTY, sku="<i>", category="<u>")
    lines = [{"item": "P-1", "description": NASTY, "quantity": "1", "unit_price": "1"}]
    save(hub, tenant, "invoice", "I-1", number="<b>7</b>", customer="C-<9>&?#%", lines=lines, memo=NASTY)
    save(hub, tenant, "payment", "PAY-1", customer="C-<9>&?#%", reference="<b>", memo=NASTY)
    set_tasks(hub, tenant, state="blocked", reason=NASTY)
    pages = [f"/t/blue/{noun}" for noun in KINDS] + [
        "/t/blue/items/P-1",
        "/t/blue/invoices/I-1",
        "/t/blue/payments/PAY-1",
    ]
    pages += [f"/t/blue/invoices?q={NASTY}", "/t/blue/customers/C-%3C9%3E%26%3F%23%25"]
    for address in pages:
        page = admin.get(address)
        assert "<script>alert" not in page, address
        for markup in ("<b>7", "<b>1", "<i>", "<u>"):
            assert markup not in page, address
    assert 'href="/t/blue/customers/C-%3C9%3E%26%3F%23%25"' in admin.get("/t/blue/customers")


def test_viewers_see_records_but_no_button(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        page = viewer.get("/t/blue/invoices/I-1")
        assert "Sync to Alpha" not in page
        assert "Mark as paid" not in page
        assert "/void" not in page
        for act in ("sync", "void", "pay"):
            viewer.send(f"/t/blue/invoices/I-1/{act}", status=403, provider="alpha")
    with signed_in(hub, tenant="blue") as other:
        assert "Open" in words(other.get("/t/blue/invoices/I-1"))


def test_another_tenant_s_records_are_not_there(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    make_tenant(hub, "green")
    with signed_in(hub, tenant="green") as stranger:
        stranger.get("/t/blue/invoices", status=404)
        stranger.get("/t/green/invoices/I-1", status=404)
        assert "No invoice matches." in words(stranger.get("/t/green/invoices?q=INV-1"))
        stranger.send("/t/green/invoices/I-1/sync", status=404)
        stranger.send("/t/blue/invoices/I-1/void", status=404)
