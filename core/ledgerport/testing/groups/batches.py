"""Several records in one request: each has its own answer, whatever order they come in and whoever is refused."""

from __future__ import annotations

from typing import Any

from ledgerport.contract import Kind, ProviderTerms
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk
from ledgerport.testing.faulty import HOW_MANY, at, batched, choose_batches, kinds_of, needed, wanted

GROUP = "batches"
PROMISE = "batches"
# What a sandbox knows the second of three records by.
_SECOND = {Kind.CUSTOMER: "Customer 2", Kind.ITEM: "Item 2", Kind.INVOICE: "1002"}


def _alone(terms: ProviderTerms, kind: Kind) -> str:
    together = terms.kinds[kind].batch_size >= HOW_MANY
    return "" if together else f"{terms.label} takes one {kind} in a request."


def _all_alone(terms: ProviderTerms) -> str:
    if all(_alone(terms, kind) for kind in terms.kinds):
        return f"{terms.label} takes one record in a request."
    return ""


_NEEDS = Needs(terms=_all_alone, promise=PROMISE)


@check(
    "batches.go_in_one_request",
    group=GROUP,
    needs=_NEEDS,
    change="Let push_<kind>_batch send all pushes in one request, and return one Remote each, in the order of the "
    "pushes.",
    why="A price book of five thousand items takes minutes together, and hours one by one.",
)
def one_request(desk: Desk) -> None:
    choose_batches(desk)
    for kind in kinds_of(desk):
        desk.load(wanted(kind))
        with desk.counted() as calls:
            desk.drain()
        if batched(desk, kind, chosen=True):
            sent = [call for call in calls if call["operation"] == "batch"]
            assert len(sent) == 1, f"{HOW_MANY} {kind}s went in {len(sent)} batches, not in one"
    desk.agrees()


@check_each(
    (Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE),
    "batches.one_bad_{kind}_costs_no_other",
    group=GROUP,
    terms=_alone,
    change="Return the refused {kind}'s error (Refused, with field and reason) at its own place in the list, and the "
    "others' Remotes at theirs.",
    why="One bad record would keep a whole day's work out of the books, or mark as sent what was refused.",
    promises=dict.fromkeys(_SECOND, PROMISE),
    money=True,
)
def one_bad(desk: Desk, kind: Kind) -> None:
    choose_batches(desk)
    desk.sync(needed(kind))
    # In the batch, and again wherever it is sent alone.
    desk.fault("refuse_item", record=_SECOND[kind], match={"entity": kind.capitalize()}, count=None)
    desk.load(wanted(kind))
    desk.drain()
    stuck = [row.ref for row in desk.stuck()]
    second = str(wanted(kind)[1]["ref"])
    assert stuck == [second], f"{kind} {second} was refused; what waits for a person is {stuck}"
    there = {str(row.get("number") or row["name"]) for row in desk.rows(kind)}
    assert len(there) == HOW_MANY - 1, f"one of {HOW_MANY} {kind}s was refused; in the books are {sorted(there)}"
    assert _SECOND[kind] not in there, f"{_SECOND[kind]} was refused, and is in the books"
    desk.sandbox.control("faults", method="DELETE")


@check(
    "batches.refused_whole_goes_one_by_one",
    group=GROUP,
    needs=_NEEDS,
    change="Raise Refused(whole_batch=True) from push_<kind>_batch when the request was refused before any of its "
    "records was looked at; the hub then sends them one by one.",
    why="One record that the provider cannot read would keep twenty-nine good ones out of the books for ever.",
    money=True,
)
def refused_whole(desk: Desk) -> None:
    _each_batch(desk, {"name": "refuse_batch"})


@check(
    "batches.shuffled_answers_find_their_records",
    group=GROUP,
    needs=_NEEDS,
    change="Match the answers of a batch by what names the record (an id of yours, the number, the name), not by their "
    "place.",
    why="Two customers change places: one gets the other's invoices and payments.",
    money=True,
)
def shuffled(desk: Desk) -> None:
    _each_batch(desk, {"name": "shuffle_batch"})


@check(
    "batches.missing_answer_is_no_refusal",
    group=GROUP,
    needs=_NEEDS,
    change="Return Unknown for a record of the batch that has no answer: it may be in the books. The hub then looks.",
    why="The record that was not answered is sent again, and stands there twice.",
    money=True,
)
def missing(desk: Desk) -> None:
    _each_batch(desk, {"name": "drop_bid"})


@check(
    "batches.lost_answer_doubles_none_of_them",
    group=GROUP,
    needs=_NEEDS,
    change="Let find_pushed (or find_pushed_batch, in order) find each record of a batch by itself.",
    why="Ten payments at a time are counted twice, not one.",
    money=True,
)
def lost(desk: Desk) -> None:
    _each_batch(desk, {"name": "drop_after"})


def _each_batch(desk: Desk, fault: dict[str, Any]) -> None:
    choose_batches(desk)
    for kind in kinds_of(desk):
        if batched(desk, kind, chosen=True):
            desk.fault(**fault, match=at(desk, kind, chosen=True))
        desk.load(wanted(kind))
        desk.drain()
        desk.faults_struck()
    desk.agrees()
