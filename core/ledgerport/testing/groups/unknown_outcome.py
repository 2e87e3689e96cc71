"""A request that left and was not answered: nothing is lost, nothing is doubled, of any kind."""

from __future__ import annotations

from typing import Any

from ledgerport.contract import Kind
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk
from ledgerport.testing.faulty import KINDS, at, edited, everything_arrives, kinds_of, needed, wanted

GROUP = "unknown outcome"
PROMISE = "look_before_repeat"
# Enough for a status line and the beginning of JSON, and less than any answer that names an object.
_A_FEW_BYTES = 10
_LOOK = (
    "Let what account.http raises pass through, turn every answer to a write that does not say what became of it into "
    "Unknown, put push.marker where it can be searched, and let find_pushed find it by that (or by number, or key)."
)
_TWICE = "The customer's {kind} stands in the books twice, and whoever closes the month finds out last."
_NEVER = "The {kind} is missing in the books, and nobody is told: the hub believes that it arrived."


def _lost(called: str, why: str, change: str, **fault: Any) -> None:
    @check_each(
        KINDS,
        f"{{kind}}.{called}",
        group=GROUP,
        change=change,
        why=why,
        promises=dict.fromkeys(KINDS, PROMISE),
        money=True,
    )
    def arrives_once(desk: Desk, kind: Kind) -> None:
        everything_arrives(desk, kind, fault)


_lost(
    "cut_before_is_sent_again",
    _NEVER,
    "Let find_pushed answer an empty list when nothing arrived; the hub then sends again. " + _LOOK,
    name="drop_before",
)
_lost("cut_after_is_not_doubled", _TWICE, _LOOK, name="drop_after")
_lost(
    "cut_in_the_answer_is_not_doubled",
    _TWICE,
    "Never read an answer that ended early as a refusal, and never send again from within push_{kind}. " + _LOOK,
    name="cut_after",
    bytes=_A_FEW_BYTES,
)
_lost(
    "bad_gateway_with_success_behind_is_not_doubled",
    _TWICE,
    "Raise Unknown, not TryLater, for a 502, 503 or 504 that answers a write: a gateway does not know what became of "
    "it. " + _LOOK,
    name="status",
    status=502,
    body="html",
    applied=True,
)


@check(
    "unknown.server_error_with_success_behind_is_not_doubled",
    group=GROUP,
    needs=Needs(promise=PROMISE),
    change="Raise Unknown for a 500 that answers a write, also when its body is the provider's own. " + _LOOK,
    why="Every invoice of that minute is billed twice.",
    money=True,
)
def server_error(desk: Desk) -> None:
    _each_kind(desk, {"name": "status", "status": 500, "applied": True})


@check(
    "unknown.page_instead_of_an_answer_is_not_believed",
    group=GROUP,
    needs=Needs(promise=PROMISE),
    change="Raise Unknown for an answer of 200 to a write that is no answer of the provider's (an HTML page, an empty "
    "body, no id): it is neither a success nor a refusal.",
    why="A firewall's page is taken for a receipt: the record is marked as sent, and is not in the books.",
    money=True,
)
def page_instead(desk: Desk) -> None:
    _each_kind(desk, {"name": "html_page", "applied": False})


@check(
    "unknown.lost_answer_to_an_update_changes_once",
    group=GROUP,
    needs=Needs(promise=PROMISE),
    change="Let find_pushed read an object that is known (push.remote_id) by its id and return its present version, so "
    "that the update can be repeated on it.",
    why="The old price stays on the bill, or a second bill appears beside it.",
    money=True,
)
def lost_update(desk: Desk) -> None:
    for kind in _updated(desk):
        desk.fault("drop_after", match=at(desk, kind, "update"))
        desk.load(edited(kind))
        desk.drain()
        desk.faults_struck()
    desk.agrees()


@check(
    "unknown.look_up_that_fails_is_not_taken_for_no",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT), hooks=("find_pushed",), promise=PROMISE),
    change="Let find_pushed raise TryLater when it could not look (5xx, 429, a page); an empty list means that the "
    "provider was asked and has nothing.",
    why="A payment is entered a second time because the search was out of order for a minute.",
    money=True,
)
def failing_look_up(desk: Desk) -> None:
    desk.sync(needed(Kind.PAYMENT))
    desk.fault("drop_after", match=at(desk, Kind.PAYMENT))
    # The next request is the look-up, whatever it asks for.
    desk.fault("status", status=503, skip=1)
    desk.fault("throttle", skip=1)
    desk.load(wanted(Kind.PAYMENT))
    desk.drain()
    desk.agrees()


@check(
    "unknown.two_lost_in_a_row_are_not_doubled",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT), promise=PROMISE),
    change=_LOOK,
    why="A bad line loses more than one answer; each of them is money that may be counted twice.",
    money=True,
)
def two_lost(desk: Desk) -> None:
    # The second strikes what is sent again after the look-up found nothing.
    everything_arrives(desk, Kind.PAYMENT, {"name": "drop_before"}, {"name": "drop_after"})


def _each_kind(desk: Desk, fault: dict[str, Any]) -> None:
    for kind in kinds_of(desk):
        desk.fault(**fault, match=at(desk, kind))
        desk.load(wanted(kind))
        desk.drain()
        desk.faults_struck()
    desk.agrees()


def _updated(desk: Desk) -> list[Kind]:
    """The kinds whose objects can be changed; all of their records are in the books then."""
    quality = desk.subject.quality
    fixed = quality is not None and "changed_payments" in quality.exempt
    kinds = [kind for kind in kinds_of(desk) if kind is not Kind.PAYMENT or not fixed]
    for kind in kinds:
        desk.sync(wanted(kind))
    return kinds
