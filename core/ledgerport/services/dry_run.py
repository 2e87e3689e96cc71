"""Shows the requests that a plugin would make for one record. Nothing is written, over there or here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import SecretStr

from ledgerport.contract import Choices, ContractError, Item, Kind, Remote, TryLater
from ledgerport.db.models import Op
from ledgerport.db.repositories import links, stand_ins
from ledgerport.engine import push
from ledgerport.engine.dry_wire import DryRequest, DryWire
from ledgerport.engine.items_there import ItemsThere
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.transport import AccessToken, AccountCall
from ledgerport.engine.verdicts import Context, Done, Taken, Verdict, judge_items_there, judge_matches
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.draining.book import Elsewhere
from ledgerport.services.draining.claim import may_be_there
from ledgerport.services.draining.orders import Ready
from ledgerport.services.dry_run_record import DryRecord
from ledgerport.services.provider_account import open_books
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.refresh_token import access_token

__all__ = ["DryPart", "DryRequest", "DryRun", "DryStep", "dry_run"]

# Recognisable, and the same at every dry run, so that two of them can be compared.
_OPERATION = str(uuid.UUID(int=0))
_WRITE = "Not sent: a dry run ends with the first write."
_READ = "Not sent: the plugin reads here, and what it does next depends on the answer. --with-reads sends reads."
_LOOK = "Not sent: here the hub looks whether it is there already. What follows is what happens when it is not."


@dataclass(frozen=True, kw_only=True)
class DryStep:
    """One thing that the hub would ask of the plugin. `does` names it; `end` says in a sentence how it came out."""

    does: str
    requests: Sequence[DryRequest]
    end: str


@dataclass(frozen=True, kw_only=True)
class DryPart:
    """One object in the books: the record, or one invoice's part of a payment. `remote_id`: where it is there
    already."""

    name: str
    op: str
    remote_id: str
    steps: Sequence[DryStep]


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What would be asked for a record at one provider. `notes`: what a sync would do otherwise, in sentences."""

    provider: str
    label: str
    company_name: str
    kind: Kind
    ref: str
    parts: Sequence[DryPart]
    notes: Sequence[str]


def dry_run(hub: Hub, *, tenant_id: int, provider: str, kind: Kind, ref: str, with_reads: bool = False) -> DryRun:
    """What a sync of this record would ask of the provider now. `with_reads` sends what only reads, signed in as usual.

    Raises NotFound; Conflict, with what to do, where a sync would send nothing; with reads also the contract's errors.
    """
    plugin = plugin_for(hub, provider)
    with hub.database.tenant(tenant_id) as session:
        undone = session.begin_nested()
        record = DryRecord(hub, session, plugin, tenant_id, kind, ref, with_reads).load()
        undone.rollback()
    parts = [_Part(hub, plugin, record, op, ready, with_reads).run() for op, ready in record.ready]
    return DryRun(
        provider=provider,
        label=plugin.terms.label,
        company_name=record.held.company.name,
        kind=kind,
        ref=ref,
        parts=parts,
        notes=record.notes,
    )


