"""Looking in QuickBooks: who has this e-mail or name, and did a push arrive?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.quickbooks_factories import (
    MARKER,
    US_FACTS,
    Wire,
    customer,
    estimate,
    invoice,
    item,
    payment,
    push,
    rows,
)

from ledgerport.contract import Broken, TryLater
from ledgerport_quickbooks import hooks
from ledgerport_quickbooks.queries import among, equals, quoted, select

OTHER = "LP-00000000000000b2"
OWN_NUMBERS_OFF = {**US_FACTS, "custom_numbers": "false"}


def person(id: str, email: str = "", name: str = "Dana", **more: Any) -> dict[str, Any]:
    return {"Id": id, "SyncToken": "0", "DisplayName": name, "PrimaryEmailAddr": {"Address": email}, **more}


def document(id: str, note: str = "", number: str = "FS-10023", **more: Any) -> dict[str, Any]:
    known = {"Id": id, "DocNumber": number, "PrivateNote": note, "CustomerRef": {"value": "74"}, "TotalAmt": 290.0}
    return {**known, **more}


def test_an_email_is_searched_among_inactive_customers_too() -> None:
    wire = Wire([rows("Customer", person("74", "dana@harborview.example", Active=False))])
    (found,) = hooks.find_customers(account=wire.account(), email="dana@harborview.example")
    assert "Active IN (true,false)" in wire.requests[0].statement
    assert (found.id, found.active) == ("74", False)


def test_emails_are_compared_without_case() -> None:
    wire = Wire([rows("Customer", person("74", "Dana@HarborView.example"))])
    found = hooks.find_customers_batch(account=wire.account(), emails=["DANA@harborview.EXAMPLE"])
    assert [remote.id for remote in found["DANA@harborview.EXAMPLE"]] == ["74"]


def test_every_email_asked_for_is_a_key_of_the_answer() -> None:
    wire = Wire([rows("Customer", person("74", "a@b.example"), person("75", "a@b.example"))])
    found = hooks.find_customers_batch(account=wire.account(), emails=["a@b.example", "c@d.example", ""])
    assert {email: len(remotes) for email, remotes in found.items()} == {"a@b.example": 2, "c@d.example": 0, "": 0}
    assert len(wire.requests) == 1


def test_no_emails_are_no_request() -> None:
    wire = Wire([])
    assert hooks.find_customers_batch(account=wire.account(), emails=[]) == {}


def test_a_long_list_is_sent_as_a_body_that_changes_nothing() -> None:
    emails = [f"somebody.number.{n}@harborview.example" for n in range(60)]
    wire = Wire([rows("Customer")])
    hooks.find_customers_batch(account=wire.account(), emails=emails)
    (request,) = wire.requests
    assert (request.method, request.read, request.meter) == ("POST", True, "")
    assert request.headers["content-type"] == "application/text"
    assert emails[-1] in request.statement


def test_a_very_long_list_is_cut_into_several_queries() -> None:
    emails = [f"somebody.number.{n}@harborview.example" for n in range(250)]
    wire = Wire([rows("Customer")] * 5)
    hooks.find_customers_batch(account=wire.account(), emails=emails)
    asked = " ".join(request.statement for request in wire.requests)
    assert len(wire.requests) > 1
    assert all(f"'{email}'" in asked for email in emails)


def test_a_taken_customer_name_may_be_held_by_a_vendor_or_employee() -> None:
    vendor, employee = person("5", name="HARBOR VIEW HOA"), person("6", name="Harbor View HOA", Active=False)
    wire = Wire([rows("Customer"), rows("Vendor", vendor), rows("Employee", employee)])
    found = hooks.on_duplicate_name(account=wire.account(), push=push(customer()))
    assert [(remote.kind, remote.id, remote.active) for remote in found] == [
        ("vendor", "5", True),
        ("employee", "6", False),
    ]


def test_a_taken_item_name_may_be_held_by_a_category() -> None:
    wire = Wire([rows("Item", {"Id": "9", "Name": "Drain Cleaning", "Type": "Category"})])
    (found,) = hooks.on_duplicate_name(account=wire.account(), push=push(item()))
    assert (found.kind, found.id) == ("category", "9")


def test_a_taken_number_names_the_invoice_that_has_it() -> None:
    wire = Wire([rows("Invoice", document("300"))])
    (found,) = hooks.on_duplicate_name(account=wire.account(), push=push(invoice()))
    assert (found.id, found.number, found.customer_id) == ("300", "FS-10023", "74")


def test_a_payment_has_no_name_to_be_taken() -> None:
    wire = Wire([])
    assert hooks.on_duplicate_name(account=wire.account(), push=push(payment())) == []


def test_a_payment_is_found_by_its_marker() -> None:
    row = {"Id": "311", "PaymentRefNum": MARKER, "TotalAmt": 261, "UnappliedAmt": 0}
    wire = Wire([rows("Payment", row)])
    found = hooks.find_pushed_batch(account=wire.account(), pushes=[push(payment()), push(payment(), marker=OTHER)])
    assert [[remote.id for remote in remotes] for remotes in found] == [["311"], []]
    assert f"PaymentRefNum IN ('{MARKER}','{OTHER}')" in wire.requests[0].statement
    assert len(wire.requests) == 1


def test_two_payments_with_one_marker_are_a_conflict_to_be_seen() -> None:
    row = {"PaymentRefNum": MARKER, "TotalAmt": 261}
    wire = Wire([rows("Payment", {**row, "Id": "311"}, {**row, "Id": "312"})])
    assert len(hooks.find_pushed(account=wire.account(), push=push(payment()))) == 2


def test_an_invoice_is_found_by_its_number_and_marker() -> None:
    wire = Wire([rows("Invoice", document("300", OTHER), document("310", f"{MARKER} paid by phone"))])
    (found,) = hooks.find_pushed(account=wire.account(), push=push(invoice()))
    assert "DocNumber = 'FS-10023'" in wire.requests[0].statement
    assert (found.id, found.marker) == ("310", MARKER)


def test_an_invoice_of_another_record_with_the_same_number_is_not_ours() -> None:
    wire = Wire([rows("Invoice", document("300", OTHER))])
    assert hooks.find_pushed(account=wire.account(), push=push(invoice())) == []


def test_an_invoice_whose_note_was_rewritten_is_ours_when_customer_and_total_agree() -> None:
    wire = Wire([rows("Invoice", document("310"), document("311", TotalAmt=12.0))])
    assert [remote.id for remote in hooks.find_pushed(account=wire.account(), push=push(invoice()))] == ["310"]


def test_where_quickbooks_numbers_the_customers_day_is_searched_for_the_marker() -> None:
    found_rows = rows("Invoice", document("310", f"{MARKER} FS-10023", number="1017"), document("311", number="1018"))
    wire = Wire([found_rows], facts=OWN_NUMBERS_OFF)
    (found,) = hooks.find_pushed(account=wire.account(), push=push(invoice()))
    statement = wire.requests[0].statement
    assert "CustomerRef = '74' AND TxnDate >= '2026-09-01' AND TxnDate <= '2026-09-01'" in statement
    assert found.id == "310"


def test_where_quickbooks_numbers_a_twin_without_our_marker_is_not_ours() -> None:
    wire = Wire([rows("Invoice", document("311"))], facts=OWN_NUMBERS_OFF)
    assert hooks.find_pushed(account=wire.account(), push=push(invoice())) == []


def test_an_estimate_is_searched_among_estimates() -> None:
    wire = Wire([rows("Estimate", document("305", MARKER, number="E-204"))])
    (found,) = hooks.find_pushed(account=wire.account(), push=push(estimate()))
    assert (found.id, found.kind) == ("305", "estimate")


def test_items_and_customers_are_found_by_name_without_case() -> None:
    wire = Wire(
        [rows("Item", {"Id": "41", "Name": "DRAIN cleaning", "Type": "Service"}), rows("Customer", person("7"))]
    )
    found = hooks.find_pushed_batch(account=wire.account(), pushes=[push(item()), push(customer())])
    assert [[remote.id for remote in remotes] for remotes in found] == [["41"], []]


def test_an_update_is_read_by_its_id() -> None:
    wire = Wire([rows("Invoice", document("310", SyncToken="5"))])
    known = [push(invoice(), remote_id="310"), push(invoice(), remote_id="999")]
    found = hooks.find_pushed_batch(account=wire.account(), pushes=known)
    assert [[remote.version for remote in remotes] for remotes in found] == [["5"], []]


def test_a_quote_in_a_name_is_escaped() -> None:
    wire = Wire([rows("Item")])
    hooks.find_pushed(account=wire.account(), push=push(item(name="Adam's 3/4\" valve & more")))
    assert r"Name = 'Adam\'s 3/4" in wire.requests[0].statement
    assert wire.requests[0].statement.count("& more'") == 1


def test_a_name_with_a_backslash_is_searched_wider_and_compared_afterwards() -> None:
    wire = Wire([rows("Item", {"Id": "1", "Name": "a\\b"}, {"Id": "2", "Name": "a then b"})])
    found = hooks.find_pushed(account=wire.account(), push=push(item(name="a\\b")))
    assert "Name LIKE 'a%b'" in wire.requests[0].statement
    assert [remote.id for remote in found] == ["1"]


def test_a_page_that_is_full_is_followed_by_the_next() -> None:
    full = rows("Customer", *(person(str(n), "a@b.example") for n in range(1000)))
    wire = Wire([full, rows("Customer")])
    found = hooks.find_customers(account=wire.account(), email="a@b.example")
    assert len(found) == 1000
    assert "STARTPOSITION 1001 MAXRESULTS 1000" in wire.requests[1].statement


def test_a_page_that_never_ends_is_noticed() -> None:
    full = rows("Customer", *(person(str(n), "a@b.example") for n in range(1000)))
    with pytest.raises(Broken, match="again and again"):
        hooks.find_customers(account=Wire([full, full]).account(), email="a@b.example")


@pytest.mark.parametrize("body", [{}, {"status": "ok"}, {"QueryResponse": None}])
def test_somebody_elses_json_does_not_pass_for_not_found(body: Any) -> None:
    with pytest.raises(TryLater):
        hooks.find_pushed(account=Wire([(200, body)]).account(), push=push(payment()))


def test_a_statement_orders_its_pages() -> None:
    assert select("Item", "Active = true", start=3, rows=2) == (
        "SELECT * FROM Item WHERE Active = true ORDERBY Id STARTPOSITION 3 MAXRESULTS 2"
    )


@given(st.text(max_size=40))
def test_no_value_ends_its_own_quotes(value: str) -> None:
    words = equals("Name", value)
    inner = words.split(" ", 2)[2][1:-1]
    assert words.endswith("'")
    assert "'" not in inner.replace("\\'", "")
    assert inner.count("\\") == value.count("'")


@given(st.lists(st.text(st.characters(exclude_characters="\\", codec="utf-8"), max_size=60), max_size=300))
def test_every_value_is_asked_for_once(values: list[str]) -> None:
    clauses = list(among("Name", values))
    asked = " ".join(clauses)
    assert all(quoted(value) in asked for value in values)
    assert all(len(clause) < 3_200 for clause in clauses)


@pytest.mark.parametrize("values", [[], ["a"], ["a", "a"]])
def test_a_list_of_one_needs_no_list(values: list[str]) -> None:
    assert list(among("Name", values)) == (["Name = 'a'"] if values else [])
