"""Looking in FreshBooks: who has this e-mail or name, and did a push arrive?"""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.freshbooks_factories import (
    BASE,
    MARKER,
    OTHER,
    Wire,
    customer,
    estimate,
    invoice,
    item,
    many,
    old_error,
    one,
    payment,
    push,
)

from ledgerport.contract import TryLater
from ledgerport_freshbooks import hooks


def client(id: int, email: str = "", note: str = "", **more: Any) -> dict[str, Any]:
    return {"id": id, "email": email, "note": note, "organization": "Harbor View HOA", "vis_state": 0, **more}


def document(id: int, po_number: str = "", number: str = "FS-10023", **more: Any) -> dict[str, Any]:
    known = {"id": id, "invoice_number": number, "po_number": po_number, "customerid": 74, "vis_state": 0}
    return {**known, "amount": {"amount": "290.00", "code": "USD"}, **more}


def ids(found: Any) -> list[str]:
    return [remote.id for remote in found]


def test_customers_are_searched_by_email_and_compared_without_case() -> None:
    wire = Wire([many("clients", client(1, "Dana@HarborView.example"), client(2, "dana@harborview.example"))])
    found = hooks.find_customers(account=wire.account(), email=" DANA@harborview.example ")
    assert ids(found) == ["1", "2"]
    assert wire.requests[0].path == f"{BASE}/users/clients"
    assert wire.requests[0].query == {
        "page": "1",
        "per_page": "100",
        "search[email]": "DANA@harborview.example",
    }


def test_a_search_that_is_ignored_finds_nobody_by_accident() -> None:
    wire = Wire([many("clients", client(1, "someone@else.example"), client(2))])
    assert hooks.find_customers(account=wire.account(), email="dana@harborview.example") == []


def test_no_email_is_no_request() -> None:
    assert hooks.find_customers(account=Wire([]).account(), email=" ") == []


def test_every_page_is_read_even_behind_an_empty_one() -> None:
    first, last = client(1, "a@b.example"), client(2, "a@b.example")
    wire = Wire([many("clients", first, pages=3), many("clients", pages=3), many("clients", last, pages=3)])
    assert ids(hooks.find_customers(account=wire.account(), email="a@b.example")) == ["1", "2"]
    assert [request.query["page"] for request in wire.requests] == ["1", "2", "3"]


def test_a_row_that_comes_on_two_pages_is_one() -> None:
    wire = Wire(
        [many("clients", client(1, "a@b.example"), pages=2), many("clients", client(1, "a@b.example"), pages=2)]
    )
    assert ids(hooks.find_customers(account=wire.account(), email="a@b.example")) == ["1"]


@pytest.mark.parametrize("body", [{"response": {"result": {}}}, {"response": {"result": {"clients": None}}}, {}])
def test_somebody_elses_answer_does_not_pass_for_nobody(body: Any) -> None:
    with pytest.raises(TryLater):
        hooks.find_customers(account=Wire([(200, body)]).account(), email="a@b.example")


def test_a_customer_that_may_have_arrived_is_found_by_the_marker_in_his_note() -> None:
    rows = [client(1, note=f"hello {MARKER}"), client(2, note=OTHER), client(3)]
    wire = Wire([many("clients", *rows)])
    assert ids(hooks.find_pushed(account=wire.account(), push=push(customer()))) == ["1"]
    assert wire.requests[0].query["search[note_like]"] == MARKER


def test_a_payment_that_may_have_arrived_is_found_on_its_invoice_by_marker_alone() -> None:
    rows = [
        {"id": 8, "invoiceid": 310, "note": f"#1041 {MARKER}", "amount": {"amount": "261.00"}},
        {"id": 9, "invoiceid": 310, "note": "#1041", "amount": {"amount": "261.00"}, "date": "2026-09-03"},
        {"id": 10, "invoiceid": 310, "note": OTHER, "amount": {"amount": "261.00"}},
    ]
    wire = Wire([many("payments", *rows)])
    (found,) = hooks.find_pushed(account=wire.account(), push=push(payment()))
    assert (found.id, found.marker) == ("8", MARKER)
    assert wire.requests[0].query["search[invoiceid]"] == "310"


def test_two_payments_with_one_marker_are_a_conflict_to_be_seen() -> None:
    rows = [{"id": id, "note": MARKER} for id in (8, 9)]
    wire = Wire([many("payments", *rows)])
    assert ids(hooks.find_pushed(account=wire.account(), push=push(payment()))) == ["8", "9"]