class _Part:
    """One object's way through the plugin, step by step as a drain takes it."""

    def __init__(self, hub: Hub, plugin: Provider, record: DryRecord, op: Op, ready: Ready, with_reads: bool) -> None:
        self._hub, self._plugin, self._record, self._op, self._ready = hub, plugin, record, op, ready
        self._reads = with_reads
        self._held, self._kind = record.held, record.kind
        # Without reads nothing leaves, so nothing is paced.
        self._limiter = hub.limiter if with_reads else MemoryLimiter(hub.clock)
        self._wire = self._fresh_wire()
        self._call: AccountCall | None = None

    def run(self) -> DryPart:
        steps = []
        remote_id = self._ready.remote_id or ""
        unasked = self._ready.task.record_id not in self._record.apart
        goes_on = True
        if self._op is Op.PUSH and unasked and may_be_there(self._plugin, self._ready):
            step, goes_on = self._look()
            steps.append(step)
        if goes_on:
            steps.append(self._send())
        return DryPart(name=self._ready.name, op=self._op.value, remote_id=remote_id, steps=steps)

    def _look(self) -> tuple[DryStep, bool]:
        """What the hub asks before it creates something, and whether it goes on to send the record then."""
        does = "find_customers"
        if self._kind is Kind.ITEM:
            does = "pull_items"
        elif self._plugin.offers("find_customers_batch"):
            does = "find_customers_batch"
        try:
            verdict = self._matched()
        except ContractError as error:
            stopped = self._wire.is_stopped
            return self._step(does, _LOOK if stopped else _told(error)), stopped
        if verdict is None:
            return self._step(does, "It is not there, so it is created."), True
        if not isinstance(verdict, Done):
            return self._step(does, verdict.reason.text), False  # type: ignore[union-attr]
        found = verdict.remote
        there = f"It is there already, as {found.id}: it is linked, and nothing is created."
        self._ready = self._ready._replace(remote_id=found.id, remote_version=found.version)
        return self._step(does, there), verdict.resend

    def _matched(self) -> Verdict | None:
        """What becomes of the record by what is over there; None: it is created. Raises the contract's errors."""
        value = self._ready.value
        if isinstance(value, Item):
            there = ItemsThere(push.items_there(self._plugin, self._open))
            found = list(there.like(value))
            return judge_items_there(there, value, self._context(found), resend=value.ref != stand_ins.REF)
        email = str(getattr(value, "email", ""))
        found = push.find_customers(self._plugin, self._open, [email])[email]
        return judge_matches(found, self._context(found), email)

    def _context(self, found: Sequence[Remote]) -> Context:
        ids = {remote.id for remote in found}
        with self._hub.database.tenant(self._held.tenant_id, read=True) as session:
            owners = links.owners(session, self._held.id, self._kind, ids)
        elsewhere = Elsewhere(owners, self._ready.task.record_id)
        now = self._hub.clock.now()
        return Context(self._plugin.terms, self._kind, self._op, self._ready.name, now, 0, False, elsewhere)

    def _send(self) -> DryStep:
        verb = self._op.value
        self._wire = self._fresh_wire()
        parcel = self._ready.parcel(self._held.uid, _OPERATION)
        sent = push.send(self._plugin, self._open, self._kind, self._op, [parcel.push])
        return self._step(f"{verb}_{self._kind}", self._end(sent.outcomes[0]))

    def _end(self, outcome: push.Outcome) -> str:
        if self._wire.is_stopped:
            if not isinstance(outcome, TryLater):
                return f"Not sent, yet the plugin ended with {_named(outcome)}: let a TryLater of `account.http` pass."
            return _READ if self._wire.requests[-1].read else _WRITE
        return f"The plugin made no write. {_told(outcome)}"

    def _step(self, does: str, end: str) -> DryStep:
        return DryStep(does=does, requests=tuple(self._wire.requests), end=end)

    def _fresh_wire(self) -> DryWire:
        # The transport marks a call as sent before the first request that may change something is put on the wire.
        return DryWire(
            real=self._hub.wire if self._reads else None, is_write=lambda: self._call is not None and self._call.sent
        )

    def _open(self) -> AccountCall:
        choices = Choices(deposit_account=self._held.deposit_account, values=self._held.choices)
        hub = replace(self._hub, wire=self._wire, limiter=self._limiter)
        self._call = open_books(hub, self._plugin, self._held.company, self._token, choices)
        return self._call

    def _token(self, refused: int | None) -> AccessToken:
        if self._reads:
            token = access_token(
                self._hub, tenant_id=self._held.tenant_id, grant_id=self._held.grant_id, refused_generation=refused
            )
        else:
            token = AccessToken(SecretStr("no-token-in-a-dry-run"), 0)
        self._wire.secrets.add(token.value.get_secret_value())
        return token


def _named(outcome: push.Outcome) -> str:
    if isinstance(outcome, Remote):
        return f"a Remote ({outcome.id})"
    return type(outcome.error if isinstance(outcome, Taken) else outcome).__name__


def _told(outcome: push.Outcome) -> str:
    """How the plugin ended, in its words."""
    if isinstance(outcome, Remote):
        return f"It ended with {_named(outcome)}."
    error = outcome.error if isinstance(outcome, Taken) else outcome
    return " ".join(part for part in (f"It ended with {_named(outcome)}: {error.reason}", error.detail) if part)
