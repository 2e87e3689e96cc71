"""What Wave's answers mean, in both of its failure channels."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.unit.wave_factories import UUID, error, unsuccessful

from ledgerport.contract import Broken, ContractError, Gone, LoginNeeded, Refused, TryLater, Unknown
from ledgerport_wave.faults import fault_of, outcome_of, token_refused
from ledgerport_wave.refusals import field_of

CREATED = {"didSucceed": True, "inputErrors": [], "customer": {"id": "C"}}
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"


def judged(status: int, body: Any, headers: dict[str, str] | None = None, *, write: bool = True) -> ContractError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = fault_of(status, headers or {}, content, write=write)
    assert found is not None
    return found


def outcome(answer: dict[str, Any], alias: str = "customerCreate") -> ContractError:
    found = outcome_of(answer, alias)
    assert isinstance(found, ContractError)
    return found


def refused_at(path: str, message: str = "Not valid.") -> Refused:
    found = outcome({"data": {"customerCreate": unsuccessful(path, message)}})
    assert isinstance(found, Refused)
    return found


# --- the whole answer -------------------------------------------------------------------------------------------------


def test_an_answer_without_errors_is_no_fault() -> None:
    body = json.dumps({"data": {"customerCreate": CREATED}}).encode()
    assert fault_of(200, {}, body, write=True) is None


def test_a_document_that_does_not_fit_was_not_run_and_is_a_fault_of_ours() -> None:
    found = judged(200, {"errors": [error("GRAPHQL_VALIDATION_FAILED", 'Unknown argument "name".')]})
    assert isinstance(found, Refused)
    assert found.code == "GRAPHQL_VALIDATION_FAILED"
    assert found.trace_id == "e486c5f4"


def test_the_same_for_a_read_is_broken() -> None:
    assert isinstance(judged(200, {"errors": [error("GRAPHQL_VALIDATION_FAILED")]}, write=False), Broken)


def test_a_value_of_the_wrong_type_names_our_field() -> None:
    words = 'Variable "$input" got invalid value "XX" at "input.address.countryCode"; Value "XX" does not exist.'
    found = judged(400, {"errors": [error("BAD_USER_INPUT", words)]})
    assert isinstance(found, Refused)
    assert found.field == "address.country"


def test_a_value_of_a_batch_names_the_field_too() -> None:
    words = 'Variable "$i2" got invalid value "x" at "i2.items[1].quantity"; Decimal cannot represent "x".'
    found = judged(200, {"errors": [error("BAD_USER_INPUT", words)]})
    assert isinstance(found, Refused)
    assert found.field == "lines[1].quantity"


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("data", [None, {"business": None}])
def test_a_token_that_is_not_accepted_is_tried_later_and_costs_nobody_the_login(status: int, data: Any) -> None:
    found = judged(status, {"errors": [error("UNAUTHENTICATED")], "data": data}, write=False)
    assert type(found) is TryLater


def test_a_lapsed_plan_is_waited_out_with_its_reason() -> None:
    found = judged(403, {"error": "forbidden"})
    assert isinstance(found, TryLater)
    assert "Pro" in found.reason
    assert "renew the plan" in found.reason
    assert found.code == "plan_lapsed"
    assert found.after is not None


def test_a_firewalls_403_is_not_taken_for_a_lapsed_plan() -> None:
    found = judged(403, PAGE)
    assert isinstance(found, TryLater)
    assert found.code == "403"
    assert "Pro" not in found.reason


def test_a_429_holds_everything_for_as_long_as_it_says() -> None:
    found = judged(429, b"slow down", {"Retry-After": "17"})
    assert isinstance(found, TryLater)
    assert found.throttled
    assert found.after == timedelta(seconds=17)


def test_a_429_may_name_a_moment() -> None:
    found = judged(429, b"", {"retry-after": "Mon, 23 Nov 2026 15:00:00 GMT"})
    assert isinstance(found, TryLater)
    assert found.at == datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize("body", [PAGE, b"", b"upstream error", b'{"data": {"customerCr'])
@pytest.mark.parametrize("status", [200, 500, 502, 503, 504, 408])
def test_what_cannot_be_read_leaves_a_write_unknown_and_a_read_for_later(status: int, body: bytes) -> None:
    assert isinstance(judged(status, body), Unknown)
    assert isinstance(judged(status, body, write=False), TryLater)


def test_a_5xx_leaves_a_write_unknown_even_when_it_speaks_graphql() -> None:
    assert isinstance(judged(500, {"errors": [error("INTERNAL_SERVER_ERROR")]}), Unknown)


def test_somebody_elses_json_is_no_answer() -> None:
    assert isinstance(judged(200, {"status": "ok"}), Unknown)
    assert isinstance(judged(200, {"status": "ok"}, write=False), TryLater)


def test_trouble_inside_before_anything_was_run_is_still_unknown_for_a_write() -> None:
    assert isinstance(judged(200, {"errors": [error("INTERNAL_SERVER_ERROR")]}), Unknown)
    assert isinstance(judged(200, {"errors": [error("INTERNAL_SERVER_ERROR")]}, write=False), TryLater)


def test_a_code_that_nobody_knows_means_not_run_where_data_is_missing() -> None:
    found = judged(200, {"errors": [error("TOO_COMPLEX", "Too many fields.")]})
    assert isinstance(found, Refused)
    assert "Too many fields" in found.reason


def test_a_code_that_nobody_knows_is_unknown_where_it_may_have_been_run() -> None:
    assert isinstance(judged(200, {"errors": [error("ODD")], "data": None}), Unknown)


def test_a_business_out_of_reach_asks_for_a_login_to_this_business_alone() -> None:
    answer = {"errors": [error("NOT_FOUND", "Business 'BAD_ID' could not be found.", ["business"])]}
    found = judged(200, {**answer, "data": {"business": None}}, write=False)
    assert isinstance(found, LoginNeeded)
    assert found.company_only


# --- the token --------------------------------------------------------------------------------------------------------


def refuses(status: int, body: Any) -> bool:
    return token_refused(httpx.Response(status, json=body))


def test_a_401_and_a_200_that_says_unauthenticated_both_refuse_the_token() -> None:
    assert refuses(401, {})
    assert refuses(200, {"errors": [error("UNAUTHENTICATED")], "data": {"business": None}})
    assert refuses(200, {"errors": [error("ODD", "authentication expired")], "data": None})


def test_a_token_that_ended_between_two_mutations_does_not_let_the_first_be_repeated() -> None:
    answer = {"errors": [error("UNAUTHENTICATED", path=["m2"])], "data": {"m1": CREATED, "m2": None}}
    assert not refuses(200, answer)


@pytest.mark.parametrize("status", [200, 403, 500])
def test_other_troubles_do_not_refuse_the_token(status: int) -> None:
    assert not refuses(status, {"errors": [error("NOT_FOUND")], "data": {"business": None}})


# --- one mutation -----------------------------------------------------------------------------------------------------


def test_a_mutation_that_succeeded_gives_its_payload() -> None:
    assert outcome_of({"data": {"customerCreate": CREATED}}, "customerCreate") == CREATED


def test_a_mutation_that_succeeded_stays_so_when_a_part_of_its_answer_is_missing() -> None:
    deep = error("INTERNAL_SERVER_ERROR", path=["customerCreate", "customer", "address"])
    assert outcome_of({"errors": [deep], "data": {"customerCreate": CREATED}}, "customerCreate") == CREATED


def test_a_null_payload_without_an_error_is_unknown() -> None:
    assert isinstance(outcome({"data": {"customerCreate": None}}), Unknown)


def test_an_error_deep_in_the_answer_says_nothing_about_the_mutation() -> None:
    deep = error("NOT_FOUND", path=["customerCreate", "customer", "address"])
    assert isinstance(outcome({"errors": [deep], "data": {"customerCreate": None}}), Unknown)


def test_an_error_at_the_mutation_itself_decides_about_it() -> None:
    here = error("NOT_FOUND", "Product 'x' could not be found.", ["customerCreate"])
    assert isinstance(outcome({"errors": [here], "data": {"customerCreate": None}}), Gone)


def test_an_error_without_a_path_decides_too() -> None:
    here = error("UNAUTHENTICATED")
    assert type(outcome({"errors": [here], "data": {"customerCreate": None}})) is TryLater


def test_trouble_inside_a_mutation_is_unknown() -> None:
    here = error("INTERNAL_SERVER_ERROR", path=["customerCreate"])
    assert isinstance(outcome({"errors": [here], "data": {"customerCreate": None}}), Unknown)


def test_a_payload_that_does_not_say_whether_it_succeeded_is_unknown() -> None:
    assert isinstance(outcome({"data": {"customerCreate": {"customer": {"id": "C"}}}}), Unknown)


def test_the_error_of_another_mutation_is_not_this_ones() -> None:
    other = error("NOT_FOUND", path=["m1"])
    assert isinstance(outcome({"errors": [other], "data": {"m1": None, "m2": None}}, "m2"), Unknown)


def test_a_refusal_without_a_reason_says_so() -> None:
    found = outcome({"data": {"customerCreate": unsuccessful()}})
    assert isinstance(found, Refused)
    assert "without saying why" in found.reason


def test_a_refusal_shows_waves_words_and_our_field() -> None:
    found = refused_at("input.email", "Enter a valid email address.")
    assert found.field == "email"
    assert "Enter a valid email address" in found.reason
    assert found.code == "INVALID"


def test_an_id_that_is_refused_is_an_object_that_is_gone() -> None:
    assert isinstance(outcome({"data": {"customerCreate": unsuccessful("input.id", "Not found.")}}), Gone)


def test_a_refused_account_says_what_to_choose() -> None:
    assert "deposit account" in refused_at("input.paymentAccountId").reason


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("input.items.2.productId", "lines[2].item"),
        ("input.items.0.taxes.0.salesTaxId", "lines[0].tax_code"),
        ("input.items.1", "lines[1]"),
        ("input.items", "lines"),
        ("input.items.0.unitPrice", "lines[0].unit_price"),
        ("input.unitPrice", "price"),
        ("input.address.provinceCode", "address.region"),
        ("input.invoiceNumber", "number"),
        ("input.discounts.0.amount", "discount"),
        ("input.somethingNew", ""),
        ("input", ""),
    ],
)
def test_a_path_is_our_field(path: str, field: str) -> None:
    assert field_of(path.split(".")) == field


def test_words_never_tell_a_secret() -> None:
    words = "Bearer abc.def-123 and access_token=verysecretvalue are eyJhbGciOiJIUzI1NiJ9.e30.x here"
    found = judged(200, {"errors": [error("BAD_USER_INPUT", words)]})
    assert not {"abc.def-123", "verysecretvalue", "eyJhbGciOiJIUzI1NiJ9.e30.x"} & set(found.detail.split())
    assert "verysecret" not in found.detail


def test_an_id_in_the_words_can_still_be_read() -> None:
    found = judged(200, {"errors": [error("BAD_USER_INPUT", f"Product '{UUID}' could not be found.")]})
    assert UUID in found.detail
