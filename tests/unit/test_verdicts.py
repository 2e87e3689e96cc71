"""What becomes of a record after one try, decided from outcome and history alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.factories import terms

from ledgerport.contract import (
    Broken,
    ContractError,
    Customer,
    Gone,
    Invoice,
    Item,
    ItemType,
    Kind,
    LoginNeeded,
    NameTaken,
    Payment,
    Push,
    Reference,
    Refused,
    Remote,
    Stale,
    TryLater,
    Unknown,
    Value,
)
from ledgerport.engine.verdicts import (
    MAX_TRIES,
    Alone,
    Blocked,
    Context,
    Done,
    Failed,
    Later,
    Removed,
    Taken,
    Uncertain,
    judge,
    judge_found,
    judge_matches,
    wait_after,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ITEM = Push[Value](value=Item(ref="I1", name="Pipe", type=ItemType.SERVICE, price=Decimal(1)), operation_id="o")
ANN = Customer(ref="C1", name="Ann", email="ann@example.com")
CUSTOMER = Push[Value](value=ANN, operation_id="o")
BUYER = Reference(ref="C1", remote_id="58")
PAYMENT = Push[Value](
    value=Payment(
        ref="P1",
        customer=BUYER,
        invoice=Reference(ref="INV1", remote_id="77"),
        amount=Decimal("9.99"),
        paid_on=date(2026, 5, 4),
    ),
    operation_id="o",
    marker="LP-0123456789abcdef",
)
INVOICE = Push[Value](
    value=Invoice(ref="INV1", number="1001", customer=BUYER, issued_on=date(2026, 5, 4), lines=()),
    operation_id="o",
    marker="LP-0123456789abcdef",
)


def context(kind: Kind = Kind.ITEM, **changes: Any) -> Context:
    plain: dict[str, Any] = {
        "terms": terms("alpha"),
        "kind": kind,
        "op": "push",
        "name": "Pipe",
        "now": NOW,
        "tries": 0,
        "in_batch": False,
        "linked_elsewhere": (),
    }
    return Context(**{**plain, **changes})


def remote(id_: str = "7", kind: Kind | str = Kind.ITEM, **more: Any) -> Remote:
    return Remote(id=id_, kind=kind, **more)


def test_an_object_of_its_own_means_done() -> None:
    assert judge(remote(), ITEM, context()) == Done(remote=remote(), origin="pushed")


def test_an_object_that_belongs_to_another_record_is_never_shared() -> None:
    verdict = judge(remote(), ITEM, context(linked_elsewhere={"7"}))
    assert isinstance(verdict, Blocked)
    assert verdict.reason.code == "already_linked"


def test_a_429_moves_the_record_to_the_time_the_provider_named_and_does_not_count() -> None:
    verdict = judge(TryLater("slow down", at=NOW + timedelta(seconds=42), throttled=True), ITEM, context())
    assert isinstance(verdict, Later)
    assert (verdict.at, verdict.counts) == (NOW + timedelta(seconds=42), False)


def test_a_429_without_a_time_waits_as_the_terms_say() -> None:
    verdict = judge(TryLater("slow down", throttled=True), ITEM, context())
    assert isinstance(verdict, Later)
    assert verdict.at == NOW + terms("alpha").throttle_wait


def test_a_time_in_the_past_means_now() -> None:
    verdict = judge(TryLater("again", at=NOW - timedelta(days=1)), ITEM, context())
    assert isinstance(verdict, Later)
    assert verdict.at == NOW


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (Unknown("no answer"), Uncertain),
        (Refused("no"), Blocked),
        (NameTaken("taken"), Blocked),
        (LoginNeeded("gone"), Later),
        (Stale("old"), Later),
        (Broken("nonsense"), Later),
    ],
)
def test_each_branch_of_the_tree_is_a_decision(error: ContractError, wanted: type) -> None:
    assert isinstance(judge(error, ITEM, context()), wanted)


def test_a_batch_refused_as_a_whole_goes_on_one_by_one() -> None:
    assert isinstance(judge(Refused("no", whole_batch=True), ITEM, context(in_batch=True)), Alone)
    assert isinstance(judge(Refused("no", whole_batch=True), ITEM, context(in_batch=False)), Blocked)


def test_nonsense_is_given_up_after_so_many_tries() -> None:
    assert isinstance(judge(Broken("x"), ITEM, context(tries=MAX_TRIES - 2)), Later)
    assert isinstance(judge(Broken("x"), ITEM, context(tries=MAX_TRIES - 1)), Failed)


def test_what_is_gone_already_counts_as_deleted() -> None:
    assert judge(Gone("gone"), PAYMENT, context(Kind.PAYMENT, op="delete")) == Removed()
    verdict = judge(Gone("gone"), ITEM, context())
    assert isinstance(verdict, Blocked)
    assert verdict.gone


def test_the_one_item_of_the_same_name_is_recovered_and_gets_our_figures() -> None:
    holder = remote(name="PIPE")
    verdict = judge(Taken(error=NameTaken("taken"), candidates=[holder]), ITEM, context())
    assert verdict == Done(remote=holder, origin="recovered", resend=True)


@pytest.mark.parametrize(
    "candidates",
    [
        [],
        [remote(name="Pipe", active=False)],
        [remote(name="Pipe", kind="category")],
        [remote("7", name="Pipe"), remote("8", name="Pipe")],
    ],
)
def test_a_holder_that_is_not_beyond_doubt_leaves_the_choice_to_a_person(candidates: list[Remote]) -> None:
    verdict = judge(Taken(error=NameTaken("taken"), candidates=candidates), ITEM, context())
    assert isinstance(verdict, Blocked)
    assert len(verdict.reason.data["candidates"]) == len(candidates)


def test_a_customer_of_the_name_is_ours_only_with_the_same_email() -> None:
    taken = NameTaken("taken")
    same = remote(kind=Kind.CUSTOMER, name="Ann", email="ANN@example.com")
    other = remote(kind=Kind.CUSTOMER, name="Ann", email="ann@elsewhere.example")
    none = remote(kind=Kind.CUSTOMER, name="Ann")
    verdicts = [
        judge(Taken(error=taken, candidates=[found]), CUSTOMER, context(Kind.CUSTOMER)) for found in (same, other, none)
    ]
    assert [type(verdict) for verdict in verdicts] == [Done, Blocked, Blocked]


def test_after_an_unknown_outcome_the_object_with_our_marker_is_adopted() -> None:
    ours = remote("7", Kind.PAYMENT, marker="LP-0123456789abcdef")
    stranger = remote("8", Kind.PAYMENT, marker="LP-ffffffffffffffff")
    verdict = judge_found([ours, stranger], PAYMENT, context(Kind.PAYMENT))
    assert isinstance(verdict, Done)
    assert (verdict.remote, verdict.origin) == (ours, "recovered")


def test_after_an_unknown_outcome_several_of_ours_are_a_conflict() -> None:
    both = [remote(id_, Kind.PAYMENT, marker="LP-0123456789abcdef") for id_ in ("7", "8")]
    verdict = judge_found(both, PAYMENT, context(Kind.PAYMENT))
    assert isinstance(verdict, Blocked)
    assert verdict.reason.code == "conflict"


def test_an_invoice_without_a_marker_is_ours_when_number_customer_and_total_agree() -> None:
    alike = remote("7", Kind.INVOICE, number="1001", customer_id="58", total=Decimal(0))
    dearer = remote("8", Kind.INVOICE, number="1001", customer_id="58", total=Decimal(1))
    assert judge_found([dearer], INVOICE, context(Kind.INVOICE)) is None
    assert isinstance(judge_found([alike, dearer], INVOICE, context(Kind.INVOICE)), Done)


def test_nothing_found_means_that_it_may_be_sent() -> None:
    assert judge_found([], PAYMENT, context(Kind.PAYMENT)) is None


def test_an_inactive_or_taken_customer_with_the_email_is_no_match() -> None:
    found = [remote("7", Kind.CUSTOMER, active=False), remote("8", Kind.CUSTOMER)]
    assert judge_matches(found, context(Kind.CUSTOMER, linked_elsewhere={"8"}), "ann@example.com") is None


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    assert [wait_after(tries).total_seconds() for tries in (0, 1, 2, 3)] == [5, 10, 20, 40]
    assert wait_after(50) == timedelta(minutes=15)


def test_a_payment_that_arrived_and_was_taken_out_again_waits_for_a_person() -> None:
    taken_out = Remote(id="9", kind=Kind.PAYMENT, marker=PAYMENT.marker, active=False)
    verdict = judge_found([taken_out], PAYMENT, context(Kind.PAYMENT))
    assert isinstance(verdict, Blocked)
    assert verdict.reason.code == "gone"


def test_somebody_elses_payment_that_was_taken_out_is_none_of_ours() -> None:
    stranger = Remote(id="9", kind=Kind.PAYMENT, marker="LP-of-another", active=False)
    assert judge_found([stranger], PAYMENT, context(Kind.PAYMENT)) is None


def test_a_customer_with_our_mark_is_ours_whatever_its_email_is_by_now() -> None:
    push = Push[Value](value=ANN, operation_id="o", marker="LP-0000000000000001")
    edited = Remote(id="9", kind=Kind.CUSTOMER, name="Ann B.", email="new@example.com", marker="LP-0000000000000001")
    assert isinstance(judge_found([edited], push, context(Kind.CUSTOMER)), Done)


def test_a_customer_with_another_mark_and_our_email_may_still_be_ours() -> None:
    push = Push[Value](value=ANN, operation_id="o", marker="LP-0000000000000001")
    alike = Remote(id="9", kind=Kind.CUSTOMER, name="Ann", email="ann@example.com", marker="LP-0000000000000002")
    assert isinstance(judge_found([alike], push, context(Kind.CUSTOMER)), Done)


@pytest.mark.parametrize(("voids_delete", "verdict"), [(True, Removed), (False, Blocked)])
def test_a_void_of_what_is_not_there_is_done_only_where_voiding_takes_it_out(
    voids_delete: bool, verdict: type[object]
) -> None:
    provider = replace(terms("acme"), voids_delete=voids_delete)
    found = judge(Gone("It is not there."), INVOICE, context(Kind.INVOICE, op="void", terms=provider))
    assert isinstance(found, verdict)
