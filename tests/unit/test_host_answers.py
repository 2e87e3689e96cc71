"""What a hook answers is held against its specification, before anybody relies on it."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from ledgerport.contract import (
    AccountUse,
    Broken,
    Company,
    ContractError,
    Grant,
    Item,
    ItemType,
    LedgerAccount,
    NameTaken,
    Page,
    PulledItem,
    PulledPayment,
    Refused,
    Remote,
    TryLater,
    hookspecs,
)
from ledgerport.host.answers import _ANSWERS, _REMOTE, problem_of, problem_of_error

R = Remote(id="41", kind="item", version="3", total=Decimal("19.99"))
ITEM = Item(ref="", name="Drain snake", type=ItemType.PRODUCT, price=Decimal("19.99"))
PAID = PulledPayment(remote=R, paid_on=date(2026, 5, 4), amount=Decimal("3.50"), applied={"9": Decimal("3.50")})
GRANT = Grant(access_token=SecretStr("a"), access_expires_at=datetime(2026, 5, 1, tzinfo=UTC))


def made(value: Any, **changes: Any) -> Any:
    """A value with fields of a kind that its type forbids."""
    return replace(value, **changes)


@pytest.mark.parametrize(
    ("hook", "answer", "arguments"),
    [
        ("push_item", R, {}),
        ("push_item", replace(R, total=None), {}),
        ("push_item_batch", [R, Refused("No.")], {"pushes": [1, 2]}),
        ("find_pushed", [], {}),
        ("find_pushed_batch", [[], [R]], {"pushes": [1, 2]}),
        ("find_customers_batch", {"a@b.example": [R], "c@d.example": []}, {"emails": ["a@b.example"]}),
        ("pull_items", Page(rows=[PulledItem(remote=R, value=ITEM)], next="2"), {}),
        ("pull_items", Page(rows=()), {}),
        ("pull_payments", Page(rows=[PAID]), {}),
        ("pull_accounts", [], {}),
        ("open_companies", [Company(id="1", name="Blue", facts={"tax": "us"})], {}),
        ("refresh_token", GRANT, {}),
        ("revoke_token", True, {}),
        ("confirm_webhook", None, {}),
        ("confirm_webhook", SecretStr("s"), {}),
        ("register_webhook", ["7"], {}),
    ],
)
def test_what_the_specification_allows_passes(hook: str, answer: Any, arguments: dict[str, Any]) -> None:
    assert problem_of(hook, answer, arguments) == ""


@pytest.mark.parametrize(
    ("hook", "answer", "arguments", "wrong"),
    [
        ("push_item", None, {}, "None, not Remote"),
        ("push_item", {"id": 1}, {}, "dict, not Remote"),
        ("push_item", made(R, id=41), {}, "a Remote whose id is int, not str"),
        ("push_item", made(R, id=""), {}, "a Remote whose id is empty"),
        ("push_item", made(R, id="x" * 201), {}, "over 200 characters"),
        ("push_item", made(R, version="a\0b"), {}, "NUL"),
        ("push_item", made(R, total=19.99), {}, "a Remote whose total is float, not Decimal"),
        ("push_item", made(R, total=Decimal("NaN")), {}, "no finite number"),
        ("push_item", made(R, active="yes"), {}, "a Remote whose active is str, not bool"),
        ("push_item", TryLater("Returned, not raised."), {}, "TryLater, not Remote"),
        ("push_item_batch", [R], {"pushes": [1, 2]}, "1 answers for 2 records"),
        ("push_item_batch", (R, R), {"pushes": [1, 2]}, "tuple, not a list"),
        ("push_item_batch", [R, None], {"pushes": [1, 2]}, "at place 2 of 2 None"),
        ("push_item_batch", [R, made(R, id=None)], {"pushes": [1, 2]}, "at place 2 of 2 a Remote whose id is None"),
        ("push_item_batch", [TryLater("x", after=timedelta(days=999))], {"pushes": [1]}, "a TryLater whose after"),
        ("find_pushed_batch", [[R]], {"pushes": [1, 2]}, "1 answers for 2 records"),
        ("find_customers", "nobody", {}, "str, not a list"),
        ("find_customers_batch", {"a@b.example": []}, {"emails": ["a@b.example", "c@d.example"]}, "1 of 2 e-mails"),
        ("find_customers_batch", {"a@b.example": [None]}, {"emails": []}, "None, not Remote"),
        ("pull_items", [ITEM], {}, "list, not Page"),
        ("pull_items", Page(rows=[R]), {}, "Remote, not PulledItem"),
        ("pull_items", made(Page(rows=[]), next=2), {}, "a Page whose next is of type int"),
        ("pull_items", Page(rows=[PulledItem(remote=R, value=made(ITEM, price=Decimal("Infinity")))]), {}, "price"),
        ("pull_payments", Page(rows=[made(PAID, applied={"9": 3.5})]), {}, "applied is float, not Decimal"),
        (
            "pull_accounts",
            [made(LedgerAccount(id="1", name="Bank", use=AccountUse.DEPOSIT), name=None)],
            {},
            "name is None",
        ),
        ("open_companies", [made(Company(id="1", name="Blue"), facts=None)], {}, "facts is None, not a mapping"),
        ("refresh_token", "a new token", {}, "str, not Grant"),
        ("refresh_token", made(GRANT, access_token="bare"), {}, "access_token is str, not SecretStr"),
        ("revoke_token", None, {}, "None, not bool"),
    ],
)
def test_what_it_does_not_allow_is_named_by_its_place_and_field(
    hook: str, answer: Any, arguments: dict[str, Any], wrong: str
) -> None:
    found = problem_of(hook, answer, arguments)
    assert wrong in found, found
    assert "a@b.example" not in found, "a value may be somebody's"


@pytest.mark.parametrize(
    ("error", "wrong"),
    [
        (TryLater("x", after=timedelta(days=10**6)), "after"),
        (TryLater("x", at=datetime(2026, 5, 1)), "at"),  # noqa: DTZ001 - that is the fault
        (Refused(None), "reason is None"),  # type: ignore[arg-type]
        (NameTaken("x", trace_id=7), "trace_id is of type int"),  # type: ignore[arg-type]
        (TryLater("x", after=timedelta(minutes=5)), ""),
        (TryLater("x", at=datetime(2026, 5, 1, tzinfo=UTC)), ""),
        (Broken("x", detail="y"), ""),
    ],
)
def test_a_decision_must_hold_what_the_engine_reckons_with(error: ContractError, wrong: str) -> None:
    found = problem_of_error(error)
    assert wrong in found
    assert bool(found) == bool(wrong)


def test_every_hook_has_its_check() -> None:
    hooks = {name for name, spec in vars(hookspecs).items() if hasattr(spec, "ledgerport_spec")}
    assert set(_ANSWERS) == hooks
    assert len(hooks) >= 29


def test_the_quick_look_at_remotes_knows_every_field() -> None:
    assert len(_REMOTE) == len(fields(Remote))
    for field in fields(Remote):
        assert problem_of("push_item_batch", [made(R, **{field.name: object()})], {"pushes": [1]}), field.name


def test_a_batch_of_thirty_costs_microseconds() -> None:
    answers = [replace(R, id=str(number)) for number in range(30)]
    best = min(_cpu_seconds(answers) for _ in range(200))
    # About 15 on a quiet machine; the call itself takes tens of thousands.
    assert best < 100e-6, f"{best * 1e6:.0f} µs"


def _cpu_seconds(answers: list[Remote]) -> float:
    began = time.thread_time()
    for _ in range(20):
        assert problem_of("push_item_batch", answers, {"pushes": answers}) == ""
    return (time.thread_time() - began) / 20
