"""How Xero's sandbox reads requests, filters and dates: pure functions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ledgerport_xero_sandbox import envelopes, fields, where
from ledgerport_xero_sandbox.refusals import ApiError
from ledgerport_xero_sandbox.rows import folded, row
from ledgerport_xero_sandbox.switches import SWITCHES

GUID = "64AE88F6-d5ca-43e3-a7e2-f9a8ca006c3d"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-08-03", "2026-08-03"),
        ("2026-08-03T23:59:59", "2026-08-03"),
        ("2026-08-03T23:59:59Z", "2026-08-03"),
        ("2026-08-03T00:30:00+02:00", "2026-08-02"),
        ("2026-08-03T23:30:00-05:00", "2026-08-04"),
        ("/Date(1785715200000)/", "2026-08-03"),
        ("/Date(1785715200000+0000)/", "2026-08-03"),
    ],
)
def test_a_moment_is_cut_to_its_day_in_utc(sent: str, kept: str) -> None:
    assert fields.day(sent, "Date") == kept


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (fields.day, "03/08/2026"),
        (fields.day, 20260803),
        (fields.amount, "twelve"),
        (fields.amount, True),
        (fields.amount, "NaN"),
        (fields.flag, "perhaps"),
        (fields.guid, "HUB-1"),
        (fields.text, {}),
    ],
)
def test_a_value_of_another_type_is_error_14_with_its_path(reader: fields.Reader, value: Any) -> None:
    with pytest.raises(ApiError) as refused:
        reader(value, "Invoices[0].X")
    assert refused.value.body["ErrorNumber"] == 14
    assert refused.value.body["Message"].endswith("Path 'Invoices[0].X'.")


def test_unknown_and_read_only_members_and_nulls_are_ignored() -> None:
    sent = {"Name": "A", "IsCustomer": True, "Balances": {}, "FirstName": None, "ContactID": GUID}
    assert fields.read(fields.CONTACT, sent) == {"Name": "A", "ContactID": GUID.lower()}


def test_amounts_keep_every_digit() -> None:
    sent = {"LineItems": [{"UnitAmount": 0.1, "Quantity": "2.5000"}]}
    (line,) = fields.read(fields.INVOICE, sent)["LineItems"]
    assert line == {"UnitAmount": Decimal("0.1"), "Quantity": Decimal("2.5000")}


def test_days_are_midnight_utc_there_and_back() -> None:
    assert envelopes.day("2026-08-03") == "/Date(1785715200000+0000)/"
    assert envelopes.day_of("/Date(1785715200000+0000)/") == "2026-08-03"


def test_pretty_json_escapes_every_slash_and_no_text_is_lost() -> None:
    raw = envelopes.pretty({"a": "1/2\\/\n"})
    assert raw == b'{\r\n  "a": "1\\/2\\\\\\/\\n"\r\n}'


@pytest.mark.parametrize(("one", "other"), [("Café", "CAFE"), ("  Straße ", "strasse"), ("A", "a")])
def test_folded_texts_agree_over_case_accents_and_blanks(one: str, other: str) -> None:
    assert folded(one) == folded(other)


DOC = {"Name": "A", "IsCustomer": True, "UpdatedDateUTC": "/Date(1785715200000+0000)/", "ContactID": GUID.lower()}


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ('Name=="a"', True),
        ('Name!="a"', False),
        ("IsCustomer==true", True),
        ("EmailAddress==null", True),
        ("EmailAddress!=null", False),
        (f'ContactID==guid("{GUID}")', True),
        ("UpdatedDateUTC>=DateTime(2026,8,3)", True),
        ("UpdatedDateUTC<DateTime(2026,8,3,0,0,0)", False),
        ('UpdatedDateUTC<=DateTime.Parse("2026-08-03T00:00:00Z")', True),
        ('Name=="b" OR Name=="a" AND IsCustomer==false', False),
        ('(Name=="b" OR Name=="a") AND IsCustomer==true', True),
        ('Name=="b" || Name=="a" && IsCustomer==true', True),
        ('name.contains("x")', None),
        ('Name.EndsWith("A")', True),
    ],
)
def test_filters_compare_as_xero_does(text: str, hit: bool | None) -> None:
    if hit is None:
        with pytest.raises(ApiError, match="No property or field 'contains'"):
            where.parse("Contact", text)
    else:
        assert where.parse("Contact", text).test(DOC) is hit


@pytest.mark.parametrize(
    "text", ["Name", "(Name==1", 'Name=="A" AND', "Name===1", 'Name.Contains("A"', "==", "Name==B"]
)
def test_a_filter_out_of_shape_is_error_16(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        where.parse("Contact", text)
    assert refused.value.body["ErrorNumber"] == 16


def test_a_filter_tells_what_an_index_can_look_up() -> None:
    def lookups(text: str) -> where.Lookups:
        return where.parse("Invoice", text).lookups

    assert lookups('Status=="AUTHORISED" AND InvoiceNumber=="F-1"') == [("InvoiceNumber", "F-1")]
    both = [("InvoiceNumber", "F-1"), ("Reference", "F-2")]
    assert lookups('(InvoiceNumber=="F-1" OR Reference=="F-2") AND Total>5') == both
    assert lookups('InvoiceNumber=="F-1" OR Status=="PAID"') is None
    assert lookups('InvoiceNumber!="F-1"') is None


def test_a_voided_invoice_is_worth_nothing_in_the_ledger() -> None:
    doc = {
        "InvoiceID": GUID,
        "InvoiceNumber": "F-1",
        "Contact": {"ContactID": GUID},
        "DateString": "2026-08-03T00:00:00",
        "Total": 100.0,
        "TotalTax": 8.0,
        "AmountDue": 0.0,
        "Status": "VOIDED",
    }
    line = row("Invoice", doc)
    assert line is not None
    assert (line["total"], line["tax"], line["balance"], line["void"]) == ("0.00", "0.00", "0.00", True)
    assert row("Invoice", {**doc, "Status": "DELETED"}) is None


def test_every_switch_says_what_it_does_and_starts_at_an_allowed_value() -> None:
    for switch in SWITCHES:
        assert len(switch.about) > 10
        assert not switch.choices or switch.default in switch.choices
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES)
