"""Money transactions (section 7): deposits and withdrawals beside the invoices. They are kept, never shown, and never
touch an invoice: a payment recorded this way is an orphan.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox.chart import TYPES
from ledgerport_wave_sandbox.refusals import Refused, refused
from ledgerport_wave_sandbox.state import Books, Desk
from ledgerport_wave_sandbox.wire import rounded

_ANCHORS = frozenset({"CASH_AND_BANK", "CREDIT_CARD", "LOANS"})
#: Contra accounts: INCREASE and DECREASE mean the other side.
_CONTRA = frozenset({"DISCOUNTS", "DEPRECIATION_AND_AMORTIZATION"})


def create(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """moneyTransactionCreate."""
    return {"transaction": _new(desk.open(given["businessId"]), given, ())}


def create_several(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """moneyTransactionsCreate: all or nothing."""
    books = desk.open(given["businessId"])
    made, errors = [], []
    for n, wish in enumerate(given["transactions"]):
        try:
            made.append(_new(books, wish, ("transactions", n)))
        except Refused as err:
            errors += err.errors
    if errors:
        raise Refused(*errors)
    return {"transactions": made}


def _new(books: Books, given: dict[str, Any], place: tuple[str | int, ...]) -> dict[str, Any]:
    if books.switches["repeated_external_id"] == "refuse":
        held = next(books.held("Transaction", "external id", given["externalId"]), None)
        if held is not None and held["externalId"] == given["externalId"]:
            raise refused("A transaction with this external id exists.", *place, "externalId", code="DUPLICATE")
    anchor = given["anchor"]
    account = books.refer("Account", anchor["accountId"], *place, "anchor", "accountId")
    if account["subtypeValue"] not in _ANCHORS:
        raise refused("The anchor must be a bank, card or loan account.", *place, "anchor", "accountId")
    _positive(anchor["amount"], *place, "anchor", "amount")
    if not given["lineItems"]:
        raise refused("At least one line item is required.", *place, "lineItems")
    debits = credits = Decimal(0)
    for n, line in enumerate(given["lineItems"]):
        where = (*place, "lineItems", n)
        _positive(line["amount"], *where, "amount")
        doc = books.refer("Account", line["accountId"], *where, "accountId")
        amount = line["amount"] + sum((tax["amount"] for tax in line.get("taxes") or []), Decimal(0))
        if _is_debit(doc, line["balance"]):
            debits += amount
        else:
            credits += amount
    _balanced(books, anchor, debits, credits, place)
    kept = {"externalId": given["externalId"], "date": given["date"], "description": given["description"]}
    return books.insert("Transaction", {**kept, "amount": str(anchor["amount"]), "direction": anchor["direction"]})


def _balanced(
    books: Books, anchor: dict[str, Any], debits: Decimal, credits: Decimal, place: tuple[str | int, ...]
) -> None:
    if books.switches["money_transaction_lines"] == "both_sides":
        if not debits or not credits:
            text = "Transaction must have at least one debit and credit line item."
            raise refused(text, *place, "lineItems")
        if debits != credits:
            raise refused("Debits and credits must be equal.", *place, "lineItems")
        return
    needed = credits - debits if anchor["direction"] == "DEPOSIT" else debits - credits
    if needed != anchor["amount"]:
        raise refused("The line items do not balance the anchor.", *place, "lineItems")


def _is_debit(account: dict[str, Any], balance: str) -> bool:
    if balance in {"DEBIT", "CREDIT"}:
        return balance == "DEBIT"
    normal = TYPES[account["typeValue"]][1] == "DEBIT"
    return normal ^ (balance == "DECREASE") ^ (account["subtypeValue"] in _CONTRA)


def _positive(value: Decimal, *path: str | int) -> None:
    if value <= 0 or rounded(value, 2) != value:
        raise refused("Amount must be greater than 0 and have 2 decimal places at most.", *path)
