"""Lines, totals and invoices of the Wave sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.visitor import Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    """A visitor who has signed in, on 2026-09-21."""
    with Visitor(running.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"at": 1_790_000_000})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        yield visitor


def bill(app: Visitor, price: str = "100", **more: Any) -> dict[str, Any]:
    """An approved invoice over one line, due at the end of September."""
    item = app.product(price=price)
    return app.invoice(app.customer(), [{"productId": item}], **{"dueDate": "2026-09-30", **more})


def status(app: Visitor, invoice: str) -> str:
    return str(app.books("invoice(id: $id) { status }", id=("ID!", invoice))["invoice"]["status"])


def numbers(app: Visitor, arguments: str, **variables: tuple[str, Any]) -> list[str]:
    found = app.books(f"invoices{arguments} {{ edges {{ node {{ invoiceNumber }} }} }}", **variables)
    return [edge["node"]["invoiceNumber"] for edge in found["invoices"]["edges"]]


def total(app: Visitor, items: list[dict[str, Any]], **more: Any) -> dict[str, str]:
    """Tax and total of an invoice over these lines."""
    made = app.invoice(app.customer(), items, **more)
    return {"tax": made["taxTotal"]["value"], "total": made["total"]["value"]}


def tomorrow(app: Visitor) -> None:
    app.control("clock", {"advance": 86400})
    app.hold(app.refresh().json())


# -- lines and totals ----------------------------------------------------------------------------------------


def test_tax_is_rounded_up_on_each_line(app: Visitor) -> None:
    five = app.do("salesTaxCreate", {"name": "Five", "abbreviation": "FIVE", "rate": "0.05"}, "salesTax { id }")
    line = {"productId": app.product(price="0.50"), "taxes": [{"salesTaxId": five["salesTax"]["id"]}]}
    assert total(app, [line, line]) == {"tax": "0.06", "total": "1.06"}
    bigger = {**line, "unitPrice": "337.50"}
    assert total(app, [bigger, bigger]) == {"tax": "33.76", "total": "708.76"}


def test_left_out_taxes_are_those_of_the_product_and_an_empty_list_is_none(app: Visitor) -> None:
    item = app.product(price="100", defaultSalesTaxIds=[app.tax()])
    assert total(app, [{"productId": item}])["tax"] == "8.25"
    assert total(app, [{"productId": item, "taxes": []}])["tax"] == "0.00"


def test_quantity_and_price_have_eight_places_and_a_line_two(app: Visitor) -> None:
    item = app.product()
    line = {"productId": item, "quantity": "3", "unitPrice": "0.333333335"}
    given = {"customerId": app.customer(), "items": [line]}
    made = app.do(
        "invoiceCreate", given, "invoice { items { quantity unitPrice subtotal { value } account { name } } }"
    )
    assert made["invoice"]["items"] == [
        {
            "quantity": "3",
            "unitPrice": "0.33333334",
            "subtotal": {"value": "1.00"},
            "account": {"name": "Service Income"},
        }
    ]


def test_a_discount_is_taken_off_before_tax_and_spread_over_the_lines(app: Visitor) -> None:
    item, tax = app.product(price="100"), [{"salesTaxId": app.tax()}]
    lines: list[dict[str, Any]] = [{"productId": item, "taxes": tax}, {"productId": item, "taxes": []}]
    off = [{"discountType": "FIXED", "amount": "20"}]
    assert total(app, lines, discounts=off) == {"tax": "7.43", "total": "187.43"}
    app.control("switches", {"tax_after_discount": False})
    assert total(app, lines, discounts=off) == {"tax": "8.25", "total": "188.25"}


def test_a_discount_in_percent_shows_its_amount(app: Visitor) -> None:
    given = {"customerId": app.customer(), "items": [{"productId": app.product(price="99.99")}]}
    off = [{"discountType": "PERCENTAGE", "percentage": "10", "name": "Loyal"}]
    chosen = "discountTotal { value } discounts { __typename name ... on PercentageInvoiceDiscount { percentage } }"
    made = app.do("invoiceCreate", {**given, "discounts": off}, f"invoice {{ {chosen} }}")["invoice"]
    assert made["discountTotal"] == {"value": "10.00"}
    assert made["discounts"] == [{"__typename": "PercentageInvoiceDiscount", "name": "Loyal", "percentage": "10"}]
    assert app.refused("invoiceCreate", {**given, "discounts": off * 2})[0]["path"] == ["input", "discounts"]


def test_a_line_needs_a_product_that_is_sold_and_not_archived(app: Visitor) -> None:
    buyer = app.customer()
    unsold, archived = app.product(incomeAccountId=None), app.product()
    app.do("productArchive", {"id": archived})
    for item in (unsold, archived, "nonsense"):
        lines = [{"productId": app.product()}, {"productId": item}]
        (row,) = app.refused("invoiceCreate", {"customerId": buyer, "items": lines})
        assert row["path"] == ["input", "items", "1", "productId"]
    assert app.ledger()["invoices"] == []


def test_a_negative_price_is_taken_unless_that_is_switched_off(app: Visitor) -> None:
    item = app.product(price="100")
    assert total(app, [{"productId": item}, {"productId": item, "unitPrice": "-10"}])["total"] == "90.00"
    app.control("switches", {"negative_unit_price": "refuse"})
    lines = [{"productId": item, "unitPrice": "-10"}]
    (row,) = app.refused("invoiceCreate", {"customerId": app.customer(), "items": lines})
    assert row["path"] == ["input", "items", "0", "unitPrice"]


# -- invoices ------------------------------------------------------------------------------------------------


def test_numbers_go_on_from_the_largest(app: Visitor) -> None:
    assert bill(app)["invoiceNumber"] == "1"
    bill(app, invoiceNumber="41")
    bill(app, invoiceNumber="INV-900")
    assert bill(app)["invoiceNumber"] == "42"


def test_a_number_in_use_is_refused_unless_that_is_switched_off(app: Visitor) -> None:
    first = bill(app, invoiceNumber="INV-1")
    given = {"customerId": app.customer(), "items": [], "invoiceNumber": "INV-1"}
    assert app.refused("invoiceCreate", given)[0]["path"] == ["input", "invoiceNumber"]
    app.do("invoicePatch", {"id": first["id"], "invoiceNumber": "INV-1", "memo": "same number"})
    app.control("switches", {"duplicate_invoice_number": "accept"})
    app.do("invoiceCreate", given)
    assert len(app.ledger()["invoices"]) == 2


def test_a_number_is_found_by_any_part_of_it(app: Visitor) -> None:
    for number in ("INV-12", "INV-112", "INV-13"):
        bill(app, invoiceNumber=number)
    assert numbers(app, "(invoiceNumber: $n, sort: [INVOICE_NUMBER_ASC])", n=("String", "12")) == ["INV-112", "INV-12"]
    assert numbers(app, "(invoiceNumber: $n)", n=("String", "inv-13")) == ["INV-13"]


def test_invoices_are_filtered_by_customer_status_date_and_amount(app: Visitor) -> None:
    first = bill(app, price="40", invoiceNumber="A", invoiceDate="2026-09-01")
    bill(app, invoiceNumber="B", invoiceDate="2026-09-10", status="DRAFT")
    app.pay(first["id"], "15")
    buyer = app.books("invoice(id: $id) { customer { id } }", id=("ID!", first["id"]))["invoice"]["customer"]["id"]
    assert numbers(app, "(customerId: $c)", c=("ID", buyer)) == ["A"]
    assert numbers(app, "(status: DRAFT)") == ["B"]
    assert numbers(app, "(status: PARTIAL)") == ["A"]
    assert numbers(app, "(invoiceDateStart: $d)", d=("Date", "2026-09-02")) == ["B"]
    assert numbers(app, "(invoiceDateEnd: $d)", d=("Date", "2026-09-01")) == ["A"]
    assert numbers(app, "(amountDue: $a)", a=("Decimal", "25")) == ["A"]
    assert numbers(app, "(currency: CAD)") == []


def test_a_draft_is_approved_sent_and_viewed(app: Visitor) -> None:
    made = bill(app, status="DRAFT")
    assert made["status"] == "DRAFT"
    assert app.refused("invoiceMarkSent", {"invoiceId": made["id"], "sendMethod": "MARKED_SENT"})
    approved = app.do("invoiceApprove", {"invoiceId": made["id"]}, "invoice { status }")
    assert approved["invoice"]["status"] == "SAVED"
    sent = {"invoiceId": made["id"], "sendMethod": "MARKED_SENT"}
    chosen = "invoice { status lastSentVia lastSentAt }"
    assert app.do("invoiceMarkSent", sent, chosen)["invoice"] == {
        "status": "SENT",
        "lastSentVia": "MARKED_SENT",
        "lastSentAt": "2026-09-21T14:13:20.000Z",
    }
    app.control("person", {"company": app.company, "action": "view", "kind": "Invoice", "id": made["id"]})
    assert status(app, made["id"]) == "VIEWED"


def test_approving_twice_is_taken_unless_that_is_switched_off(app: Visitor) -> None:
    named = {"invoiceId": bill(app)["id"]}
    assert app.do("invoiceApprove", named, "invoice { status }")["invoice"] == {"status": "SAVED"}
    app.control("switches", {"approve_twice": "refuse"})
    assert app.refused("invoiceApprove", named)[0]["path"] == ["input", "invoiceId"]


def test_an_approved_invoice_may_show_as_unpaid(app: Visitor) -> None:
    made = bill(app)
    app.control("switches", {"approved_status": "UNPAID"})
    assert (made["status"], status(app, made["id"])) == ("SAVED", "UNPAID")


def test_sending_by_mail_needs_a_business_that_may(app: Visitor) -> None:
    made = bill(app)
    given = {"invoiceId": made["id"], "to": ["d@h.example"]}
    app.control("person", {"company": app.company, "action": "settings", "data": {"email_send_enabled": False}})
    assert app.refused("invoiceSend", given)
    app.control("person", {"company": app.company, "action": "settings", "data": {"email_send_enabled": True}})
    assert app.do("invoiceSend", given, "invoice { status lastSentVia }")["invoice"]["lastSentVia"] == "WAVE"


def test_an_invoice_is_overdue_the_day_after_it_was_due(app: Visitor) -> None:
    made = bill(app, dueDate="2026-09-21")
    assert status(app, made["id"]) == "SAVED"
    tomorrow(app)
    assert status(app, made["id"]) == "OVERDUE"
    app.pay(made["id"], "10")
    assert status(app, made["id"]) == "OVERDUE"
    app.control("switches", {"overdue_when_partial": "PARTIAL"})
    assert status(app, made["id"]) == "PARTIAL"


def test_a_patch_replaces_all_lines_and_works_the_totals_out_again(app: Visitor) -> None:
    made = bill(app)
    lines = [{"productId": app.product(price="30"), "quantity": "2"}]
    chosen = "invoice { total { value } memo items { quantity } invoiceNumber }"
    now = app.do("invoicePatch", {"id": made["id"], "items": lines}, chosen)["invoice"]
    assert (now["total"], len(now["items"]), now["invoiceNumber"]) == ({"value": "60.00"}, 1, made["invoiceNumber"])
    again = app.do("invoicePatch", {"id": made["id"], "memo": "Thank you"}, chosen)["invoice"]
    assert (again["total"], again["memo"]) == ({"value": "60.00"}, "Thank you")


def test_a_deleted_invoice_is_gone_and_its_number_free(app: Visitor) -> None:
    made = bill(app, invoiceNumber="INV-1")
    app.do("invoiceDelete", {"invoiceId": made["id"]})
    assert (numbers(app, ""), app.ledger()["invoices"]) == ([], [])
    bill(app, invoiceNumber="INV-1")
    body = app.send("invoiceDelete", {"invoiceId": made["id"]}).json()
    assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("habit", ["refuse", "cascade"])
def test_an_invoice_with_payments_is_deleted_with_them_or_not_at_all(app: Visitor, habit: str) -> None:
    app.control("switches", {"delete_paid_invoice": habit})
    made = bill(app)
    app.pay(made["id"], "10")
    app.send("invoiceDelete", {"invoiceId": made["id"]})
    books = app.ledger()
    assert (len(books["invoices"]), len(books["payments"]), books["checks"]) == (
        (1, 1, []) if habit == "refuse" else (0, 0, [])
    )


def test_an_archived_customer_gets_no_new_invoice(app: Visitor) -> None:
    buyer = app.customer()
    app.do("customerDelete", {"id": buyer})
    assert app.refused("invoiceCreate", {"customerId": buyer, "items": []})[0]["path"] == ["input", "customerId"]
