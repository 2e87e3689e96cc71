"""Xero's answers as decisions: every status, every envelope, every text of its catalogue, and what is no answer at
all.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.xero_factories import EMPTY, exception, refused

from ledgerport.contract import (
    Broken,
    ContractError,
    Gone,
    Kind,
    LoginNeeded,
    NameTaken,
    Refused,
    TryLater,
    Unknown,
)
from ledgerport_xero.envelopes import failed, messages_in
from ledgerport_xero.faults import EDITED, element_fault, judge


def decision(
    status: int,
    body: Any,
    *,
    write: bool = True,
    updates: bool = False,
    kind: Kind = Kind.INVOICE,
    headers: dict[str, str] | None = None,
) -> ContractError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = judge(status, headers or {}, content, write=write, kind=kind, updates=updates)
    assert error is not None
    return error


# (text, kind, the decision on a creation, field): the catalogue of the fact sheet.
CATALOGUE: list[tuple[str, Kind, type[ContractError], str]] = [
    (
        "The contact name X is already assigned to another contact. The contact name must be unique across all active "
        "contacts.",
        Kind.CUSTOMER,
        NameTaken,
        "name",
    ),
    (
        "The contact number X is already assigned to another contact. It must be unique across all contacts.",
        Kind.CUSTOMER,
        NameTaken,
        "name",
    ),
    (
        "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, "
        "ContactNumber",
        Kind.INVOICE,
        Refused,
        "customer",
    ),
    ("A Contact must be specified for this type of transaction", Kind.INVOICE, Refused, "customer"),
    (
        "The contact with the specified contact details has been archived. The contact must be un-archived before "
        "creating new invoices or credit notes.",
        Kind.INVOICE,
        Refused,
        "customer",
    ),
    ("The status 'ARCHIVED' is not valid for contacts", Kind.CUSTOMER, Refused, ""),
    ("Email address must be valid.", Kind.CUSTOMER, Refused, "email"),
    ("Price List Item with Code 'abc' already exists", Kind.ITEM, NameTaken, "code"),
    ("Invoice # must be unique.", Kind.INVOICE, NameTaken, "number"),
    ("Account code '999' is not a valid code for this document.", Kind.INVOICE, Refused, "account"),
    ("Account code '310' has been archived, or deleted.", Kind.ITEM, Refused, "account"),
    (
        "The TaxType code NONE does not exist or cannot be used for this type of transaction.",
        Kind.INVOICE,
        Refused,
        "tax",
    ),
    ("The TaxType code 'INPUT' cannot be used with account code '630'.", Kind.INVOICE, Refused, "tax"),
    ("Organisation is not subscribed to currency EUR", Kind.INVOICE, Refused, "currency"),
    ("One or more line items must be specified", Kind.INVOICE, Refused, "lines"),
    ("Invoice not of valid status for creation", Kind.INVOICE, Refused, ""),
    ("Invoice not of valid status for modification", Kind.INVOICE, Refused, ""),
    (
        "This document cannot be edited as it has a payment or credit note allocated to it.",
        Kind.INVOICE,
        Refused,
        "",
    ),
    (
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
        Kind.INVOICE,
        Refused,
        "",
    ),
    ("An existing Invoice with the specified InvoiceID could not be found", Kind.PAYMENT, Refused, "invoice"),
    ("The document date cannot be before the period lock date", Kind.INVOICE, Refused, "issued_on"),
    ("The document date cannot be before the period lock date of 30 Jun 2026", Kind.PAYMENT, Refused, "paid_on"),
    ("The document date cannot be before the end of year lock date", Kind.ESTIMATE, Refused, "issued_on"),
    ("Payment amount exceeds the amount outstanding on this document", Kind.PAYMENT, Refused, "amount"),
    ("Payments can only be made against Authorised documents", Kind.PAYMENT, Refused, "invoice"),
    ("Payment not of valid status for modification", Kind.PAYMENT, Refused, ""),
    ("Payments within a batch cannot be deleted.", Kind.PAYMENT, Refused, ""),
    (
        "The discount rate '27.83' is invalid. Discount must not be greater than the line total.",
        Kind.INVOICE,
        Refused,
        "discount",
    ),
    ("Account Code is too long. Maximum of 10 characters allowed", Kind.ITEM, Refused, ""),
    ("Something that nobody has seen yet", Kind.ITEM, Refused, ""),
]


@pytest.mark.parametrize(("text", "kind", "branch", "field"), CATALOGUE, ids=[row[0][:40] for row in CATALOGUE])
def test_each_text_of_the_catalogue_has_its_decision(
    text: str, kind: Kind, branch: type[ContractError], field: str
) -> None:
    element = refused(text, InvoiceID=EMPTY)
    for error in (
        element_fault(element, kind, trace_id="c-1", updates=False),
        decision(*exception(text), kind=kind, headers={"xero-correlation-id": "c-1"}),
    ):
        assert type(error) is branch
        assert getattr(error, "field", "") == field
        assert text in error.detail
        assert error.trace_id == "c-1"


@pytest.mark.parametrize("text", [row[0] for row in CATALOGUE], ids=[row[0][:40] for row in CATALOGUE])
def test_no_text_about_a_record_asks_for_a_login_or_is_unknown(text: str) -> None:
    for updates in (True, False):
        error = element_fault(refused(text), Kind.INVOICE, trace_id="", updates=updates)
        assert not isinstance(error, LoginNeeded | Unknown | Broken | TryLater)


def test_what_is_not_there_is_gone_only_when_it_is_the_record_itself() -> None:
    text = "An existing Invoice with the specified InvoiceID could not be found"
    assert isinstance(element_fault(refused(text), Kind.INVOICE, trace_id="", updates=True), Gone)
    assert isinstance(element_fault(refused(text), Kind.PAYMENT, trace_id="", updates=True), Refused)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice not of valid status for modification",
        "This document cannot be edited as it has a payment or credit note allocated to it.",
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
    ],
)
def test_a_document_that_cannot_be_changed_is_known_by_its_code_and_says_what_to_do(text: str) -> None:
    error = element_fault(refused(text), Kind.INVOICE, trace_id="", updates=True)
    assert error.code == EDITED
    assert "first" in error.reason


def test_a_taken_name_decides_before_anything_else_that_is_wrong() -> None:
    element = {
        "HasValidationErrors": True,
        "ValidationErrors": [
            {"Message": "Email address must be valid."},
            {"Message": "The contact name X is already assigned to another contact."},
        ],
    }
    assert isinstance(element_fault(element, Kind.CUSTOMER, trace_id="", updates=False), NameTaken)


def test_an_error_inside_a_nested_object_is_found_under_either_name() -> None:
    element = {
        "InvoiceID": "a",
        "LineItems": [{"ValidationErrors": [{"Description": "Line is odd"}]}],
        "Contact": {"validationErrors": [{"message": "Contact is odd"}]},
        "Warnings": [{"Message": "only a warning"}],
    }
    assert messages_in(element) == ["Line is odd", "Contact is odd"]
    assert failed(element, "InvoiceID")


@pytest.mark.parametrize(
    "element",
    [
        {"InvoiceID": "a", "HasErrors": True},
        {"InvoiceID": "a", "HasValidationErrors": True},
        {"InvoiceID": "a", "hasErrors": "true"},
        {"InvoiceID": "a", "StatusAttributeString": "ERROR"},
        {"InvoiceID": "a", "ValidationErrors": [{}]},
        {"InvoiceID": EMPTY},
        {"InvoiceID": None},
        {},
    ],
)
def test_any_sign_of_a_refusal_is_one(element: dict[str, Any]) -> None:
    assert failed(element, "InvoiceID")


@pytest.mark.parametrize("state", ["OK", "WARNING"])
def test_a_warning_is_no_refusal(state: str) -> None:
    element = {
        "InvoiceID": "a",
        "StatusAttributeString": state,
        "HasErrors": False,
        "ValidationErrors": [],
        "Warnings": [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}],
    }
    assert not failed(element, "InvoiceID")


def test_an_element_that_was_refused_without_a_word_has_an_unknown_outcome() -> None:
    assert isinstance(element_fault({"InvoiceID": EMPTY}, Kind.INVOICE, trace_id="", updates=False), Unknown)
