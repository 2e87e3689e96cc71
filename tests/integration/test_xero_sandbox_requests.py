"""Xero's sandbox: envelopes, batches, idempotency keys, lists and filters."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.integration.xero_desk import contact, draft, fresh, invoice, payment, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.envelopes import ZERO
from ledgerport_xero_sandbox.state import OTHER_COMPANY
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


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Name"] for row in rows]


# -- envelopes -----------------------------------------------------------------------------------------------


def test_json_is_pretty_printed_with_crlf_and_escaped_slashes(app: Visitor) -> None:
    contact(app)
    raw = app.get("Contacts").content
    assert raw.startswith(b'{\r\n  "Id": "')
    assert b'"UpdatedDateUTC": "\\/Date(1790000000000+0000)\\/"' in raw


def test_the_envelope_names_the_app_and_its_id_is_the_correlation_id(app: Visitor) -> None:
    answer = app.get("Organisation")
    body = answer.json()
    assert list(body) == ["Id", "Status", "ProviderName", "DateTimeUTC", "Organisations"]
    assert (body["Status"], body["ProviderName"], body["DateTimeUTC"]) == (
        "OK",
        "sandbox-client",
        "/Date(1790000000000)/",
    )
    assert answer.headers["xero-correlation-id"] == body["Id"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("accept", ["*/*", "application/xml"])
def test_who_does_not_ask_for_json_gets_xml(app: Visitor, accept: str) -> None:
    app.http.headers["accept"] = accept
    answer = app.get("Currencies")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert "<Currencies><Currency><Code>USD</Code>" in answer.text


@pytest.mark.parametrize("wrap", [lambda row: row, lambda row: [row], lambda row: {"Contacts": [row]}])
def test_a_record_may_come_bare_in_a_list_or_in_its_collection(app: Visitor, wrap: Any) -> None:
    assert app.only("Contacts", app.put("Contacts", wrap({"Name": "A"})))["Name"] == "A"


@pytest.mark.parametrize(("body", "number"), [({"Contacts": []}, 17), ({"Contacts": ["A"]}, 14)])
def test_a_body_without_records_is_refused(app: Visitor, body: Any, number: int) -> None:
    answer = app.put("Contacts", body)
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, number)


def test_a_body_that_is_no_json_is_refused(app: Visitor) -> None:
    headers = {"xero-tenant-id": app.tenant}
    answer = app.http.put("/api.xro/2.0/Contacts", content=b"<Contacts/>", headers=headers)
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


# -- batches -------------------------------------------------------------------------------------------------


def test_with_summarised_errors_the_good_ones_are_saved_and_not_told(app: Visitor) -> None:
    contact(app, "Taken")
    body = {"Contacts": [{"Name": "Taken"}, {"Name": "Good"}]}
    for query in ({}, {"summarizeErrors": "true"}):
        answer = app.put("Contacts", body, **query)
        assert answer.status_code == 400
    error = answer.json()
    assert (error["ErrorNumber"], error["Type"], error["Message"]) == (
        10,
        "ValidationException",
        "A validation exception occurred",
    )
    assert [one["Name"] for one in error["Elements"]] == ["Taken", "Good"]
    assert "StatusAttributeString" not in error["Elements"][0]
    assert [row["name"] for row in app.ledger()["customers"]] == ["Taken", "Good"]


def test_without_summarised_errors_every_element_has_its_own_verdict(app: Visitor) -> None:
    contact(app, "Taken")
    body = {"Contacts": [{"Name": "Taken", "FirstName": "X"}, {"Name": "Good"}, {"Name": "good "}]}
    answer = app.put("Contacts", body, summarizeErrors="false")
    rows = answer.json()["Contacts"]
    assert answer.status_code == 200
    assert [row["StatusAttributeString"] for row in rows] == ["ERROR", "OK", "ERROR"]
    assert (rows[0]["ContactID"], rows[0]["FirstName"], rows[0]["HasValidationErrors"]) == (ZERO, "X", True)
    assert rows[0]["Phones"] == []
    assert rows[1]["ContactID"] != ZERO


def test_the_default_of_summarised_errors_is_a_switch(app: Visitor) -> None:
    app.control("switches", {"summarize_errors_default": False, "message_member": "Description"})
    answer = app.put("Contacts", {"FirstName": "A"})
    assert answer.status_code == 200
    assert answer.json()["Contacts"][0]["ValidationErrors"][0].keys() == {"Description"}


def test_a_refused_element_leaves_nothing_behind(app: Visitor) -> None:
    good = draft(app, contact(app)["ContactID"], InvoiceNumber="F-1")
    bad = {**good, "Contact": {"Name": "Made on the fly"}}
    answer = app.put("Invoices", {"Invoices": [good, bad]}, summarizeErrors="false")
    assert [row["HasErrors"] for row in answer.json()["Invoices"]] == [False, True]
    assert [row["name"] for row in app.ledger()["customers"]] == ["Harbor View HOA"]


# -- idempotency ---------------------------------------------------------------------------------------------


def keyed(app: Visitor, key: str, body: Any, method: str = "PUT", **query: str) -> httpx.Response:
    return app.call(method, "Contacts", body, {"idempotency-key": key}, **query)


def test_the_same_request_gets_its_first_answer_for_six_minutes(app: Visitor) -> None:
    first = keyed(app, "k", {"Name": "A"})
    app.control("clock", {"advance": 359})
    again = keyed(app, "k", {"Name": "A"})
    assert (again.status_code, again.content) == (200, first.content)
    app.control("clock", {"advance": 1})
    assert keyed(app, "k", {"Name": "A"}).status_code == 400


def test_a_refusal_is_repeated_too(app: Visitor) -> None:
    taken = contact(app, "A")
    assert keyed(app, "k", {"Name": "A"}).status_code == 400
    app.person("archive", id=taken["ContactID"])
    assert keyed(app, "k", {"Name": "A"}).status_code == 400
    assert keyed(app, "k2", {"Name": "A"}).status_code == 200


def test_another_request_under_the_same_key_is_refused(app: Visitor) -> None:
    keyed(app, "k", {"Name": "A"})
    text = "Idempotency Key: k is used with a different request."
    for answer in (
        keyed(app, "k", {"Name": "B"}),
        keyed(app, "k", {"Name": "A"}, method="POST"),
        keyed(app, "k", {"Name": "A"}, summarizeErrors="false"),
    ):
        assert (answer.status_code, answer.json()["Message"]) == (400, text)
    app.control("switches", {"idempotency_mismatch": "elements"})
    (element,) = keyed(app, "k", {"Name": "B"}).json()["Elements"]
    assert element["ValidationErrors"] == [{"Message": text}]
    assert keyed(app, "k", {"Name": "A"}).status_code == 200


def test_two_organisations_of_an_app_share_the_keys(app: Visitor) -> None:
    first = keyed(app, "k", {"Name": "A"})
    app.tenant = OTHER_COMPANY
    app.sign_in()
    assert keyed(app, "k", {"Name": "A"}).content == first.content
    assert app.ledger()["customers"] == []


def test_a_key_may_have_128_characters(app: Visitor) -> None:
    assert keyed(app, "k" * 128, {"Name": "A"}).status_code == 200
    assert keyed(app, "k" * 129, {"Name": "B"}).status_code == 400


@pytest.mark.parametrize(("kept", "again"), [(True, 500), (False, 200)])
def test_a_server_error_of_xero_itself_is_repeated(app: Visitor, kept: bool, again: int) -> None:
    app.control("switches", {"idempotency_keeps_5xx": kept})
    app.control("faults", {"name": "status", "status": 500, "applied": True})
    assert keyed(app, "k", {"Name": "A"}).status_code == 500
    assert keyed(app, "k", {"Name": "A"}).status_code == again
    assert len(app.ledger()["customers"]) == 1


def test_a_gateways_error_is_not_repeated(app: Visitor) -> None:
    app.control("faults", {"name": "status", "status": 502, "body": "html"})
    assert keyed(app, "k", {"Name": "A"}).status_code == 502
    assert keyed(app, "k", {"Name": "A"}).status_code == 200


def test_an_answer_that_was_lost_is_there_for_the_next_try(app: Visitor) -> None:
    app.control("faults", {"name": "drop_after"})
    with pytest.raises(httpx.TransportError):
        keyed(app, "k", {"Name": "A"})
    assert keyed(app, "k", {"Name": "A"}).status_code == 200
    assert len(app.ledger()["customers"]) == 1


@pytest.mark.parametrize(("switch", "statuses"), [("replay", [200, 200]), ("refuse", [200, 400])])
def test_a_key_whose_first_request_still_runs_follows_the_switch(
    app: Visitor, switch: str, statuses: list[int]
) -> None:
    app.control("clock", {"rate": 1})
    app.control("switches", {"idempotency_while_running": switch})
    app.control("latency", {"seconds": 0.3})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: keyed(app, "k", {"Name": "A"}), range(2)))
    assert sorted(answer.status_code for answer in answers) == statuses
    assert len(app.ledger()["customers"]) == 1


def test_a_replay_costs_a_call(running: Running) -> None:
    with fresh(running, limits=True) as app:
        app.sign_in()
        left = [keyed(app, "k", {"Name": "A"}).headers["x-minlimit-remaining"] for _ in range(2)]
        assert left == ["59", "58"]


# -- lists ---------------------------------------------------------------------------------------------------


def test_pages_have_a_pagination_object_and_sizes_are_clamped(app: Visitor) -> None:
    app.put("Contacts", {"Contacts": [{"Name": f"C{n:03}"} for n in range(120)]}, summarizeErrors="false")
    first, second = (app.get("Contacts", page=page).json() for page in "12")
    assert first["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 2, "itemCount": 120}
    assert names(second["Contacts"]) == [f"C{n:03}" for n in range(100, 120)]
    assert app.get("Contacts", page="1", pageSize="5000").json()["pagination"]["pageSize"] == 1000
    assert len(app.all("Contacts", page="1", pageSize="0")) == 1
    assert app.all("Contacts", page="3") == []


def test_without_a_page_invoices_and_contacts_come_short(app: Visitor) -> None:
    bill = invoice(app, buyer=contact(app, ContactPersons=[{"FirstName": "Pat"}])["ContactID"])
    (row,) = app.all("Invoices")
    assert (row["LineItems"], row["Contact"]["Name"], row["Total"]) == ([], "Harbor View HOA", 100.0)
    for query in ({"page": "1"}, {"IDs": bill["InvoiceID"]}, {"Statuses": "AUTHORISED"}):
        assert len(app.all("Invoices", **query)[0]["LineItems"]) == 1
    (row,) = app.all("Contacts")
    assert (row["ContactPersons"], row["Phones"]) == ([], [])
    (row,) = app.all("Contacts", page="1")
    assert row["ContactPersons"][0]["FirstName"] == "Pat"


def test_statuses_and_summary_only_force_paging(app: Visitor) -> None:
    invoice(app)
    assert "pagination" in app.get("Invoices", Statuses="AUTHORISED,PAID").json()
    short = app.get("Invoices", summaryOnly="true").json()
    assert short["pagination"]["itemCount"] == 1
    assert short["Invoices"][0]["LineItems"] == []
    assert "pagination" not in app.get("Invoices").json()


def test_archived_contacts_come_only_when_asked_for(app: Visitor) -> None:
    gone = contact(app, "Gone", ContactNumber="HUB-1")
    contact(app, "Here")
    app.person("archive", id=gone["ContactID"])
    assert names(app.all("Contacts")) == ["Here"]
    assert names(app.all("Contacts", includeArchived="true", order="Name ASC")) == ["Gone", "Here"]
    assert app.all("Contacts", where='ContactNumber=="HUB-1"') == []
    found = app.all("Contacts", where='ContactNumber=="HUB-1"', includeArchived="true")
    assert names(found) == ["Gone"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Name=="café 1"', ["Cafe 1"]),
        ('EmailAddress="B@X.EXAMPLE"', ["Bob & Sons"]),
        ('Name=="nobody"', []),
        ('Name.StartsWith("b")', ["Bob & Sons"]),
        ('EmailAddress!=null AND EmailAddress.Contains("x.example")', ["Cafe 1", "Bob & Sons"]),
        ('Name=="Cafe 1" OR Name=="Bob & Sons"', ["Cafe 1", "Bob & Sons"]),
        ('(Name=="Cafe 1" OR Name=="Bob & Sons") AND EmailAddress=="b@x.example"', ["Bob & Sons"]),
        ('IsCustomer==false && ContactStatus=="ACTIVE"', ["Cafe 1", "Bob & Sons"]),
        ("UpdatedDateUTC>=DateTime(2026,9,22)", []),
        ("UpdatedDateUTC>=DateTime(2026, 09, 21)", ["Cafe 1", "Bob & Sons"]),
    ],
)
def test_contacts_are_filtered(app: Visitor, where: str, found: list[str]) -> None:
    contact(app, "Cafe 1", EmailAddress="a@x.example")
    contact(app, "Bob & Sons", EmailAddress="b@x.example")
    assert sorted(names(app.all("Contacts", where=where)), reverse=True) == found


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ('Bat=="A"', "No property or field 'Bat' exists in type 'Contact'"),
        ('Name=="6" drill"', "Unterminated string literal"),
        ("Name==", "Syntax error: expression expected"),
        ('Name=="A" Name=="B"', "Syntax error (at index 19)"),
    ],
)
def test_a_filter_that_cannot_be_read_is_error_16(app: Visitor, where: str, text: str) -> None:
    answer = app.get("Contacts", where=where)
    error = answer.json()
    assert (answer.status_code, error["ErrorNumber"], error["Type"], error["Message"]) == (
        400,
        16,
        "QueryParseException",
        text,
    )


def test_search_terms_find_names_numbers_and_addresses(app: Visitor) -> None:
    contact(app, 'The "6-inch" drill', ContactNumber="HUB-7", EmailAddress="d@x.example")
    for term in ('"6-INCH"', "hub-7", "d@x"):
        assert len(app.all("Contacts", searchTerm=term)) == 1
    assert app.all("Contacts", searchTerm="nobody") == []


def test_invoices_are_found_by_ids_numbers_contacts_and_statuses(app: Visitor) -> None:
    bills = [invoice(app, InvoiceNumber=f"F-{n}") for n in range(3)]
    app.change("Invoices", bills[2]["InvoiceID"], {"Status": "VOIDED"})

    def found(**query: str) -> list[str]:
        return sorted(row["InvoiceNumber"] for row in app.all("Invoices", **query))

    assert found(IDs=f"{bills[0]['InvoiceID']},{bills[2]['InvoiceID']}") == ["F-0", "F-2"]
    assert found(InvoiceNumbers="f-1,F-2") == ["F-1", "F-2"]
    assert found(ContactIDs=bills[1]["Contact"]["ContactID"]) == ["F-1"]
    assert found(Statuses="VOIDED") == ["F-2"]
    assert found(where=f'Contact.ContactID==guid("{bills[0]["Contact"]["ContactID"]}")') == ["F-0"]
    assert found(where='Status=="AUTHORISED" AND Date>=DateTime(2026,8,3) AND AmountDue>0') == ["F-0", "F-1"]
    assert found(where='InvoiceNumber=="F-1" AND Status=="VOIDED"') == []


def test_payments_are_found_by_their_invoice_deleted_ones_too(app: Visitor) -> None:
    first, second = invoice(app, InvoiceNumber="F-1"), invoice(app, InvoiceNumber="F-2")
    paid = app.create("Payments", payment(first, 10, Reference="P-1"))
    app.create("Payments", payment(second, 20))
    app.change("Payments", paid["PaymentID"], {"Status": "DELETED"})
    (row,) = app.all("Payments", where=f'Invoice.InvoiceID==guid("{first["InvoiceID"]}")')
    assert (row["Reference"], row["Status"], row["Invoice"]["InvoiceNumber"]) == ("P-1", "DELETED", "F-1")
    assert app.all("Payments", where='Reference=="P-1" AND Status=="AUTHORISED"') == []
    assert len(app.all("Payments", where='PaymentType=="ACCRECPAYMENT"')) == 2


def test_quotes_are_found_by_day_number_and_status(app: Visitor) -> None:
    buyer = contact(app)["ContactID"]
    for day in ("01", "09"):
        body = {"Contact": {"ContactID": buyer}, "Date": f"2026-08-{day}", "LineItems": [{"Description": "x"}]}
        app.create("Quotes", {**body, "QuoteNumber": f"Q-{day}"})
    assert [row["QuoteNumber"] for row in app.all("Quotes", DateFrom="2026-08-05")] == ["Q-09"]
    assert [row["QuoteNumber"] for row in app.all("Quotes", QuoteNumber="q-01")] == ["Q-01"]
    assert app.all("Quotes", Status="SENT") == []


def test_modified_since_is_true_to_the_second_and_inclusive_by_default(app: Visitor) -> None:
    contact(app, "Early")
    app.control("clock", {"advance": 10})
    contact(app, "Late")

    def since(text: str) -> list[str]:
        answer = app.call("GET", "Contacts", None, {"if-modified-since": text}, page="1")
        return names(answer.json()["Contacts"])

    assert since("2026-09-21T14:13:30") == ["Late"]
    assert since("2026-09-21T14:13:31") == []
    assert since("2026-09-21T14:13:30.5") == ["Early", "Late"]  # another form filters nothing
    app.control("switches", {"if_modified_since": "exclusive"})
    assert since("2026-09-21T14:13:30") == []


def test_nothing_changed_may_be_304_by_switch(app: Visitor) -> None:
    app.control("switches", {"not_modified_304": True})
    answer = app.call("GET", "Contacts", None, {"if-modified-since": "2026-09-22T00:00:00"})
    assert (answer.status_code, answer.content) == (304, b"")


def test_lists_are_ordered_by_change_unless_asked_otherwise(app: Visitor) -> None:
    first = contact(app, "A")
    for seconds, name in ((1, "B"), (2, "C")):
        app.control("clock", {"advance": seconds})
        contact(app, name)
    app.control("clock", {"advance": 1})
    app.change("Contacts", first["ContactID"], {"FirstName": "x"})
    assert names(app.all("Contacts")) == ["B", "C", "A"]
    assert names(app.all("Contacts", order="Name DESC")) == ["C", "B", "A"]
    assert app.get("Contacts", order="Bat").json()["ErrorNumber"] == 16
