"""Asking the plugin to carry records over, and saying what became of each one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from ledgerport.contract import (
    Account,
    Broken,
    ContractError,
    Kind,
    LoginNeeded,
    NameTaken,
    Page,
    PulledItem,
    Push,
    Refused,
    Remote,
    TryLater,
    Unknown,
    Value,
)
from ledgerport.engine.listing import check_goes_on
from ledgerport.engine.verdicts import Taken
from ledgerport.host import Provider

Outcome = Remote | ContractError | Taken


class Call(Protocol):
    """An account opened for one hook call, as `engine/transport.py` makes it."""

    @property
    def account(self) -> Account: ...
    @property
    def sent(self) -> bool: ...
    @property
    def trace_id(self) -> str: ...


OpenCall = Callable[[], AbstractContextManager[Call]]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of a request: one outcome per push, in order.

    `whole`: the error that the request as a whole ended in.
    """

    outcomes: Sequence[Outcome]
    trace_id: str = ""
    whole: ContractError | None = None


def send(provider: Provider, open_call: OpenCall, kind: Kind, op: str, pushes: Sequence[Push[Value]]) -> Sent:
    """Carry one frozen request over.

    Never raises a contract error: it is an outcome.
    """
    with open_call() as call:
        try:
            outcomes = _ask(provider, call.account, kind, op, pushes)
        except ContractError as error:
            failure = _after_sending(error) if call.sent else error
            if not isinstance(failure, NameTaken) or len(pushes) > 1:
                return Sent(outcomes=[failure] * len(pushes), trace_id=call.trace_id, whole=failure)
            # A hook for one record raises what a batch would return: it concerns the record, not the request.
            outcomes = [failure]
        trace_id = call.trace_id
        return Sent(
            outcomes=[
                _look_up_holder(provider, call.account, push, outcome)
                for push, outcome in zip(pushes, outcomes, strict=True)
            ],
            trace_id=trace_id,
        )


def find(provider: Provider, open_call: OpenCall, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    """After an unknown outcome: what of these pushes is over there.

    Raises the contract's errors.
    """
    with open_call() as call:
        if len(pushes) > 1 and provider.offers("find_pushed_batch"):
            found = provider.ask("find_pushed_batch", account=call.account, pushes=pushes)
        else:
            found = [provider.ask("find_pushed", account=call.account, push=push) for push in pushes]
    if len(found) != len(pushes):
        raise Broken(f"{provider.terms.label} answered {len(found)} look-ups for {len(pushes)} records.")
    return list(found)


def find_customers(provider: Provider, open_call: OpenCall, emails: Sequence[str]) -> Mapping[str, list[Remote]]:
    """Who is there already with these e-mails.

    Raises the contract's errors.
    """
    with open_call() as call:
        if provider.offers("find_customers_batch"):
            found = provider.ask("find_customers_batch", account=call.account, emails=emails)
        else:
            found = {email: provider.ask("find_customers", account=call.account, email=email) for email in emails}
    missing = [email for email in emails if email not in found]
    if missing:
        raise Broken(f"{provider.terms.label}: the look-up by e-mail left out {len(missing)} of {len(emails)}.")
    return dict(found)


def items_there(provider: Provider, open_call: OpenCall) -> list[PulledItem]:
    """Every item over there, page by page, each in a call of its own.

    Raises the contract's errors.
    """
    found: dict[str, PulledItem] = {}
    cursor: str | None = None
    for pages in count(1):
        with open_call() as call:
            page: Page[PulledItem] = provider.ask("pull_items", account=call.account, cursor=cursor)
        # An object that moved to another page while we read is one all the same.
        found.update((row.remote.id, row) for row in page.rows)
        if page.next is None:
            break
        check_goes_on(provider.terms.label, cursor=cursor, following=page.next, pages=pages, objects=len(found))
        cursor = page.next
    return list(found.values())


def _ask(
    provider: Provider, account: Account, kind: Kind, op: str, pushes: Sequence[Push[Value]]
) -> list[Remote | ContractError]:
    if op == "void":
        return [provider.ask(f"void_{kind}", account=account, push=pushes[0])]
    if op == "delete":
        return [provider.ask(f"delete_{kind}", account=account, push=pushes[0])]
    if len(pushes) == 1:
        answer = provider.ask(f"push_{kind}", account=account, push=pushes[0])
        if not isinstance(answer, Remote):
            raise Broken(f"{provider.terms.label}: push_{kind} returned {type(answer).__name__}, not a Remote.")
        return [answer]
    answers = provider.ask(f"push_{kind}_batch", account=account, pushes=pushes)
    if not isinstance(answers, list) or len(answers) != len(pushes):
        raise Broken(f"{provider.terms.label}: push_{kind}_batch did not return one answer per record.")
    if not all(isinstance(answer, Remote | ContractError) for answer in answers):
        raise Broken(f"{provider.terms.label}: push_{kind}_batch returned something that is neither Remote nor error.")
    return answers


def _after_sending(error: ContractError) -> ContractError:
    """A write left, and the hook ended in an error.

    Where the error does not say what became of the write, that is unknown.
    """
    if isinstance(error, Broken):
        return Unknown(error.reason, detail=error.detail, code=error.code, trace_id=error.trace_id)
    return error


def _look_up_holder(
    provider: Provider, account: Account, push: Push[Value], outcome: Remote | ContractError
) -> Outcome:
    """Who holds the taken name.

    When the look-up itself fails the record comes back later and asks again.
    """
    if isinstance(outcome, Broken):
        return _after_sending(outcome)
    if not isinstance(outcome, NameTaken) or not provider.offers("on_duplicate_name"):
        return outcome
    try:
        return Taken(error=outcome, candidates=provider.ask("on_duplicate_name", account=account, push=push))
    except (TryLater, LoginNeeded, Refused, Broken) as error:
        return error if isinstance(error, TryLater | LoginNeeded) else outcome
    except ContractError as error:
        return TryLater(error.reason, detail=error.detail, trace_id=error.trace_id)
