"""Nobody waits for ever: the hub gives up on a request, and what it asked for is done after all."""

from __future__ import annotations

from dataclasses import replace

from ledgerport.contract import Kind
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk
from ledgerport.testing.faulty import KINDS, everything_arrives

GROUP = "time-outs"
PROMISE = "look_before_repeat"
# Parts of the time that the terms give a request: when the hub stops waiting, and when the provider is done.
_PATIENCE, _DONE = 0.5, 0.8


@check_each(
    KINDS,
    "{kind}.applied_after_we_gave_up_is_not_doubled",
    group=GROUP,
    change="Declare in request_timeout the longest that a request may run over there: the hub looks (find_pushed) only "
    "when that has passed. Let the time-out that account.http raises pass through.",
    why="The provider was slow, not dead: the {kind} that was sent again is the second one.",
    promises=dict.fromkeys(KINDS, PROMISE),
    money=True,
)
def applied_late(desk: Desk, kind: Kind) -> None:
    whole = desk.terms.request_timeout.total_seconds()
    impatient = replace(desk.hub, request_seconds=whole * _PATIENCE)
    everything_arrives(desk, kind, {"name": "slow", "seconds": whole * _DONE}, hub=impatient)


@check(
    "timeouts.slow_answer_is_waited_for",
    group=GROUP,
    needs=Needs(promise=PROMISE),
    change="Do not set a time-out of your own on account.http: it has the hub's.",
    why="A provider that is slow on the last day of the month would look as if it had failed.",
)
def slow_answer(desk: Desk) -> None:
    kind = next(iter(desk.terms.kinds))
    seconds = min(desk.hub.request_seconds, desk.terms.request_timeout.total_seconds()) / 2
    with desk.counted() as calls:
        everything_arrives(desk, kind, {"name": "slow", "seconds": seconds})
    lost = [call for call in calls if not call["outcome"].startswith("2")]
    assert not lost, f"an answer that took {seconds:g} s of the provider's time was not waited for: {lost[0]}"
