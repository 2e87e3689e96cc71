"""What documents need of the chart of accounts and the tax rates, and the writing of an account (section 3.7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_xero_sandbox import company
from ledgerport_xero_sandbox.envelopes import exact, new_id
from ledgerport_xero_sandbox.refusals import (
    Refused,
    archived_account,
    missing_document,
    too_long,
    wrong_account,
    wrong_tax,
)
from ledgerport_xero_sandbox.state import Books


def by_code(books: Books, code: str) -> dict[str, Any] | None:
    """The account with this Code, archived ones too."""
    return books.coded("Account", code)


def usable(books: Books, code: str) -> dict[str, Any]:
    """An active account that lines may be booked to. Raises Refused.

    Bank and system accounts are not for lines of sales documents (UNSURE: wording).
    """
    found = by_code(books, code)
    if found is None or found["Type"] == "BANK" or found["SystemAccount"]:
        raise wrong_account(code)
    if found["Status"] != "ACTIVE":
        raise archived_account(code)
    return found


def rate(books: Books, tax_type: str, *, sales: bool = True) -> Decimal:
    """The percentage of an active tax rate. Raises Refused."""
    found = books.peek("TaxRate", tax_type)
    if found is None or found["Status"] != "ACTIVE" or (sales and not found["CanApplyToRevenue"]):
        raise wrong_tax(tax_type)
    return exact(found["EffectiveRate"])


def for_payment(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """The account money arrives at: a bank account, or one with EnablePaymentsToAccount. Raises Refused (UNSURE:
    wording).
    """
    found = None
    if "AccountID" in sent:
        found = books.peek("Account", sent["AccountID"])
    elif sent.get("Code"):
        found = by_code(books, sent["Code"])
    if found is None:
        raise Refused("Account could not be found")
    if found["Status"] != "ACTIVE":
        raise archived_account(found.get("Code") or found["Name"])
    if found["Type"] != "BANK" and not found["EnablePaymentsToAccount"]:
        raise Refused("Account type is not valid for payments. It must be a bank account or have payments enabled.")
    return found


def save(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT creates, POST changes name, code, tax or status of one. Raises Refused."""
    current = books.get("Account", sent["AccountID"]) if "AccountID" in sent else None
    if current is None and (method == "POST" or "AccountID" in sent):
        raise missing_document("Account")
    if len(sent.get("Code", "")) > 10:
        raise Refused("Account Code is too long. Maximum of 10 characters allowed")
    if len(sent.get("Name", "")) > 150:
        raise too_long("the account Name", 150)
    for name, message in (("Name", "Please enter a unique Name."), ("Code", "Please enter a unique Code.")):
        other = books.first("Account", name, sent[name]) if sent.get(name) else None
        if other is not None and (current is None or other["AccountID"] != current["AccountID"]):
            raise Refused(message)
    if current is None:
        if not sent.get("Name") or sent.get("Type") not in company.CLASSES:
            raise Refused("Account Name and Type must be specified")  # UNSURE: wording
        return books.insert("Account", company.account(books, new_id(), sent)), []
    members = ("Code", "Name", "TaxType", "Description", "Status", "EnablePaymentsToAccount")
    return books.update("Account", {**current, **{name: sent[name] for name in members if name in sent}}), []
