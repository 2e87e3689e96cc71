"""What to do with a task after one try: a value computed from the outcome and the task's history.

The drain obeys.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ledgerport.contract import (
    Broken,
    ContractError,
    Customer,
    Gone,
    Item,
    Kind,
    LoginNeeded,
    NameTaken,
    ProviderTerms,
    Push,
    Refused,
    Remote,
    Stale,
    TryLater,
    Unknown,
    Value,
)
from ledgerport.engine import reasons
from ledgerport.engine.items_there import ItemsThere
from ledgerport.engine.reasons import Reason

# After so many tries that failed for no reason of the record's own, a person is asked.
MAX_TRIES = 8
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Done:
    """The record is in the books as `remote`.

    `origin`: pushed, matched, recovered. `resend`: linked, but our values are not there yet.
    """

    remote: Remote
    origin: str
    resend: bool = False


@dataclass(frozen=True, kw_only=True)
class Removed:
    """It is not in the books any more, as wanted."""


@dataclass(frozen=True, kw_only=True)
class Later:
    """Again at `at`.

    `counts` says whether this try counts towards giving up.
    """

    at: datetime
    reason: Reason
    counts: bool = True


@dataclass(frozen=True, kw_only=True)
class Alone:
    """The batch failed as a whole: send this record by itself."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """A person must act.

    `gone`: the remote object is not there any more.
    """

    reason: Reason
    gone: bool = False


@dataclass(frozen=True, kw_only=True)
class Failed:
    """We gave up for now."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Uncertain:
    """It may have arrived.

    The send stays open and is resolved before anything new.
    """

    reason: Reason


Verdict = Done | Removed | Later | Alone | Blocked | Failed | Uncertain


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A NameTaken with the candidates that the plugin found for it."""

    error: NameTaken
    candidates: Sequence[Remote]


class Context(NamedTuple):
    """What a verdict may depend on besides the outcome.

    `linked_elsewhere`: remote ids that belong to other records of ours.
    """

    terms: ProviderTerms
    kind: Kind
    op: str
    name: str
    now: datetime
    tries: int
    in_batch: bool
    linked_elsewhere: Container[str] = ()


def judge(outcome: Remote | ContractError | Taken, push: Push[Value], context: Context) -> Verdict:
    """The verdict on one record."""
    if isinstance(outcome, Remote):
        return _arrived(outcome, context)
    if isinstance(outcome, Taken):
        return _taken(outcome, push, context)
    label = context.terms.label
    match outcome:
        case TryLater():
            return Later(at=_when(outcome, context), reason=reasons.later(label, outcome), counts=not outcome.throttled)
        case LoginNeeded():
            return Later(at=context.now, reason=reasons.login_needed(label, outcome), counts=False)
        case Unknown():
            return Uncertain(reason=reasons.unknown(label, outcome))
        case Gone():
            if context.op == "delete" or (context.op == "void" and context.terms.voids_delete):
                # It is not there, as wanted: somebody was first, or an earlier try of ours whose answer was lost.
                return Removed()
            return Blocked(reason=reasons.gone(context.kind, context.name, label), gone=True)
        case Refused():
            reason = reasons.refused(context.kind, context.name, label, outcome, outcome.field)
            return Alone(reason=reason) if outcome.whole_batch and context.in_batch else Blocked(reason=reason)
        case NameTaken():
            return Blocked(reason=reasons.name_taken(context.kind, context.name, label, (), outcome.detail))
        case Stale() | Broken():
            return _trouble(outcome, context)
        case _:
            return _trouble(outcome, context)


def agrees(remote: Remote, push: Push[Value], kind: Kind) -> bool:
    """Whether an object over there is our record, beyond doubt enough to link it."""
    if not remote.active or remote.kind != kind:
        return False
    value = push.value
    if remote.marker and remote.marker == push.marker:
        # Our own sign on it says more than any likeness.
        return True
    if isinstance(value, Customer):
        ours, theirs = value.email.casefold(), remote.email.casefold()
        return ours == theirs
    if isinstance(value, Item):
        return remote.name.casefold() == value.name.casefold()
    if remote.marker:
        # Money and documents that carry another record's sign are that record's.
        return False
    number = getattr(value, "number", "")
    amount = value.amount if kind is Kind.PAYMENT else value.total  # type: ignore[union-attr]
    return (
        bool(number)
        and remote.number == number
        and remote.customer_id == value.customer.remote_id
        and remote.total == amount
    )


def judge_found(found: Sequence[Remote], push: Push[Value], context: Context) -> Verdict | None:
    """After an unknown outcome: adopt the one that is ours, ask when several could be, None when nothing arrived."""
    ours = [
        remote for remote in found if remote.id not in context.linked_elsewhere and agrees(remote, push, context.kind)
    ]
    if len(ours) > 1:
        return Blocked(reason=reasons.conflict(context.kind, context.name, context.terms.label, ours))
    if not ours:
        # It arrived and somebody took it out again: sending it anew would undo that without a word.
        removed = any(not remote.active and remote.marker and remote.marker == push.marker for remote in found)
        return Blocked(reason=reasons.gone(context.kind, context.name, context.terms.label)) if removed else None
    # An item is known by its name alone, so it may have been there before us: its figures are sent once more.
    return Done(remote=ours[0], origin="recovered", resend=context.kind is Kind.ITEM)


def judge_matches(found: Sequence[Remote], context: Context, email: str) -> Verdict | None:
    """A customer's e-mail at the provider: link the one, ask when several have it, None when nobody has."""
    free = [remote for remote in found if remote.active and remote.id not in context.linked_elsewhere]
    if len(free) > 1:
        return Blocked(reason=reasons.choose(context.kind, context.name, context.terms.label, free, email))
    return Done(remote=free[0], origin="matched") if free else None


