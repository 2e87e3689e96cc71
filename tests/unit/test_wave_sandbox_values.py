"""Pure parts of the Wave sandbox: ids, decimals, moments, scopes, statuses, wording, shares of a discount."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError

from ledgerport_sandbox.switches import Switches
from ledgerport_wave_sandbox import chart, ids, sales, status, wire
from ledgerport_wave_sandbox.app import own_schema
from ledgerport_wave_sandbox.office import company_id
from ledgerport_wave_sandbox.refusals import refused, worded
from ledgerport_wave_sandbox.state import COMPANY, OTHER_COMPANY, covers
from ledgerport_wave_sandbox.switches import SWITCHES

UUID = "6f1d3c52-8a0e-4b57-9d46-0c2f7be1a901"


def test_an_id_says_its_business_kind_and_number_when_it_is_opened() -> None:
    id = ids.member(UUID, "Invoice", 7)
    assert ids.raw(id) == (UUID, "Invoice", "2104000000000000007")
    assert ids.owner(id) == COMPANY == ids.business(UUID)


@pytest.mark.parametrize("nonsense", ["", "42", "***", "w6TDtg==", ids.user(1)])
def test_what_is_no_id_of_a_business_opens_to_nothing(nonsense: str) -> None:
    assert (ids.raw(nonsense), ids.owner(nonsense)) == (("", "", ""), "")


def test_a_business_is_spotted_in_a_request_by_how_its_id_begins() -> None:
    assert all(id.encode().startswith(ids.PREFIX) for id in (COMPANY, OTHER_COMPANY, ids.member(UUID, "Customer", 1)))


def test_a_business_is_named_by_id_or_uuid_and_nothing_else() -> None:
    assert company_id(COMPANY) == company_id(UUID) == COMPANY
    with pytest.raises(ValueError, match="neither"):
        company_id("Blue Heron")


@pytest.mark.parametrize(
    ("value", "text"), [("100", "100"), ("19.90", "19.9"), ("0.0825", "0.0825"), ("1E+2", "100"), ("0.00", "0")]
)
def test_decimals_have_no_exponent_and_no_idle_zeros(value: str, text: str) -> None:
    assert wire.plain(Decimal(value)) == text


@pytest.mark.parametrize(("value", "cents"), [("0.125", "0.13"), ("-0.125", "-0.13"), ("0.124", "0.12")])
def test_ties_go_away_from_zero(value: str, cents: str) -> None:
    assert wire.rounded(Decimal(value), 2) == Decimal(cents)


def test_money_has_major_and_minor_units_of_its_currency() -> None:
    dollars, yen = wire.money("113", "USD"), wire.money("113", "JPY")
    assert (dollars["value"], dollars["minorUnitValue"], dollars["raw"]) == ("113.00", "11300", 11300)
    assert (yen["value"], yen["minorUnitValue"], yen["currency"]["exponent"]) == ("113", "113", 0)


@pytest.mark.parametrize("value", ["abc", True, None, [], "NaN", "1e99", ""])
def test_what_is_no_decimal_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match="Decimal"):
        wire.decimal_in(value)


@pytest.mark.parametrize("value", ["2026-9-1", "2026-02-30", "20260901", 20260901, "2026-09-01T00:00:00Z"])
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match="Date"):
        wire.date_in(value)


def test_moments_are_brought_to_utc_and_milliseconds() -> None:
    assert wire.moment_in("2026-09-21T16:13:20+02:00") == "2026-09-21T14:13:20.000Z" == wire.stamp(1_790_000_000)
    assert wire.moment_in("2026-09-21T14:13:20") == "2026-09-21T14:13:20.000Z"
    with pytest.raises(GraphQLError, match="DateTime"):
        wire.moment_in("yesterday")


@pytest.mark.parametrize(
    ("scopes", "wanted", "granted"),
    [
        ("invoice:read customer:write", "invoice:read", True),
        ("invoice:read customer:write", "customer:read", False),
        ("invoice:*", "invoice:send", True),
        ("invoice:*", "invoice_item:read", False),
        ("", "user:read", False),
    ],
)
def test_scopes_cover_what_they_name(scopes: str, wanted: str, granted: bool) -> None:
    assert covers(scopes, wanted) is granted


@pytest.mark.parametrize(
    ("stage", "paid", "due", "shown"),
    [
        ("DRAFT", "0", "2026-09-01", "DRAFT"),
        ("SAVED", "0", "2026-09-21", "SAVED"),
        ("SENT", "0", "2026-09-21", "SENT"),
        ("VIEWED", "0", "2026-09-20", "OVERDUE"),
        ("SENT", "40", "2026-09-21", "PARTIAL"),
        ("SENT", "40", "2026-09-20", "OVERDUE"),
        ("SAVED", "100", "2026-09-01", "PAID"),
        ("SAVED", "100.01", "2026-09-01", "OVERPAID"),
    ],
)
def test_an_invoices_status_follows_from_stage_payments_and_date(stage: str, paid: str, due: str, shown: str) -> None:
    doc = {"stage": stage, "total": "100", "amountPaid": paid, "dueDate": due}
    assert status.of_invoice(doc, "2026-09-21", Switches(SWITCHES)) == shown


@pytest.mark.parametrize(
    ("stage", "due", "shown"),
    [
        ("APPROVED", "2026-09-20", "EXPIRED"),
        ("APPROVED", "2026-09-21", "APPROVED"),
        ("ACCEPTED", "2026-09-20", "ACCEPTED"),
    ],
)
def test_an_estimate_expires_unless_it_is_settled(stage: str, due: str, shown: str) -> None:
    assert status.of_estimate({"stage": stage, "dueDate": due}, "2026-09-21") == shown


@pytest.mark.parametrize(
    ("off", "amounts"), [("10.00", ["33.33", "33.33", "33.34"]), ("0.01", ["1", "1"]), ("0", ["5"]), ("5", ["0", "5"])]
)
def test_shares_of_a_discount_add_up_to_it(off: str, amounts: list[str]) -> None:
    values = [Decimal(amount) for amount in amounts]
    shares = sales._spread(Decimal(off), values, sum(values, Decimal(0)), 2)
    assert (len(shares), sum(shares)) == (len(values), Decimal(off))


def test_a_taxs_rate_is_the_one_in_force_on_the_day() -> None:
    rates = [{"effective": "2026-07-01", "rate": "0.09"}, {"effective": "1900-01-01", "rate": "0.08"}]
    tax = {"rates": rates}
    assert sales.rate_on(tax, "2026-06-30") == Decimal("0.08")
    assert sales.rate_on(tax, "2026-07-01") == Decimal("0.09")


def test_an_unknown_argument_is_told_in_the_words_of_the_documents() -> None:
    error = GraphQLError("Unknown argument 'name' on field 'Query.business'.")
    assert worded(error) == 'Unknown argument "name" on field "business" of type "Query".'


def test_the_path_of_an_input_error_is_a_list_of_texts_below_input() -> None:
    (row,) = refused("No.", "items", 0, "productId").errors
    assert row["path"] == ["input", "items", "0", "productId"]


def test_every_subtype_that_can_be_created_has_a_name_and_a_type() -> None:
    creatable = own_schema().partition("enum AccountSubtypeValueCreateInput {")[2].partition("}")[0].split()
    assert set(creatable) - set(chart.SUBTYPES) == set()
    assert {type for _, type, _ in chart.SUBTYPES.values()} == set(chart.TYPES)


def test_every_switch_has_a_name_of_its_own_and_a_default_among_its_choices() -> None:
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES)
    assert [s.name for s in SWITCHES if s.choices and s.default not in s.choices] == []
