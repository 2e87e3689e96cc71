"""The page about past prices: asking, what it says when nobody answers, adding older documents, who may do what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import make_hub, make_tenant, save, sqlite_url
from tests.memory_answers import control, invoice, memory, plumber, remember, remembering, voyage
from tests.web_stage import Browser, signed_in, words

from ledgerport.services.context import Hub
from ledgerport.services.memory.backfill import show_backfill

PAGE = "/t/blue/memory"


@pytest.fixture(scope="module")
def voyage_url() -> Iterator[str]:
    with voyage() as url:
        yield url


@pytest.fixture
def hub(tmp_path: Path, voyage_url: str) -> Iterator[Hub]:
    with remembering(tmp_path, voyage_url) as made:
        yield made


@pytest.fixture
def tenant(hub: Hub) -> int:
    return plumber(hub)


@pytest.fixture
def admin(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as browser:
        yield browser


@pytest.fixture
def old_books(hub: Hub) -> int:
    """A tenant with three invoices from before the memory was turned on."""
    tenant = make_tenant(hub, "blue", promote_drafts=False)
    off = dataclasses.replace(hub, memory=None)
    save(off, tenant, "customer", "C-1", name="Ann Reed")
    save(off, tenant, "item", "HEATER", name="Install water heater", type="service", price="420.00", cost="280.00")
    for number in (1, 2, 3):
        invoice(off, tenant, f"I-{number}", "C-1", f"2026-01-1{number}", [("HEATER", f"4{number}0.00")])
    return tenant


def test_a_question_is_answered_with_figures_and_the_lines_they_stand_on(admin: Browser) -> None:
    page = admin.get(f"{PAGE}?q=water+heater+install")
    shown = words(page)

    assert "Usually 420.00 USD, from 400.00 to 460.00: 3 lines on invoices of 10 Jan 2026 to 10 Apr 2026." in shown
    assert "NI-2 Invoice, line 2 10 Feb 2026 Business 1 420.00 USD 280.00 USD 50 %" in shown
    assert 'href="/t/blue/invoices/I-2"' in page
    assert 'href="/t/blue/estimates/E-1"' in page
    assert "4 lines, the most similar first" in shown


def test_filters_stay_in_the_form_and_can_be_taken_away(admin: Browser) -> None:
    page = admin.get(f"{PAGE}?q=water+heater+install&since=2026-02-01&customer_type=homeowner")

    assert "There is not enough history for a usual price: only 1 line" in words(page)
    assert 'value="2026-02-01"' in page
    assert '<option value="homeowner" selected>Homeowner</option>' in page
    assert f'href="{PAGE}?q=water+heater+install"' in page


def test_the_page_without_a_question_asks_nobody(admin: Browser, voyage_url: str) -> None:
    control(voyage_url, "paid", method="DELETE")

    shown = words(admin.get(PAGE))

    assert "Documents 5 Distinct things sold 3 Waiting 0" in shown
    assert "Spent at Voyage" in shown
    assert control(voyage_url, "paid", method="GET")["requests"] == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("q=heater&since=yesterday", "Write a day such as 2026-05-04."),
        ("q=heater&since=2026-05-04&until=2026-05-01", "The last day is before the first."),
        ("q=j.doe%40example.com", "There is no question."),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(admin: Browser, query: str, told: str) -> None:
    assert told in words(admin.get(f"{PAGE}?{query}", status=422))


def test_voyage_away_is_said_and_the_page_stands(hub: Hub, tenant: int, tmp_path: Path) -> None:
    assert hub.memory is not None
    hub.memory.close()
    away = dataclasses.replace(hub, memory=memory(tmp_path, "http://127.0.0.1:9"))
    with signed_in(away, tenant="blue") as browser:
        shown = words(browser.get(f"{PAGE}?q=heater", status=503))
    assert away.memory is not None
    away.memory.close()

    assert "Voyage cannot be reached. Ask again in a minute. Billing goes on" in shown
    assert "Documents 5" in shown


def test_where_the_memory_is_off_there_is_no_page_and_no_link_to_it(tmp_path: Path) -> None:
    hub = make_hub(sqlite_url(tmp_path))
    make_tenant(hub, "blue")
    with signed_in(hub, tenant="blue") as browser:
        assert "Past prices" not in browser.get("/t/blue/invoices")
        for address in (PAGE, f"{PAGE}?q=heater", f"{PAGE}/backfill", f"{PAGE}/backfill/estimate"):
            browser.get(address, status=404)
    hub.database.close()


def test_the_way_to_the_page_is_in_the_navigation(admin: Browser) -> None:
    assert f'<a href="{PAGE}"' in admin.get("/t/blue/invoices")


def test_an_empty_memory_leads_to_the_older_documents(hub: Hub, old_books: int) -> None:
    with signed_in(hub, tenant="blue") as browser:
        page = browser.get(PAGE)
    assert "Nothing is remembered yet." in words(page)
    assert f'href="{PAGE}/backfill"' in page


def test_adding_older_documents_shows_the_arithmetic_then_how_far_then_what_it_cost(hub: Hub, old_books: int) -> None:
    with signed_in(hub, tenant="blue") as browser:
        assert f'data-load="{PAGE}/backfill/estimate"' in browser.get(f"{PAGE}/backfill")
        page = browser.get(f"{PAGE}/backfill/estimate")
        form = {
            name: page.split(f'name="{name}" value="')[1].split('"')[0]
            for name in ("documents", "unchanged", "texts", "tokens")
        }
        tokens = int(form["tokens"])
        assert f"3 documents x about {round(tokens / 3)} tokens = {tokens} tokens x $0.06 per million" in words(page)
        assert "Voyage's price for voyage-3.5 of" in words(page)
        assert form == {"documents": "3", "unchanged": "0", "texts": "4", "tokens": str(tokens)}

        under_way = browser.send(f"{PAGE}/backfill", **form)
        assert "Adding 3 documents. You may leave this page; it goes on." in words(under_way)
        assert "0 of 3 documents" in words(under_way)
        assert f'data-live="{PAGE}/backfill/events"' in under_way

        remember(hub, old_books)
        done = words(browser.get(PAGE))
        view = show_backfill(hub, tenant_id=old_books)
        assert view is not None
        assert (
            f"3 documents added. Estimated: {tokens} tokens, less than $0.01. Paid: {view.paid_tokens} tokens" in done
        )
        told = browser.http.get(f"{PAGE}/backfill/events").text
        assert "event: end" in told and '"done": 3, "total": 3' in told
        assert "There is nothing to add: 3 documents sent" in words(browser.get(f"{PAGE}/backfill/estimate"))


def test_a_viewer_asks_but_does_not_spend(hub: Hub, tenant: int) -> None:
    with signed_in(hub, role="viewer", tenant="blue") as browser:
        page = browser.get(f"{PAGE}?q=water+heater+install")
        assert "Usually 420.00 USD" in words(page)
        assert "Add older documents" not in words(page)
        browser.get(f"{PAGE}/backfill", status=403)
        browser.get(f"{PAGE}/backfill/estimate", status=403)
        browser.send(f"{PAGE}/backfill", status=403, documents="1", unchanged="0", texts="1", tokens="1")
    assert show_backfill(hub, tenant_id=tenant) is None


def test_another_tenant_s_page_is_not_there(hub: Hub, tenant: int) -> None:
    other = make_tenant(hub, "green")
    with signed_in(hub, tenant="green") as browser:
        for address in (PAGE, f"{PAGE}?q=heater", f"{PAGE}/backfill", f"{PAGE}/backfill/events"):
            browser.get(address, status=404)
        shown = words(browser.get("/t/green/memory?q=water+heater+install"))
    assert "Nothing that was sold is similar enough" in shown
    assert "NI-1" not in shown
    assert show_backfill(hub, tenant_id=other) is None


def test_a_form_from_elsewhere_starts_nothing(hub: Hub, tenant: int, admin: Browser) -> None:
    fields = {"csrf": "0", "documents": "1", "unchanged": "0", "texts": "1", "tokens": "1"}

    assert admin.post(f"{PAGE}/backfill", fields).status_code == 403
    assert show_backfill(hub, tenant_id=tenant) is None


def test_what_was_sold_is_shown_as_text_whatever_it_is_called(hub: Hub, tenant: int, admin: Browser) -> None:
    save(hub, tenant, "item", "NASTY", name="<script>alert(1)</script> boiler", type="product", price="9.00")
    invoice(hub, tenant, "I-9", "C-1", "2026-04-30", [("NASTY", "9.00")])
    remember(hub, tenant)

    page = admin.get(f"{PAGE}?q=boiler+alert+script")

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