def judge_items_there(there: ItemsThere, item: Item, context: Context, *, resend: bool) -> Verdict | None:
    """Before an item is created where names may be used twice: link the one that is it, ask when several are, None when
    there is none."""
    free = [remote for remote in there.like(item) if remote.id not in context.linked_elsewhere]
    if len(free) > 1:
        return Blocked(reason=reasons.choose(context.kind, context.name, context.terms.label, free, "this name or SKU"))
    # The price book's figures go to it, as where a name that is in use shows who has it.
    return Done(remote=free[0], origin="matched", resend=resend) if free else None


def _arrived(remote: Remote, context: Context) -> Verdict:
    if context.op == "delete":
        return Removed()
    if remote.id in context.linked_elsewhere:
        return Blocked(reason=reasons.shared(context.kind, context.name, context.terms.label, remote.id))
    return Done(remote=remote, origin="pushed")


def _taken(taken: Taken, push: Push[Value], context: Context) -> Verdict:
    free = [remote for remote in taken.candidates if remote.id not in context.linked_elsewhere]
    ours = [remote for remote in free if agrees(remote, push, context.kind)]
    if len(ours) == 1 and push.remote_id is None:
        # An item keeps its price book's figures, so they are sent once more; a customer of the same name stays as the
        # books have it.
        return Done(remote=ours[0], origin="recovered", resend=context.kind is Kind.ITEM)
    return Blocked(
        reason=reasons.name_taken(
            context.kind, context.name, context.terms.label, free or taken.candidates, taken.error.detail
        )
    )


def _trouble(error: ContractError, context: Context) -> Verdict:
    if context.in_batch:
        return Alone(reason=reasons.later(context.terms.label, error))
    if context.tries + 1 >= MAX_TRIES:
        return Failed(reason=reasons.gave_up(context.kind, context.name, context.terms.label, context.tries + 1, error))
    return Later(at=context.now + wait_after(context.tries), reason=reasons.later(context.terms.label, error))


def _when(error: TryLater, context: Context) -> datetime:
    if error.at is not None:
        return max(error.at, context.now)
    if error.after is not None:
        return context.now + error.after
    return context.now + (context.terms.throttle_wait if error.throttled else wait_after(context.tries))


def wait_after(tries: int) -> timedelta:
    """5 s, 10 s, 20 s, ...

    at most 15 minutes.
    """
    return min(_FIRST_WAIT * (1 << min(tries, 10)), _LONGEST_WAIT)
