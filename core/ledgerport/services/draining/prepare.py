"""From due tasks to parcels: names, accounts, fingerprints; and what cannot go, with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from sqlalchemy.orm import Session

from ledgerport.contract import (
    Customer,
    Item,
    Kind,
    NameRules,
    ProviderTerms,
    PushMapping,
    Value,
    clean_name,
    with_suffix,
)
from ledgerport.db.models import Op, TaskState
from ledgerport.db.repositories import drain_tasks, links, mapping, name_claims, outgoing
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask
from ledgerport.db.repositories.outgoing import Draft, Needed
from ledgerport.engine import reasons
from ledgerport.engine.frozen import fingerprint
from ledgerport.engine.reasons import Reason
from ledgerport.services.draining.orders import Ready


@dataclass(kw_only=True)
class Prepared:
    """Tasks of one kind and op, sorted by what can be done with them.

    `stuck`: (task, reason, what releases it). `early`: (task, when).
    """

    ready: list[Ready] = field(default_factory=list)
    unchanged: list[DueTask] = field(default_factory=list)
    nothing: list[DueTask] = field(default_factory=list)
    stuck: list[tuple[DueTask, Reason, str]] = field(default_factory=list)
    early: list[tuple[DueTask, drain_tasks.OpenTask]] = field(default_factory=list)
    wanted: list[tuple[DueTask, Needed]] = field(default_factory=list)


def prepare(
    session: Session, held: Held, terms: ProviderTerms, kind: Kind, op: Op, tasks: Sequence[DueTask]
) -> Prepared:
    """Sort tasks of one kind and op.

    Reads, and takes names; starts nothing.
    """
    prepared = Prepared()
    ids = [task.record_id for task in tasks]
    drafts = outgoing.load(session, held.id, kind, ids, held.currency)
    linked = links.by_record(session, held.id, kind, ids)
    movable: list[tuple[DueTask, Draft]] = []
    for task in tasks:
        draft = drafts.get(task.record_id)
        link = linked.get(task.record_id)
        if draft is None or (op is not Op.PUSH and (link is None or link.gone)):
            prepared.nothing.append(task)
        elif draft.value is None:
            _missing(session, held, terms, prepared, task, draft)
        else:
            movable.append((task, draft))
    mappings = _mappings(session, held, kind, movable)
    named = _named(session, held, terms, kind, movable)
    for task, draft in movable:
        value = named[task.record_id]
        push_mapping = mappings[task.record_id]
        link = linked.get(task.record_id)
        if not getattr(value, "name", "x"):
            ref = value.ref
            prepared.stuck.append((task, reasons.nameless(kind, ref, terms.label), ""))
        elif terms.kinds[kind].needs_income_account and not push_mapping.income_account:
            prepared.stuck.append((task, reasons.unmapped_item(draft.name), f"{kind}:{task.record_id}"))
        elif link is not None and link.gone and op is Op.PUSH and not task.force:
            prepared.stuck.append((task, reasons.gone(kind, draft.name, terms.label), ""))
        else:
            print_ = fingerprint(kind, value, push_mapping)
            known = link if link is not None and not link.gone else None
            if op is Op.PUSH and known is not None and known.fingerprint == print_ and not task.force:
                prepared.unchanged.append(task)
            else:
                remote_id, version = (known.remote_id, known.remote_version) if known else (None, None)
                prepared.ready.append(Ready(task, draft.name, value, push_mapping, remote_id, version, print_))
    return prepared


def _missing(
    session: Session, held: Held, terms: ProviderTerms, prepared: Prepared, task: DueTask, draft: Draft
) -> None:
    """A record that needs another one first: wait with it, or send for it, or say why it cannot be had."""
    if draft.obstacle:
        needed = draft.needed[0]
        prepared.stuck.append(
            (task, reasons.not_sendable(task.kind, draft.name, draft.obstacle), f"{needed.kind}:{needed.record_id}")
        )
        return
    for needed in draft.needed:
        other = drain_tasks.open_for(session, held.id, needed.kind, [needed.record_id]).get(needed.record_id)
        key = f"{needed.kind}:{needed.record_id}"
        if needed.kind not in held.kinds or needed.kind not in terms.kinds:
            prepared.stuck.append((task, reasons.turned_off(task.kind, draft.name, needed.kind, terms.label), key))
            return
        if other is not None and other.state in (TaskState.BLOCKED, TaskState.FAILED):
            reason = reasons.waits_for(task.kind, draft.name, needed.kind, needed.name, other.reason)
            prepared.stuck.append((task, reason, key))
            return
    needed = draft.needed[0]
    other = drain_tasks.open_for(session, held.id, needed.kind, [needed.record_id]).get(needed.record_id)
    if other is None:
        prepared.wanted.append((task, needed))
    else:
        prepared.early.append((task, other))


def _mappings(
    session: Session, held: Held, kind: Kind, movable: Sequence[tuple[DueTask, Draft]]
) -> dict[int, PushMapping]:
    if kind is Kind.ITEM:
        chosen = mapping.accounts(session, held.id, [task.record_id for task, _ in movable])
        made = {}
        for task, draft in movable:
            if isinstance(draft.value, Item):
                its = chosen.of(task.record_id, draft.value.type)
                made[task.record_id] = PushMapping(income_account=its.income, expense_account=its.expense)
        return made
    if kind is Kind.CUSTOMER:
        common = PushMapping()
    elif kind is Kind.PAYMENT:
        common = PushMapping(deposit_account=held.deposit_account)
    else:
        common = PushMapping(tax_codes=mapping.tax_codes(session, held.id))
    return {task.record_id: common for task, _ in movable}


def _named(
    session: Session, held: Held, terms: ProviderTerms, kind: Kind, movable: Sequence[tuple[DueTask, Draft]]
) -> dict[int, Value]:
    """Values with the name they have over there.

    Items take a name of their own; of other kinds the name is cleaned only.
    """
    rules = terms.kinds[kind].name
    values: dict[int, Value] = {}
    wishes = []
    for task, draft in movable:
        value = draft.value
        assert value is not None
        values[task.record_id] = value
        if rules is None or not isinstance(value, Customer | Item):
            continue
        if isinstance(value, Item) and rules.unique and clean_name(value.name, rules):
            wishes.append(name_claims.Wish(record_id=task.record_id, source=value.name, names=_ItemNames(value, rules)))
        else:
            values[task.record_id] = replace(value, name=clean_name(value.name, rules))
    if wishes:
        for record_id, name in name_claims.claim(session, held.tenant_id, held.id, kind, wishes).items():
            value = values[record_id]
            if isinstance(value, Item) and name != value.name:
                values[record_id] = replace(value, name=name, description=value.description or value.name)
    return values


@dataclass(frozen=True)
class _ItemNames:
    """The names an item could have: its own, with its SKU, with its ref, then numbered without end."""

    item: Item
    rules: NameRules

    def __call__(self) -> Iterator[str]:
        plain = clean_name(self.item.name, self.rules)
        yield plain
        for suffix in (self.item.sku, self.item.ref):
            if clean_name(suffix, self.rules):
                yield with_suffix(plain, suffix, self.rules)
        for number in count(2):
            yield with_suffix(plain, f"{self.item.ref} {number}", self.rules)