def test_an_invoice_is_found_by_number_and_marker_whatever_its_total() -> None:
    rows = [document(1, MARKER, amount={"amount": "290.07"}), document(2), document(3, OTHER)]
    wire = Wire([many("invoices", *rows)])
    assert ids(hooks.find_pushed(account=wire.account(), push=push(invoice()))) == ["1"]
    assert wire.requests[0].query["search[invoice_number]"] == "FS-10023"


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, ["1"]),
        ({"po_number": "PO 77 of the customer"}, ["1"]),
        ({"customerid": 75}, []),
        ({"amount": {"amount": "290.01"}}, []),
        ({"po_number": OTHER}, []),
        ({"number": "FS-100231"}, []),
    ],
)
def test_an_invoice_whose_po_number_a_person_changed_counts_when_customer_and_total_agree(
    changed: dict[str, Any], found: list[str]
) -> None:
    row = document(1, **{"po_number": "", **changed})
    assert ids(hooks.find_pushed(account=Wire([many("invoices", row)]).account(), push=push(invoice()))) == found


def test_an_invoice_that_freshbooks_numbered_is_found_among_the_customers_of_its_day() -> None:
    wire = Wire([many("invoices", document(1, MARKER, "0000007"), document(2, "", "0000008"))])
    assert ids(hooks.find_pushed(account=wire.account(), push=push(invoice(number="")))) == ["1"]
    query = wire.requests[0].query
    assert query["search[customerid]"] == "74"
    assert (query["search[date_min]"], query["search[date_max]"]) == ("2026-09-01", "2026-09-01")


def test_an_estimate_is_found_though_its_search_may_be_ignored() -> None:
    rows = [{"id": id, "estimate_number": f"E-{id}", "po_number": ""} for id in range(100)]
    ours = {"id": 400, "estimate_number": "E-204", "po_number": MARKER}
    wire = Wire([many("estimates", *rows, pages=2), many("estimates", ours, pages=2)])
    assert ids(hooks.find_pushed(account=wire.account(), push=push(estimate()))) == ["400"]


def test_items_are_found_by_exact_name_in_one_reading_of_the_list() -> None:
    rows = [{"id": 1, "name": "Drain cleaning"}, {"id": 2, "name": "Drain Cleaning"}, {"id": 3, "name": "SNAKE"}]
    wire = Wire([many("items", *rows)])
    pushes = [push(item()), push(item(name="Snake")), push(item(name="Trap"))]
    found = hooks.find_pushed_batch(account=wire.account(), pushes=pushes)
    assert [ids(remotes) for remotes in found] == [["1"], ["3"], []]
    assert len(wire.requests) == 1


def test_without_a_marker_nothing_is_ours() -> None:
    assert hooks.find_pushed(account=Wire([]).account(), push=push(payment(), marker="")) == []


def test_an_update_is_read_by_its_id() -> None:
    wire = Wire([one("client", **client(74))])
    assert ids(hooks.find_pushed(account=wire.account(), push=push(customer(), remote_id="74"))) == ["74"]
    gone = Wire([old_error(1012, status=404)])
    assert hooks.find_pushed(account=gone.account(), push=push(customer(), remote_id="74")) == []


def test_who_has_an_items_name_is_read_from_the_list() -> None:
    wire = Wire([many("items", {"id": 1, "name": "DRAIN CLEANING", "vis_state": 2}, {"id": 2, "name": "Trap"})])
    (found,) = hooks.on_duplicate_name(account=wire.account(), push=push(item()))
    assert (found.id, found.active) == ("1", False)


def test_who_has_a_customers_name_is_searched_by_a_part_of_it_and_compared_whole() -> None:
    rows = [client(1), client(2, organization="Harbor View HOA North")]
    wire = Wire([many("clients", *rows)])
    assert ids(hooks.on_duplicate_name(account=wire.account(), push=push(customer()))) == ["1"]
    assert wire.requests[0].query["search[organization_like]"] == "Harbor View HOA"


def test_who_has_a_number_is_searched_by_it() -> None:
    wire = Wire([many("invoices", document(1), document(2, number="FS-10023-B"))])
    assert ids(hooks.on_duplicate_name(account=wire.account(), push=push(invoice()))) == ["1"]


def test_a_payment_has_no_name_to_be_taken() -> None:
    assert hooks.on_duplicate_name(account=Wire([]).account(), push=push(payment())) == []
