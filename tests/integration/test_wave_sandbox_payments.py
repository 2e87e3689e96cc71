"""Payments, money transactions and estimates of the Wave sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.visitor import Visitor

STATUS = (
    "invoice(id: $id) { status amountDue { value } amountPaid { value } payments { id amount memo paymentMethod } }"
)


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


def shown(app: Visitor, invoice: str) -> dict[str, Any]:
    found: dict[str, Any] = app.books(STATUS, id=("ID!", invoice))["invoice"]
    return found


def status(app: Visitor, invoice: str) -> str:
    return str(shown(app, invoice)["status"])


def numbers(app: Visitor, arguments: str, **variables: tuple[str, Any]) -> list[str]:
    found = app.books(f"invoices{arguments} {{ edges {{ node {{ invoiceNumber }} }} }}", **variables)
    return [edge["node"]["invoiceNumber"] for edge in found["invoices"]["edges"]]


def tomorrow(app: Visitor) -> None:
    app.control("clock", {"advance": 86400})
    app.hold(app.refresh().json())


# -- payments ------------------------------------------------------------------------------------------------


def test_payments_bring_an_invoice_from_saved_over_partial_to_paid(app: Visitor) -> None:
    made = bill(app)
    app.pay(made["id"], "30", memo="LP-1")
    first = shown(app, made["id"])
    assert (first["status"], first["amountDue"], first["amountPaid"]) == (
        "PARTIAL",
        {"value": "70.00"},
        {"value": "30.00"},
    )
    app.pay(made["id"], "70", memo="LP-2")
    second = shown(app, made["id"])
    assert (second["status"], second["amountDue"]) == ("PAID", {"value": "0.00"})
    assert [(row["amount"], row["memo"], row["paymentMethod"]) for row in second["payments"]] == [
        ("30.00", "LP-1", "CHEQUE"),
        ("70.00", "LP-2", "CHEQUE"),
    ]


def test_a_payment_sent_twice_is_there_twice(app: Visitor) -> None:
    made = bill(app)
    for _ in range(2):
        app.pay(made["id"], "100", memo="LP-1")
    assert status(app, made["id"]) == "OVERPAID"
    assert [row["balance"] for row in app.ledger()["invoices"]] == ["-100.00"]


def test_payments_are_shown_for_one_invoice_and_not_in_lists(app: Visitor) -> None:
    made = bill(app)
    app.pay(made["id"], "30")
    listed = "invoices { edges { node { payments { id } } } }"
    assert len(shown(app, made["id"])["payments"]) == 1
    assert app.books(listed)["invoices"]["edges"] == [{"node": {"payments": []}}]
    app.control("switches", {"list_payments": "null"})
    assert app.books(listed)["invoices"]["edges"] == [{"node": {"payments": None}}]


def test_a_draft_takes_no_payment(app: Visitor) -> None:
    made = bill(app, status="DRAFT")
    answer = app.refused("invoicePaymentCreateManual", payment(app, made["id"]))
    assert answer[0]["path"] == ["input", "invoiceId"]
    assert app.ledger()["payments"] == []


def payment(app: Visitor, invoice: str, **more: Any) -> dict[str, Any]:
    return {
        "invoiceId": invoice,
        "amount": "10",
        "paymentAccountId": app.account("Business Checking"),
        "paymentDate": "2026-09-21",
        "paymentMethod": "CASH",
        "exchangeRate": "1",
        **more,
    }


@pytest.mark.parametrize(("field", "value"), [("amount", "0"), ("amount", "1.005"), ("exchangeRate", "0")])
def test_a_payment_that_makes_no_sense_is_refused(app: Visitor, field: str, value: str) -> None:
    made = bill(app)
    (row,) = app.refused("invoicePaymentCreateManual", payment(app, made["id"], **{field: value}))
    assert row["path"] == ["input", field]


def test_a_payment_without_an_exchange_rate_is_a_bad_variable(app: Visitor) -> None:
    given = payment(app, bill(app)["id"])
    del given["exchangeRate"]
    body = app.send("invoicePaymentCreateManual", given).json()
    assert (body["errors"][0]["extensions"]["code"], "data" in body) == ("BAD_USER_INPUT", False)


def test_a_payment_lands_on_a_bank_account_or_on_cards_where_that_is_switched_on(app: Visitor) -> None:
    given = payment(app, bill(app)["id"], paymentAccountId=app.account("Company Card"))
    assert app.refused("invoicePaymentCreateManual", given)[0]["path"] == ["input", "paymentAccountId"]
    app.control("switches", {"payment_accounts": "anchors"})
    app.do("invoicePaymentCreateManual", given)
    sales = {**given, "paymentAccountId": app.account("Sales")}
    assert app.refused("invoicePaymentCreateManual", sales)


def test_paying_too_much_is_refused_where_that_is_switched_on(app: Visitor) -> None:
    app.control("switches", {"overpayment": "refuse"})
    made = bill(app)
    answer = app.refused("invoicePaymentCreateManual", payment(app, made["id"], amount="100.01"))
    assert answer[0]["path"] == ["input", "amount"]
    app.pay(made["id"], "100")


def test_an_overpaid_invoice_may_show_nothing_due(app: Visitor) -> None:
    made = bill(app)
    app.pay(made["id"], "120")
    assert shown(app, made["id"])["amountDue"] == {"value": "-20.00"}
    app.control("switches", {"overpaid_amount_due": "zero"})
    assert shown(app, made["id"])["amountDue"] == {"value": "0.00"}


def test_a_payment_is_read_patched_and_deleted(app: Visitor) -> None:
    made = bill(app)
    paid = app.pay(made["id"], "30", memo="LP-1")
    app.do("invoicePaymentPatch", {"id": paid, "amount": "100", "memo": "LP-9", "paymentMethod": "CASH"})
    chosen = "amount memo paymentMethod exchangeRate account { name } invoice { id status } customer { name }"
    found = app.books(f"invoicePayment(id: $id) {{ {chosen} }}", id=("ID!", paid))["invoicePayment"]
    assert (found["amount"], found["memo"], found["paymentMethod"]) == ("100.00", "LP-9", "CASH")
    assert (found["invoice"], found["account"]) == ({"id": made["id"], "status": "PAID"}, {"name": "Business Checking"})
    app.do("invoicePaymentDelete", {"id": paid})
    assert (status(app, made["id"]), app.ledger()["payments"]) == ("SAVED", [])


def test_a_payment_moves_the_invoice_into_the_list_of_changes(app: Visitor) -> None:
    made = bill(app)
    app.control("clock", {"advance": 60})
    app.pay(made["id"], "30")
    since = ("DateTime", "2026-09-21T14:13:50.000Z")
    assert numbers(app, "(modifiedAtAfter: $m)", m=since) == [made["invoiceNumber"]]


def test_the_ledger_applies_each_payment_to_its_invoice(app: Visitor) -> None:
    made = bill(app)
    paid = app.pay(made["id"], "30", memo="LP-1")
    books = app.ledger()
    assert books["checks"] == []
    (row,) = books["payments"]
    assert (row["id"], row["reference"], row["applied"]) == (
        paid,
        "LP-1",
        [{"invoice_id": made["id"], "amount": "30.00"}],
    )
    assert (books["totals"]["invoiced"], books["totals"]["paid"], books["totals"]["open"]) == (
        "100.00",
        "30.00",
        "70.00",
    )


# -- money transactions --------------------------------------------------------------------------------------


def deposit(app: Visitor, **more: Any) -> dict[str, Any]:
    line = {"accountId": app.account("Sales"), "amount": "100", "balance": "INCREASE"}
    anchor = {"accountId": app.account("Business Checking"), "amount": "100", "direction": "DEPOSIT"}
    head = {"externalId": "X-1", "date": "2026-09-21", "description": "Tip jar"}
    return {**head, "anchor": anchor, "lineItems": [line], **more}


def test_a_money_transaction_never_touches_an_invoice(app: Visitor) -> None:
    made = bill(app)
    assert app.do("moneyTransactionCreate", deposit(app), "transaction { id }")["transaction"]["id"]
    assert (status(app, made["id"]), app.ledger()["payments"]) == ("SAVED", [])


def test_a_money_transaction_must_balance_its_anchor(app: Visitor) -> None:
    short = deposit(app, anchor={**deposit(app)["anchor"], "amount": "99"})
    assert app.refused("moneyTransactionCreate", short)[0]["path"] == ["input", "lineItems"]


def test_one_sided_lines_may_be_refused_in_the_words_that_were_seen(app: Visitor) -> None:
    app.control("switches", {"money_transaction_lines": "both_sides"})
    (row,) = app.refused("moneyTransactionCreate", deposit(app))
    assert row["message"] == "Transaction must have at least one debit and credit line item."
    assert row["path"] == ["input", "lineItems"]


def test_several_money_transactions_are_made_all_or_not_at_all(app: Visitor) -> None:
    rows = [deposit(app, externalId=f"X-{n}") for n in range(2)]
    bad = {**rows[1], "anchor": {**rows[1]["anchor"], "amount": "1"}}
    assert app.refused("moneyTransactionsCreate", {"transactions": [rows[0], bad]})
    made = app.do("moneyTransactionsCreate", {"transactions": rows}, "transactions { id }")["transactions"]
    assert len(made) == 2
    assert app.refused("moneyTransactionCreate", rows[0])[0]["path"] == ["input", "externalId"]


# -- estimates -----------------------------------------------------------------------------------------------


def offer(app: Visitor, **more: Any) -> dict[str, Any]:
    line = {"productId": app.product(), "unitPrice": "80", "taxes": [{"salesTaxId": app.tax()}]}
    given = {"customerId": app.customer(), "items": [line], "dueDate": "2026-09-30", **more}
    chosen = "estimate { id status estimateNumber total { value } taxTotal { value } customer { id } }"
    made: dict[str, Any] = app.do("estimateCreate", given, chosen)["estimate"]
    return made


def test_an_estimate_has_totals_and_moves_no_money(app: Visitor) -> None:
    made = offer(app, estimateNumber="E-1")
    assert (made["status"], made["total"], made["taxTotal"]) == ("DRAFT", {"value": "86.60"}, {"value": "6.60"})
    books = app.ledger()
    assert (books["totals"]["invoiced"], books["estimates"][0]["number"]) == ("0.00", "E-1")


def test_an_estimate_line_needs_its_price(app: Visitor) -> None:
    given = {"customerId": app.customer(), "items": [{"productId": app.product()}]}
    body = app.send("estimateCreate", given).json()
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_an_estimate_is_approved_sent_accepted_and_converted(app: Visitor) -> None:
    id = offer(app)["id"]
    named, chosen = {"estimateId": id}, "estimate { status }"
    states = [
        app.do("estimateApprove", named, chosen),
        app.do("estimateMarkSent", {**named, "sendMethod": "MARKED_SENT"}, chosen),
        app.do("estimateMarkAccepted", named, chosen),
        app.do("estimateResetAcceptance", named, chosen),
    ]
    assert [row["estimate"]["status"] for row in states] == ["APPROVED", "SENT", "ACCEPTED", "SENT"]
    invoice = app.do("convertEstimateToInvoice", named, "invoiceId")["invoiceId"]
    assert status(app, invoice) == "DRAFT"
    assert app.ledger()["invoices"][0]["total"] == "86.60"


def test_an_estimate_is_patched_with_all_it_asks_for(app: Visitor) -> None:
    made = offer(app)
    given = {
        "id": made["id"],
        "customerId": made["customer"]["id"],
        "status": "DRAFT",
        "title": "Offer",
        "estimateDate": "2026-09-21",
        "dueDate": "2026-10-31",
        "currency": "USD",
        "exchangeRate": "1",
    }
    now = app.do("estimatePatch", given, "estimate { title dueDate total { value } estimateNumber }")["estimate"]
    assert (now["title"], now["dueDate"], now["total"]) == ("Offer", "2026-10-31", {"value": "86.60"})
    del given["title"]
    assert app.send("estimatePatch", given).json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_estimates_are_found_by_a_part_of_the_number_and_under_one_order(app: Visitor) -> None:
    for number in ("E-12", "E-112", "E-13"):
        offer(app, estimateNumber=number)
    chosen = "estimates(estimateNumber: $n, sort: ESTIMATE_NUMBER_ASC) { edges { node { estimateNumber } } }"
    found = app.books(chosen, n=("String", "12"))["estimates"]["edges"]
    assert [edge["node"]["estimateNumber"] for edge in found] == ["E-112", "E-12"]
    (row,) = app.refused("estimateCreate", {"customerId": app.customer(), "estimateNumber": "E-12", "items": []})
    assert row["path"] == ["input", "estimateNumber"]


def test_an_approved_estimate_expires_and_a_deleted_one_is_gone(app: Visitor) -> None:
    id = offer(app, dueDate="2026-09-21")["id"]
    app.do("estimateApprove", {"estimateId": id})
    tomorrow(app)
    assert app.books("estimate(id: $id) { status }", id=("ID!", id)) == {"estimate": {"status": "EXPIRED"}}
    app.do("estimateDelete", {"estimateId": id})
    assert app.ledger()["estimates"] == []
