"""Looking before sending at Xero: what is ours is found, and nothing else is taken for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.xero_factories import (
    CONTACT,
    INVOICE,
    MARKER,
    Request,
    Wire,
    customer,
    estimate,
    guid,
    invoice,
    item,
    page,
    payment,
    push,
    rows,
)

from ledgerport.contract import Push, Remote, TryLater
from ledgerport_xero import hooks
from ledgerport_xero.queries import address, any_id, any_text, lists_of

OTHER = "LP-00000000000000b2"


def ids(found: list[Remote]) -> list[str]:
    return [remote.id for remote in found]


def find(wire: Wire, *pushes: Push[Any]) -> list[list[str]]:
    return [ids(found) for found in hooks.find_pushed_batch(account=wire.account(), pushes=pushes)]


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {"ContactID": guid(number), "Name": f"Customer {number}", "ContactStatus": "ACTIVE", **more}


# --- after an unknown outcome ---------------------------------------------------------------------------------------


def test_a_customer_is_found_by_our_mark_among_archived_ones_too() -> None:
    wire = Wire([page("Contacts", contact(1, ContactNumber=MARKER), contact(2, ContactNumber=OTHER))])
    first, second = push(customer()), push(customer(ref="C-2"), marker=OTHER, position=2)
    assert find(wire, first, second) == [[guid(1)], [guid(2)]]
    query = wire.requests[0].query
    assert query["where"] == f'ContactNumber=="{MARKER}" OR ContactNumber=="{OTHER}"'
    assert query["includeArchived"] == "true"


def test_a_customer_of_the_same_name_without_our_mark_is_not_what_we_sent() -> None:
    assert find(Wire([page("Contacts", contact(1, Name=customer().name))]), push(customer())) == [[]]


def test_an_item_is_found_by_its_code() -> None:
    wire = Wire([rows("Items", {"ItemID": guid(1), "Code": "gate-svc", "Name": "Gate motor service"})])
    assert find(wire, push(item()), push(item(code="OTHER"), position=2)) == [[guid(1)], []]


def test_an_invoice_is_found_by_its_number_and_a_bill_of_that_number_is_not() -> None:
    bill = {"InvoiceID": guid(2), "Type": "ACCPAY", "InvoiceNumber": "FS-20417"}
    ours = {"InvoiceID": guid(1), "Type": "ACCREC", "InvoiceNumber": "FS-20417", "Total": 290, "Status": "AUTHORISED"}
    wire = Wire([page("Invoices", bill, ours)])
    found = hooks.find_pushed(account=wire.account(), push=push(invoice()))
    assert [(remote.id, remote.total, remote.active) for remote in found] == [(guid(1), Decimal("290.00"), True)]
    assert wire.requests[0].query["InvoiceNumbers"] == "FS-20417"


def test_an_invoice_that_xero_numbered_is_found_by_our_mark() -> None:
    row = {"InvoiceID": guid(1), "Type": "ACCREC", "InvoiceNumber": "INV-0009", "Reference": MARKER}
    wire = Wire([page("Invoices", row)])
    found = hooks.find_pushed(account=wire.account(), push=push(invoice(number="")))
    assert [(remote.id, remote.marker) for remote in found] == [(guid(1), MARKER)]
    assert wire.requests[0].query["where"] == f'Reference=="{MARKER}"'


@pytest.mark.parametrize(("number", "asked"), [("A,1", "where"), ('A"1', "InvoiceNumbers")])
def test_a_number_with_an_odd_sign_is_looked_for_all_the_same(number: str, asked: str) -> None:
    row = {"InvoiceID": guid(1), "Type": "ACCREC", "InvoiceNumber": number}
    wire = Wire([page("Invoices", row)])
    assert find(wire, push(invoice(number=number))) == [[guid(1)]]
    assert asked in wire.requests[0].query


def test_a_payment_is_found_by_its_invoice_and_our_mark() -> None:
    ours = {"PaymentID": guid(1), "Reference": f"{MARKER} Check 1042", "Status": "AUTHORISED", "Amount": 100}
    other = {"PaymentID": guid(2), "Reference": OTHER, "Status": "AUTHORISED", "Amount": 100}
    wire = Wire([page("Payments", other, ours)])
    assert find(wire, push(payment())) == [[guid(1)]]
    assert wire.requests[0].query["where"] == f'Invoice.InvoiceID==guid("{INVOICE}")'


def test_a_payment_of_which_only_the_deleted_twin_is_left_is_told_as_not_active() -> None:
    deleted = {"PaymentID": guid(1), "Reference": MARKER, "Status": "DELETED"}
    wire = Wire([page("Payments", deleted)])
    assert [remote.active for remote in hooks.find_pushed(account=wire.account(), push=push(payment()))] == [False]
    live = {"PaymentID": guid(2), "Reference": MARKER, "Status": "AUTHORISED"}
    assert find(Wire([page("Payments", deleted, live)]), push(payment())) == [[guid(2)]]


def test_what_is_known_is_read_by_its_id() -> None:
    wire = Wire([page("Contacts", contact(7))])
    known = push(customer(), remote_id=guid(7).upper())
    assert find(wire, known) == [[guid(7)]]
    assert "IDs" in wire.requests[0].query


@pytest.mark.parametrize("body", [{"Status": "OK"}, [], b"<html>"])
def test_an_answer_without_the_list_is_no_proof_that_nothing_arrived(body: Any) -> None:
    with pytest.raises(TryLater):
        hooks.find_pushed(account=Wire([(200, body)]).account(), push=push(customer()))


def test_every_page_of_an_answer_is_read() -> None:
    first = rows("Payments", {"PaymentID": guid(2), "Reference": OTHER}, pages=2)
    second = rows("Payments", {"PaymentID": guid(1), "Reference": MARKER, "Status": "AUTHORISED"}, pages=2)
    wire = Wire([first, second])
    assert find(wire, push(payment())) == [[guid(1)]]
    assert [request.query["page"] for request in wire.requests] == ["1", "2"]


def test_a_list_that_does_not_tell_its_pages_ends_with_an_empty_one() -> None:
    wire = Wire(
        [rows("Payments", {"PaymentID": guid(1), "Reference": MARKER, "Status": "AUTHORISED"}), rows("Payments")]
    )
    assert find(wire, push(payment())) == [[guid(1)]]


# --- quotes ---------------------------------------------------------------------------------------------------------


def quoted(number: int, **more: Any) -> dict[str, Any]:
    return {"QuoteID": guid(number), "QuoteNumber": f"QU-{number}", "Total": 290, "Status": "DRAFT", **more}


def test_a_quote_is_found_by_its_number_with_one_call() -> None:
    wire = Wire([rows("Quotes", quoted(20), quoted(2))])
    assert find(wire, push(estimate(number="QU-2"))) == [[guid(2)]]
    assert wire.requests[0].query == {"QuoteNumber": "QU-2", "page": "1"}


def test_a_quote_that_xero_numbered_is_found_among_the_customers_of_its_days() -> None:
    wire = Wire([rows("Quotes", quoted(1), quoted(2, Reference=MARKER)), rows("Quotes")])
    assert find(wire, push(estimate(number=""))) == [[guid(2)]]
    query = wire.requests[0].query
    assert (query["ContactID"], query["DateFrom"], query["DateTo"]) == (CONTACT, "2026-08-02", "2026-08-04")


def test_a_batch_of_quotes_is_found_among_the_quotes_of_its_days() -> None:
    pushes = [push(estimate(number=f"QU-{n}"), position=n) for n in range(1, 51)]
    pushes[-1] = push(estimate(number="QU-50", issued_on=date(2026, 8, 9)), position=50)
    wire = Wire([rows("Quotes", *(quoted(n) for n in range(1, 50))), rows("Quotes")])
    assert find(wire, *pushes) == [[guid(n)] for n in range(1, 50)] + [[]]
    assert (wire.requests[0].query["DateFrom"], wire.requests[0].query["DateTo"]) == ("2026-08-02", "2026-08-10")


def test_among_too_many_quotes_those_that_are_missing_are_asked_for_alone() -> None:
    pushes = [push(estimate(number=f"QU-{n}"), position=n) for n in range(1, 5)]
    days = [rows("Quotes", *(quoted(1000 * p + n) for n in range(100))) for p in range(1, 5)]
    wire = Wire([*days, rows("Quotes", quoted(1)), *(rows("Quotes", quoted(n)) for n in (2, 3)), rows("Quotes")])
    assert find(wire, *pushes) == [[guid(1)], [guid(2)], [guid(3)], []]


# --- names and e-mails ----------------------------------------------------------------------------------------------


def holders(wire: Wire, value: Any) -> list[Remote]:
    return hooks.on_duplicate_name(account=wire.account(), push=push(value))


def test_a_contact_with_our_mark_is_the_only_candidate() -> None:
    wire = Wire([page("Contacts", contact(1, Name=customer().name), contact(2, ContactNumber=MARKER))])
    assert ids(holders(wire, customer())) == [guid(2)]
    assert wire.requests[0].query["where"] == f'ContactNumber=="{MARKER}" OR Name=="Meadow Lane Dental"'


def test_a_namesake_is_a_candidate_whatever_its_case_and_state() -> None:
    wire = Wire([page("Contacts", contact(1, Name="MEADOW lane dental ", ContactStatus="ARCHIVED"))])
    assert [(remote.id, remote.active) for remote in holders(wire, customer())] == [(guid(1), False)]


def test_a_name_that_no_filter_can_hold_is_searched_and_compared() -> None:
    name = 'The "Meadow" \\ Lane'
    wire = Wire([page("Contacts"), page("Contacts", contact(1, Name=name), contact(2, Name="The Meadow Lane"))])
    assert ids(holders(wire, customer(name=name))) == [guid(1)]
    assert wire.requests[1].query["searchTerm"] == name


def test_the_holder_of_a_code_or_a_number_is_found() -> None:
    assert ids(holders(Wire([rows("Items", {"ItemID": guid(1), "Code": "GATE-svc"})]), item())) == [guid(1)]
    void = {"InvoiceID": guid(2), "Type": "ACCREC", "InvoiceNumber": "FS-20417", "Status": "VOIDED"}
    assert [remote.active for remote in holders(Wire([page("Invoices", void)]), invoice())] == [False]
    assert ids(holders(Wire([rows("Quotes", quoted(204))]), estimate())) == [guid(204)]
    assert holders(Wire([]), payment()) == []


def test_customers_are_found_by_email_whatever_its_case_and_every_email_is_answered() -> None:
    wire = Wire([page("Contacts", contact(1, EmailAddress="A@b.example"), contact(2, EmailAddress="c@d.example"))])
    found = hooks.find_customers_batch(
        account=wire.account(), emails=["a@B.example", "c@d.example", "e@f.example", "", " "]
    )
    assert {email: ids(remotes) for email, remotes in found.items()} == {
        "a@B.example": [guid(1)],
        "c@d.example": [guid(2)],
        "e@f.example": [],
        "": [],
        " ": [],
    }


def test_the_emails_of_a_whole_batch_are_one_call_unless_they_are_long() -> None:
    wire = Wire([page("Contacts")])
    hooks.find_customers_batch(account=wire.account(), emails=[f"user{n}@example.com" for n in range(50)])
    assert len(wire.requests) == 1
    wire = Wire([page("Contacts")] * 5)
    hooks.find_customers_batch(account=wire.account(), emails=[f"{n}{'x' * 200}@example.com" for n in range(50)])
    assert all(len(request.query["where"]) < 3_500 for request in wire.requests)


# --- filters --------------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=40).filter(lambda value: '"' not in value and "\\" not in value)


@given(values=st.lists(TEXT, min_size=1, max_size=120, unique=True))
def test_filters_hold_every_value_once_and_are_short_enough(values: list[str]) -> None:
    clauses = list(any_text("Name", values))
    assert len([part for clause in clauses for part in clause.split('" OR Name==')]) == len(values)
    assert all(len(quote(clause, safe="")) < 4_000 for clause in clauses)


@given(value=st.text(min_size=1, max_size=60))
def test_an_address_says_what_was_asked(value: str) -> None:
    def echo(request: Request) -> tuple[int, Any]:
        return 200, {"Contacts": [], "said": request.query}

    wire = Wire([echo])
    wire.account().http.get(address("/x", {"where": value}))
    assert wire.requests[0].query.get("where", "") == value.encode("utf-8", "replace").decode()


def test_a_list_of_ids_is_cut_to_forty() -> None:
    some = [guid(n) for n in range(90)]
    assert [len(part.split(",")) for part in lists_of(some)] == [40, 40, 10]
    assert sum(clause.count("guid(") for clause in any_id("PaymentID", some)) == 90


def test_a_push_without_a_mark_finds_no_object_without_one() -> None:
    blank = replace(push(payment()), marker="")
    assert find(Wire([page("Payments", {"PaymentID": guid(1), "Status": "AUTHORISED"})]), blank) == [[]]
