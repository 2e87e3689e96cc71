"""The PyPI client freshbooks-sdk, unchanged but for its addresses, works against the sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from freshbooks.builders.filter import FilterBuilder
from freshbooks.builders.includes import IncludesBuilder
from freshbooks.builders.paginator import PaginateBuilder
from freshbooks.builders.sort import SortBuilder
from freshbooks.client import Client
from freshbooks.errors import FreshBooksError
from freshbooks.models import VisState

from ledgerport_freshbooks_sandbox.app import FreshBooksSandbox, create_app
from ledgerport_freshbooks_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_sandbox import Clock, Running

CALLBACK = "http://127.0.0.1:9/callback"
NOW = 1_790_000_000  # 2026-09-21 in New York


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FreshBooksSandbox, str]]:
    """Limits off: the client does not pace itself."""
    app = create_app(clock=Clock(rate=0, at=NOW))
    app.limits.enabled = False
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Running(app) as running:
        monkeypatch.setenv("FRESHBOOKS_API_URL", running.url)
        monkeypatch.setenv("FRESHBOOKS_AUTH_URL", running.url)
        yield app, running.url


def signed_in(**more: Any) -> Any:
    client = Client("sandbox-client", "sandbox-secret", CALLBACK, **more)
    answer = httpx.post(client.get_auth_request_url(), data={"decision": "allow"}, trust_env=False)
    client.get_access_token(httpx.URL(answer.headers["location"]).params["code"])
    return client


@pytest.fixture
def fb(sandbox: tuple[FreshBooksSandbox, str]) -> Any:
    """Signed in; a refused call is not repeated."""
    return signed_in(auto_retry=False)


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "code": "USD"}


def bill(fb: Any, client_id: int, number: str = "FS-1", price: str = "100.00") -> Any:
    line = {"name": "Drain cleaning", "qty": 1, "unit_cost": money(price)}
    line |= {"taxName1": "Texas Sales Tax", "taxAmount1": 8.25}
    head = {"customerid": client_id, "create_date": "2026-09-01", "due_offset_days": 30, "invoice_number": number}
    return fb.invoices.create(COMPANY, {**head, "lines": [line], "action_mark_as_sent": True})


def test_a_code_becomes_tokens_that_end_after_twelve_hours(fb: Any) -> None:
    assert fb.access_token_expires_at == datetime.fromtimestamp(NOW, UTC) + timedelta(hours=12)


@pytest.mark.parametrize("created_at", ["refresh", "grant"])
def test_a_refresh_gives_a_new_pair_that_ends_when_it_says(
    sandbox: tuple[FreshBooksSandbox, str], fb: Any, created_at: str
) -> None:
    sandbox[0].switches.set({"created_at": created_at})
    sandbox[0].clock.advance(3600)
    spent = fb.refresh_token
    fb.refresh_access_token()
    assert fb.refresh_token != spent
    assert fb.access_token_expires_at == datetime.fromtimestamp(NOW + 3600, UTC) + timedelta(hours=12)
    with pytest.raises(FreshBooksError, match="authorization grant is invalid"):
        fb.refresh_access_token(spent)


def test_the_person_belongs_to_both_businesses(fb: Any) -> None:
    me = fb.current_user()
    assert [(one.account_id, one.name) for one in (m.business for m in me.business_memberships)] == [
        (COMPANY, "Blue Heron Plumbing"),
        (OTHER_COMPANY, "Second Street Heating"),
    ]


def test_a_client_is_created_read_changed_found_and_deleted(fb: Any) -> None:
    made = fb.clients.create(COMPANY, {"organization": "Harbor View HOA", "email": "dana@harborview.example"})
    fb.clients.update(COMPANY, made.userid, {"p_city": "Austin"})
    assert fb.clients.get(COMPANY, made.userid).p_city == "Austin"
    by_mail = FilterBuilder().equals("email", "dana@harborview.example")
    assert [one.userid for one in fb.clients.list(COMPANY, [by_mail])] == [made.userid]
    assert fb.clients.delete(COMPANY, made.userid).vis_state == VisState.DELETED
    assert len(fb.clients.list(COMPANY, [by_mail])) == 0


def test_pages_and_sort_keys_of_clients_work(fb: Any) -> None:
    for name in ("Cedar", "Alder", "Birch"):
        fb.clients.create(COMPANY, {"organization": name})
    page = fb.clients.list(COMPANY, [PaginateBuilder(1, 2), SortBuilder().ascending("organization_name")])
    assert ([one.organization for one in page], page.pages.total, page.pages.pages) == (["Alder", "Birch"], 3, 2)


def test_an_item_is_created_changed_and_listed(fb: Any) -> None:
    made = fb.items.create(COMPANY, {"name": "Drain cleaning", "unit_cost": money("145"), "sku": "DC-1", "tax1": 7840})
    fb.items.update(COMPANY, made.itemid, {"unit_cost": money("150.50")})
    (found,) = fb.items.list(COMPANY)
    assert (found.name, found.sku, found.unit_cost.amount, found.tax1) == ("Drain cleaning", "DC-1", "150.50", 7840)


def test_an_invoice_is_billed_found_by_its_number_and_shows_lines_when_asked(fb: Any) -> None:
    client = fb.clients.create(COMPANY, {"organization": "Harbor View HOA"})
    made = bill(fb, client.userid)
    assert "lines" not in made.data
    (found,) = fb.invoices.list(COMPANY, [FilterBuilder().equals("invoice_number", "FS-1")])
    assert (found.amount.amount, found.v3_status, found.data["due_date"]) == ("108.25", "sent", "2026-10-01")
    read = fb.invoices.get(COMPANY, made.invoiceid, IncludesBuilder().include("lines"))
    assert [(line.name, line.amount.amount) for line in read.lines] == [("Drain cleaning", "100.00")]


def test_a_payment_is_made_changed_and_deleted(fb: Any) -> None:
    client = fb.clients.create(COMPANY, {"organization": "Harbor View HOA"})
    invoice = bill(fb, client.userid)
    body = {"invoiceid": invoice.invoiceid, "amount": money("60.00"), "date": "2026-09-10", "type": "Check"}
    paid = fb.payments.create(COMPANY, {**body, "note": "P-1"})
    assert fb.invoices.get(COMPANY, invoice.invoiceid).v3_status == "partial"
    fb.payments.update(COMPANY, paid.logid, {"amount": money("108.25")})
    (found,) = fb.payments.list(COMPANY, [FilterBuilder().equals("notes", "P-1")])
    assert (found.logid, found.amount.amount) == (paid.logid, "108.25")
    assert fb.invoices.get(COMPANY, invoice.invoiceid).v3_status == "paid"
    fb.payments.delete(COMPANY, paid.logid)
    assert fb.invoices.get(COMPANY, invoice.invoiceid).outstanding.amount == "108.25"


def test_an_invoice_and_an_estimate_are_deleted_by_http_delete(fb: Any) -> None:
    client = fb.clients.create(COMPANY, {"organization": "Harbor View HOA"})
    invoice = bill(fb, client.userid)
    estimate = fb.estimates.create(COMPANY, {"customerid": client.userid, "create_date": "2026-09-01"})
    fb.invoices.delete(COMPANY, invoice.invoiceid)
    fb.estimates.delete(COMPANY, estimate.estimateid)
    assert (len(fb.invoices.list(COMPANY)), len(fb.estimates.list(COMPANY))) == (0, 0)


def test_taxes_are_listed_created_and_deleted(fb: Any) -> None:
    made = fb.taxes.create(COMPANY, {"name": "County Tax", "amount": "1.5"})
    assert [(one.name, one.amount) for one in fb.taxes.list(COMPANY)] == [
        ("Texas Sales Tax", "8.25"),
        ("City Surcharge", "1"),
        ("County Tax", "1.5"),
    ]
    fb.taxes.delete(COMPANY, made.taxid)
    assert len(fb.taxes.list(COMPANY)) == 2


def test_a_callback_is_registered_listed_and_deleted(fb: Any) -> None:
    made = fb.callbacks.create(COMPANY, {"event": "invoice.create", "uri": "https://hub.example/in"})
    assert (made.verified, made.event) == (False, "invoice.create")
    assert [one.callbackid for one in fb.callbacks.list(COMPANY)] == [made.callbackid]
    fb.callbacks.delete(COMPANY, made.callbackid)
    assert len(fb.callbacks.list(COMPANY)) == 0


def test_an_unknown_client_is_the_error_its_fixture_shows(fb: Any) -> None:
    with pytest.raises(FreshBooksError) as refused:
        fb.clients.get(COMPANY, 12345)
    assert (refused.value.status_code, refused.value.error_code, str(refused.value)) == (404, 1012, "Client not found.")


def test_the_new_envelope_is_one_that_the_client_cannot_read(sandbox: tuple[FreshBooksSandbox, str]) -> None:
    newer = signed_in(auto_retry=False, api_version="2023-02-20")
    with pytest.raises(FreshBooksError, match="Unknown error") as refused:
        newer.clients.get(COMPANY, 12345)
    answered: Any = refused.value.raw_response
    assert answered["details"][0]["reason"] == "1012"


def test_a_missing_item_module_comes_back_as_data(sandbox: tuple[FreshBooksSandbox, str], fb: Any) -> None:
    sandbox[0].switches.set({"items_module": False})
    assert fb.items.list(COMPANY).data["response"]["errors"][0]["errno"] == 12001


def test_services_and_the_chart_of_accounts_are_read(fb: Any) -> None:
    business = fb.current_user().business_memberships[0].business
    made = fb.services.create(business.id, {"name": "Inspection"})
    assert [one.id for one in fb.services.list(business.id)] == [made.id]
    chart = fb.ledger_accounts.list(business.business_uuid)
    assert {"Sales", "Service Income", "Cost of Goods Sold"} <= {one.name for one in chart}
