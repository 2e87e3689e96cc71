"""The FreshBooks sandbox's clocks, number formats, error shapes and webhook signature."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from ledgerport_freshbooks_sandbox import callbacks, login, moments, refusals, routing, rules
from ledgerport_freshbooks_sandbox.accounts import journal_entry_accounts, ledger_accounts
from ledgerport_freshbooks_sandbox.office import DEFAULTS
from ledgerport_freshbooks_sandbox.payments import TYPES
from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_sandbox import Call

COMPANIES = {company.id: company for company in DEFAULTS}


@pytest.mark.parametrize(
    ("now", "eastern", "utc"),
    [
        (1_782_751_729, "2026-06-29 12:48:49", "2026-06-29 16:48:49"),  # as recorded, in summer
        (1_768_492_800, "2026-01-15 11:00:00", "2026-01-15 16:00:00"),
    ],
)
def test_accounting_times_follow_new_yorks_summer_time(now: float, eastern: str, utc: str) -> None:
    assert (moments.eastern(now), moments.utc(now)) == (eastern, utc)
    assert moments.start_of(eastern[:10]) <= now < moments.start_of(moments.later(eastern[:10], 1))


@pytest.mark.parametrize(
    ("amount", "shown"), [("25", "25.00"), ("1E+2", "100.00"), ("12.345", "12.345"), ("0.10", "0.10"), ("-5", "-5.00")]
)
def test_amounts_have_two_decimals_or_as_many_as_were_sent(amount: str, shown: str) -> None:
    assert rules.shown(Decimal(amount), "USD") == {"amount": shown, "code": "USD"}


@pytest.mark.parametrize(("value", "text"), [("4.00", "4"), ("8.250", "8.25"), ("100", "100"), ("0.000", "0")])
def test_quantities_have_no_idle_zeros(value: str, text: str) -> None:
    assert rules.plain(Decimal(value)) == text


@pytest.mark.parametrize("value", [True, None, "many", [1], "NaN", "1e30"])
def test_what_is_no_number_is_1015(value: object) -> None:
    with pytest.raises(Refused) as refused:
        rules.number(value, "qty", "invoice")
    assert refused.value.errno == 1015


@pytest.mark.parametrize("value", ["2026-02-30", "2026-2-3", "2026-02-03T00:00:00", 20260203])
def test_what_is_no_date_is_1016(value: object) -> None:
    with pytest.raises(Refused) as refused:
        rules.day(value, "date", "payment")
    assert refused.value.errno == 1016


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("ledger", {"errors": {"message": "Request failed with status code 404", "status": 404}}),
        ("business", {"error": "Requested resource could not be found."}),
        ("events", {"errno": 404, "message": "Not here."}),
        ("accounting", {"response": {"errors": [{"errno": 1012, "message": "Not here."}]}}),
    ],
)
def test_each_family_has_an_error_shape_of_its_own(family: str, body: dict[str, object]) -> None:
    refused = Refused(1012, "Not here.", status=404)
    shown = orjson.loads(refusals.by_family(refused, family, new=False, new_events=False).body)
    assert _less(shown, body) == body


def _less(shown: object, wanted: object) -> object:
    """What is shown, cut down to the members that are wanted."""
    if isinstance(shown, dict) and isinstance(wanted, dict):
        return {name: _less(shown.get(name), value) for name, value in wanted.items()}
    if isinstance(shown, list) and isinstance(wanted, list):
        return [_less(one, other) for one, other in zip(shown, wanted, strict=True)]
    return shown


def test_the_signature_is_over_pythons_json_with_blanks() -> None:
    fields = {"name": "invoice.create", "object_id": "1234567"}
    # printf '{"name": "invoice.create", "object_id": "1234567"}' | openssl dgst -sha256 -hmac some_secret -binary
    assert callbacks.signature(fields, "some_secret") == "nNrGJyjk1cocxvQIopj9vf/EBKfSHlVxbeOwbcB+++4="


@pytest.mark.parametrize(
    ("event", "scope"),
    [
        ("invoice.create", "user:invoices:read"),
        ("item", "user:billable_items:read"),
        ("tax.delete", "user:taxes:read"),
        ("project.create", None),
    ],
)
def test_an_event_needs_the_scope_of_its_noun(event: str, scope: str | None) -> None:
    assert callbacks.scope_of(orjson.dumps({"callback": {"event": event}})) == scope


def test_three_scopes_cannot_be_written() -> None:
    readable = {scope.removesuffix(":read") for scope in login.SCOPES if scope.endswith(":read")}
    writable = {scope.removesuffix(":write") for scope in login.SCOPES if scope.endswith(":write")}
    assert readable - writable == {"user:profile", "user:notifications", "user:reports"}


def test_payment_types_are_spelled_with_their_capitals() -> None:
    assert {"Check", "Bank Transfer", "Credit Card", "2Checkout", "VISA", "ACH"} <= TYPES
    assert not {"check", "Stripe", "Wire Transfer"} & TYPES


def test_the_two_charts_of_accounts_are_tied_by_their_ids() -> None:
    older, newer = journal_entry_accounts(DEFAULTS[0]), ledger_accounts(DEFAULTS[0])
    by_id = {row["jea_id"]: row["name"] for row in newer if row["jea_id"]}
    assert by_id == {row["id"]: row["account_name"] for row in older}
    subs = {row["jesa_id"]: row["name"] for row in newer if row["jesa_id"]}
    assert subs == {sub["id"]: sub["account_sub_name"] for row in older for sub in row["sub_accounts"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", "/accounting/account/6BApk/users/clients", b"{}", ("6BApk", ("Customer",), "create")),
        ("GET", "/accounting/account/6BApk/items/items", b"", ("6BApk", ("Item",), "query")),
        ("GET", "/accounting/account/6BApk/estimates/estimates/7", b"", ("6BApk", ("Estimate",), "read")),
        (
            "PUT",
            "/accounting/account/6BApk/payments/payments/7",
            b'{"vis_state": 2}',
            ("6BApk", ("Payment",), "update"),
        ),
        ("PUT", "/accounting/account/6BApk/payments/payments/7", b'{"vis_state":1}', ("6BApk", ("Payment",), "delete")),
        ("DELETE", "/accounting/account/6BApk/invoices/invoices/7", b"", ("6BApk", ("Invoice",), "delete")),
        ("GET", "/comments/business/439001/services", b"", ("7zQmw", (), "query")),
        (
            "GET",
            f"/accounting/businesses/{DEFAULTS[1].business_uuid}/ledger_accounts/accounts",
            b"",
            ("7zQmw", (), "query"),
        ),
        ("GET", "/auth/api/v1/users/me", b"", ("", (), "")),
    ],
)
def test_a_call_is_described_in_the_hubs_words(
    method: str, path: str, body: bytes, told: tuple[str, tuple[str, ...], str]
) -> None:
    call = Call(method, path, {}, {}, body, "", 0)
    routing.describe(call, COMPANIES)
    assert (call.company, call.entities, call.operation) == told
