"""Xero's sandbox: tenants, scopes, limits, faults and the control routes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.integration.xero_desk import contact, draft, fresh, invoice, payment, served

from ledgerport_sandbox import Running, load
from ledgerport_xero_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_xero_sandbox.visitor import Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        yield visitor


@pytest.fixture
def paced(running: Running) -> Iterator[Visitor]:
    with fresh(running, limits=True) as visitor:
        visitor.sign_in()
        yield visitor


def fault(app: Visitor, name: str, **more: Any) -> None:
    app.control("faults", {"name": name, **more})


# -- who may -------------------------------------------------------------------------------------------------


def test_the_installed_entry_point_builds_the_sandbox() -> None:
    app = load("xero", store=":memory:")
    assert app.provider == "xero"
    app.close()


def test_a_token_that_is_not_ours_is_401(app: Visitor) -> None:
    app.http.headers["authorization"] = "Bearer guess"
    answer = app.get("Organisation")
    assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthenticationUnsuccessful")


@pytest.mark.parametrize("tenant", ["", OTHER_COMPANY])
def test_a_missing_or_foreign_tenant_is_403(app: Visitor, tenant: str) -> None:
    app.tenant = tenant
    answer = app.get("Organisation")
    expected = {"Type": None, "Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"}
    assert answer.status_code == 403
    assert {**answer.json(), "Instance": ""} == {**expected, "Instance": "", "Extensions": {}}


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("accounting.contacts", "GET", "Contacts", True),
        ("accounting.contacts.read", "GET", "Contacts", True),
        ("accounting.contacts.read", "PUT", "Contacts", False),
        ("accounting.contacts", "GET", "Invoices", False),
        ("accounting.invoices", "GET", "Quotes", True),
        ("accounting.invoices", "GET", "Items", True),
        ("accounting.settings", "GET", "Items", True),
        ("accounting.invoices", "GET", "Payments", False),
        ("accounting.transactions", "GET", "Payments", True),
        ("accounting.invoices", "GET", "Accounts", False),
    ],
)
def test_scopes_open_their_endpoints_only(running: Running, scope: str, method: str, path: str, allowed: bool) -> None:
    with fresh(running) as app:
        app.sign_in(scope=scope)
        answer = app.call(method, path, {} if method == "PUT" else None)
        assert (answer.status_code != 401) is allowed


def test_a_missing_scope_is_answered_to_the_letter(running: Running) -> None:
    with fresh(running) as app:
        app.sign_in(scope="accounting.contacts")
        answer = app.get("Invoices")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "insufficient_scope")
        expected = {"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": "AuthorizationUnsuccessful"}
        assert {**answer.json(), "Instance": ""} == {**expected, "Instance": "", "Extensions": {}}
        assert "x-minlimit-remaining" not in answer.headers
        app.control("switches", {"scope_spelling": "insufficent_scope", "items_scope": "settings"})
        assert app.get("Invoices").headers["www-authenticate"] == "insufficent_scope"


def test_a_user_who_lost_the_role_and_a_lapsed_plan_are_403(app: Visitor) -> None:
    app.person("settings", data={"plan": "READONLY"})
    assert app.get("Contacts").status_code == 200
    assert app.put("Contacts", {"Name": "A"}).status_code == 403
    app.person("settings", data={"role": "NONE"})
    assert app.get("Contacts").json()["Detail"] == "AuthorizationUnsuccessful"


def test_an_organisation_that_is_offline_answers_503_as_text(app: Visitor) -> None:
    app.person("offline")
    answer = app.get("Contacts")
    assert (answer.status_code, answer.text) == (503, "The Organisation is offline")
    app.person("online")
    assert app.get("Contacts").status_code == 200


def test_what_is_not_there_is_404_as_text_and_what_is_not_built_501(app: Visitor) -> None:
    answer = app.get("Invoices/nope")
    assert (answer.status_code, answer.text) == (404, "The resource you're looking for cannot be found")
    assert app.http.get("/api.xro/9.9/Contacts").status_code == 404
    answer = app.get("CreditNotes")
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (501, 20)


def test_a_body_over_three_and_a_half_megabytes_is_413(app: Visitor) -> None:
    answer = app.put("Contacts", {"Name": "x" * 3_600_000})
    assert answer.status_code == 413
    assert app.ledger()["customers"] == []


# -- limits --------------------------------------------------------------------------------------------------


def test_the_sixty_first_call_of_a_minute_waits_for_retry_after(paced: Visitor) -> None:
    answers = [paced.get("Organisation") for _ in range(61)]
    assert [answer.status_code for answer in answers].count(429) == 1
    over = answers[-1]
    assert (over.content, over.headers["x-rate-limit-problem"]) == (b"", "minute")
    assert over.headers["x-minlimit-remaining"] == "0"
    wait = int(over.headers["retry-after"])
    assert 0 < wait <= 60
    paced.control("clock", {"advance": wait})
    assert paced.get("Organisation").headers["x-minlimit-remaining"] == "59"


def test_every_answer_of_a_tenant_tells_what_is_left(paced: Visitor) -> None:
    headers = paced.get("Organisation").headers
    left = [headers[f"x-{name}-remaining"] for name in ("minlimit", "daylimit", "appminlimit")]
    assert left == ["59", "4999", "9999"]


def test_tenants_are_counted_apart(paced: Visitor) -> None:
    paced.get("Organisation")
    paced.tenant = OTHER_COMPANY
    paced.sign_in()
    assert paced.get("Organisation").headers["x-minlimit-remaining"] == "59"


def test_the_starter_plan_has_a_thousand_calls_a_day(paced: Visitor) -> None:
    paced.control("switches", {"starter_tier": True})
    assert paced.get("Organisation").headers["x-daylimit-remaining"] == "999"


def test_the_sixth_call_at_once_is_refused_without_retry_after(paced: Visitor) -> None:
    paced.control("clock", {"rate": 1})
    paced.control("latency", {"seconds": 0.4})
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: paced.get("Organisation"), range(6)))
    (refused,) = [answer for answer in answers if answer.status_code == 429]
    assert refused.headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in refused.headers


@pytest.mark.parametrize("limit", ["concurrent", "minute", "day", "appminute"])
def test_every_kind_of_429_comes_on_demand(app: Visitor, limit: str) -> None:
    fault(app, "throttle", limit=limit, retry_after=7)
    answer = app.get("Contacts")
    assert (answer.status_code, answer.headers["x-rate-limit-problem"]) == (429, limit)
    assert answer.headers.get("retry-after") == (None if limit == "concurrent" else "7")


# -- faults --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "saved"), [("drop_before", 0), ("drop_after", 1), ("cut_after", 1)])
def test_a_broken_connection_applies_what_its_name_says(app: Visitor, name: str, saved: int) -> None:
    more = {"bytes": 40} if name == "cut_after" else {}
    fault(app, name, match={"entity": "Customer", "operation": "create"}, **more)
    with pytest.raises(httpx.TransportError):
        app.put("Contacts", {"Name": "A"})
    assert len(app.ledger()["customers"]) == saved


@pytest.mark.parametrize(
    ("entity", "operation"),
    [
        ("Customer", "create"),
        ("Customer", "update"),
        ("Customer", "batch"),
        ("Item", "create"),
        ("Invoice", "create"),
        ("Invoice", "void"),
        ("Estimate", "create"),
        ("Payment", "create"),
        ("Payment", "delete"),
    ],
)
def test_faults_strike_every_write_by_the_hubs_words(app: Visitor, entity: str, operation: str) -> None:
    bill = invoice(app, InvoiceNumber="F-1")
    paid = app.create("Payments", payment(bill, 40))
    buyer = bill["Contact"]["ContactID"]
    writes: dict[tuple[str, str], tuple[str, str, Any]] = {
        ("Customer", "create"): ("PUT", "Contacts", {"Name": "A"}),
        ("Customer", "update"): ("POST", "Contacts", {"ContactID": buyer, "FirstName": "A"}),
        ("Customer", "batch"): ("PUT", "Contacts", {"Contacts": [{"Name": "A"}, {"Name": "B"}]}),
        ("Item", "create"): ("PUT", "Items", {"Code": "A"}),
        ("Invoice", "create"): ("PUT", "Invoices", draft(app, buyer)),
        ("Invoice", "void"): ("POST", f"Invoices/{bill['InvoiceID']}", {"Status": "VOIDED"}),
        ("Estimate", "create"): ("PUT", "Quotes", {"Contact": {"ContactID": buyer}}),
        ("Payment", "create"): ("PUT", "Payments", payment(bill, 10)),
        ("Payment", "delete"): ("POST", f"Payments/{paid['PaymentID']}", {"Status": "DELETED"}),
    }
    fault(app, "status", status=502, match={"entity": entity, "operation": operation})
    method, path, body = writes[entity, operation]
    assert app.call(method, path, body).status_code == 502
    assert app.control("faults")["waiting"] == []


def test_an_expired_token_is_renewed_and_a_withdrawn_grant_is_not(app: Visitor) -> None:
    fault(app, "expired_token")
    assert app.get("Organisation").json()["Detail"].startswith("TokenExpired")
    app.hold(app.refresh().json())
    fault(app, "revoked_grant")
    assert app.get("Organisation").status_code == 401
    assert app.refresh().json() == {"error": "invalid_grant"}


def test_503_is_plain_text_of_choice(app: Visitor) -> None:
    fault(app, "status", status=503)
    answer = app.get("Contacts")
    assert (answer.status_code, answer.text) == (503, "The Xero API is temporarily unavailable")


@pytest.mark.parametrize(("chosen", "named"), [({"index": 1}, "B"), ({"record": "C"}, "C")])
def test_one_element_of_a_batch_is_refused_on_demand(app: Visitor, chosen: dict[str, Any], named: str) -> None:
    fault(app, "refuse_item", message="No.", **chosen)
    body = {"Contacts": [{"Name": name} for name in "ABC"]}
    answers = app.put("Contacts", body, summarizeErrors="false").json()["Contacts"]
    (bad,) = [one for one in answers if one["StatusAttributeString"] == "ERROR"]
    assert (bad["Name"], bad["ValidationErrors"]) == (named, [{"Message": "No."}])
    assert len(app.ledger()["customers"]) == 2


def test_a_refused_batch_saves_nothing(app: Visitor) -> None:
    fault(app, "refuse_batch", message="No.")
    answer = app.put("Contacts", {"Contacts": [{"Name": "A"}, {"Name": "B"}]}, summarizeErrors="false")
    assert (answer.status_code, answer.json()["Message"]) == (400, "No.")
    assert app.ledger()["customers"] == []


def test_answers_of_a_batch_may_come_shuffled_or_short(app: Visitor) -> None:
    fault(app, "shuffle_batch")
    body = {"Contacts": [{"Name": name} for name in "ABC"]}
    answers = app.put("Contacts", body, summarizeErrors="false").json()["Contacts"]
    assert [one["Name"] for one in answers] == ["C", "B", "A"]
    fault(app, "drop_bid", index=0)
    body = {"Contacts": [{"Name": name} for name in "DEF"]}
    answers = app.put("Contacts", body, summarizeErrors="false").json()["Contacts"]
    assert [one["Name"] for one in answers] == ["E", "F"]
    assert len(app.ledger()["customers"]) == 6


# -- control routes ------------------------------------------------------------------------------------------


def test_a_fresh_sandbox_has_two_organisations_in_dollars(app: Visitor) -> None:
    names = {}
    for tenant in (COMPANY, OTHER_COMPANY):
        app.tenant = tenant
        names[app.ledger()["company"]["name"]] = app.ledger()["company"]["currency"]
    assert names == {"Blue Heron Plumbing": "USD", "Second Street Heating": "USD"}


def test_the_ledger_has_rows_totals_and_checks(app: Visitor) -> None:
    bill = invoice(app, InvoiceNumber="F-1")
    app.create("Payments", payment(bill, 40, Reference="P-1"))
    app.create("Items", {"Code": "SNAKE", "Name": "Drain snake", "SalesDetails": {"UnitPrice": 21.62}})
    books = app.ledger()
    assert books["totals"] == {
        "customers": 1,
        "items": 1,
        "invoices": 1,
        "estimates": 0,
        "payments": 1,
        "invoiced": "100.00",
        "paid": "40.00",
        "open": "60.00",
    }
    assert books["checks"] == []
    assert (books["items"][0]["name"], books["items"][0]["sku"], books["items"][0]["price"]) == (
        "Drain snake",
        "SNAKE",
        "21.62",
    )
    assert books["payments"][0]["applied"] == [{"invoice_id": bill["InvoiceID"], "amount": "40.00"}]


def test_deleted_and_voided_documents_are_worth_nothing_in_the_ledger(app: Visitor) -> None:
    first, second = invoice(app, InvoiceNumber="F-1"), invoice(app, InvoiceNumber="F-2", Status="DRAFT")
    app.change("Invoices", first["InvoiceID"], {"Status": "VOIDED"})
    app.change("Invoices", second["InvoiceID"], {"Status": "DELETED"})
    (row,) = app.ledger()["invoices"]
    assert (row["number"], row["total"], row["balance"], row["void"]) == ("F-1", "0.00", "0.00", True)


def test_an_organisation_is_added_and_connected(app: Visitor) -> None:
    made = app.control("companies", {"name": "Third Avenue Roofing"})
    app.tenant = made["id"]
    app.sign_in()
    assert len(app.all("Accounts")) == 18
    assert app.http.post("/_sandbox/companies", json={"name": "Again", "id": made["id"]}).status_code == 422


def test_revoke_ends_the_grants_that_reach_an_organisation(app: Visitor) -> None:
    assert app.control("revoke", {"company": OTHER_COMPANY}) == {"revoked": 0}
    assert app.control("revoke", {"company": COMPANY}) == {"revoked": 1}
    assert app.get("Organisation").status_code == 401


def test_calls_are_counted_by_route_without_secrets(app: Visitor) -> None:
    app.http.delete("/_sandbox/calls")
    bill = invoice(app, InvoiceNumber="F-1")
    app.read("Invoices", bill["InvoiceID"])
    report = app.control("calls")
    counts = {(row["method"], row["route"]): row["count"] for row in report["counts"]}
    assert counts["GET", "/api.xro/2.0/Invoices/{id}"] == 1
    assert app.tokens["access_token"] not in str(report)


def test_a_store_survives_a_restart(tmp_path: Any) -> None:
    path = tmp_path / "xero.sqlite"
    with Running(load("xero", store=path)) as first, Visitor(first.url) as app:
        tokens = app.sign_in()
        made = contact(app)
    with Running(load("xero", store=path)) as second, Visitor(second.url) as app:
        app.hold(tokens)
        assert app.read("Contacts", made["ContactID"])["Name"] == "Harbor View HOA"
        assert [row["tenantId"] for row in app.http.get("/connections").json()] == [COMPANY]
        assert app.refresh().status_code == 200
