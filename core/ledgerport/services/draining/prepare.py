"""From due tasks to parcels: names, accounts, fingerprints; and what cannot go, with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from ledgerport.contract import (
    Customer,
    Estimate,
    Invoice,
    Item,
    ItemType,
    Kind,
    NameRules,
    Payment,
    ProviderTerms,
    PushMapping,
    Value,
    clean_name,
    with_suffix,
)
from ledgerport.db.models import Op, TaskState
from ledgerport.db.repositories import drain_tasks, links, mapping, name_claims, outgoing, sync_marks
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask
from ledgerport.db.repositories.outgoing import Draft, Needed
from ledgerport.db.repositories.stand_ins import stand_in
from ledgerport.engine import reasons
from ledgerport.engine.frozen import fingerprint
from ledgerport.engine.reasons import Reason
from ledgerport.services.draining.orders import Ready
from ledgerport.services.release_causes import DEPOSIT_ACCOUNT, TAXABLE, default_of, tax_code


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
    session: Session, held: Held, terms: ProviderTerms, kind: Kind, op: Op, tasks: Sequence[DueTask], now: datetime
) -> Prepared:
    """Sort tasks of one kind and op.

    Reads, and takes names; starts nothing.
    """
    prepared = Prepared()
    ids = [task.record_id for task in tasks]
    drafts = outgoing.load(session, held.id, kind, ids, held.currency, _wishes(session, held, terms, kind, now))
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
    mappings = _mappings(session, held, terms, kind, movable)
    named = _named(session, held, terms, kind, movable)
    for task, draft in movable:
        value = named[task.record_id]
        push_mapping = mappings[task.record_id]
        link = linked.get(task.record_id)
        lacking = _lacking(terms, kind, task, draft, value, push_mapping) if op is Op.PUSH else None
        if lacking is not None:
            prepared.stuck.append((task, *lacking))
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


def _wishes(session: Session, held: Held, terms: ProviderTerms, kind: Kind, now: datetime) -> outgoing.Wishes:
    """What documents of this kind need at this provider beyond what they say themselves."""
    if kind not in (Kind.INVOICE, Kind.ESTIMATE):
        return outgoing.Wishes()
    items = terms.kinds.get(Kind.ITEM)
    return outgoing.Wishes(
        stand_in=stand_in(session, held.tenant_id, now) if terms.kinds[kind].lines_need_items else None,
        codes=items is not None and items.code is not None,
    )


def _lacking(
    terms: ProviderTerms, kind: Kind, task: DueTask, draft: Draft, value: Value, chosen: PushMapping
) -> tuple[Reason, str] | None:
    """What a person must give or choose before this record can go, and what releases it then."""
    needs = terms.kinds[kind]
    if not getattr(value, "name", "x"):
        return reasons.nameless(kind, value.ref, terms.label), ""
    if isinstance(value, Item) and needs.needs_income_account and not chosen.income_account:
        return reasons.unmapped_item(draft.name), f"{kind}:{task.record_id}"
    if isinstance(value, Payment) and needs.needs_deposit_account and not chosen.deposit_account:
        return reasons.no_deposit_account(draft.name, terms.label), DEPOSIT_ACCOUNT
    if isinstance(value, Invoice | Estimate):
        bare = any(line.item is None for line in value.lines)
        if needs.needs_income_account and bare and not chosen.income_account:
            return reasons.no_service_account(kind, draft.name, terms.label), default_of(ItemType.SERVICE)
        code = _unmapped_tax(value, chosen) if needs.needs_tax_codes else ""
        if code:
            return reasons.unmapped_tax(kind, draft.name, code, terms.label), tax_code(code)
    return None


def _unmapped_tax(value: Invoice | Estimate, chosen: PushMapping) -> str:
    """The first of our tax codes that a taxed document needs and that nobody mapped."""
    if not value.tax:
        return ""
    for line in value.lines:
        if line.taxable and line.tax_code not in chosen.tax_codes and TAXABLE not in chosen.tax_codes:
            return line.tax_code or TAXABLE
    return ""


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
        if other is None and sync_marks.left_out(session, held.id, needed.kind, needed.record_id):
            why = "Somebody skipped it, or stopped syncing it. Resync it to go on."
            prepared.stuck.append((task, reasons.waits_for(task.kind, draft.name, needed.kind, needed.name, why), key))
            return
    needed = draft.needed[0]
    other = drain_tasks.open_for(session, held.id, needed.kind, [needed.record_id]).get(needed.record_id)
    if other is None:
        prepared.wanted.append((task, needed))
    else:
        prepared.early.append((task, other))


def _mappings(
    session: Session, held: Held, terms: ProviderTerms, kind: Kind, movable: Sequence[tuple[DueTask, Draft]]
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
        if terms.kinds[kind].needs_income_account:
            # Only for lines without an item: another default must not bring every document again.
            services = mapping.accounts(session, held.id, ()).by_type.get(ItemType.SERVICE, mapping.Accounts())
            booked = replace(common, income_account=services.income)
            return {task.record_id: booked if _has_bare_line(draft.value) else common for task, draft in movable}
    return {task.record_id: common for task, _ in movable}


def _has_bare_line(value: Value | None) -> bool:
    return isinstance(value, Invoice | Estimate) and any(line.item is None for line in value.lines)


def _named(
    session: Session, held: Held, terms: ProviderTerms, kind: Kind, movable: Sequence[tuple[DueTask, Draft]]
) -> dict[int, Value]:
    """Values with the name they have over there.

    Items take a name of their own; of customers the name is cleaned only, unless a person chose another one for it.
    """
    rules, code_rules = terms.kinds[kind].name, terms.kinds[kind].code
    values: dict[int, Value] = {}
    names, codes = [], []
    ids = [task.record_id for task, _ in movable] if kind is Kind.CUSTOMER else []
    aliases = name_claims.chosen(session, held.id, kind, ids) if ids else {}
    for task, draft in movable:
        value = draft.value
        assert value is not None
        values[task.record_id] = value
        if isinstance(value, Item) and code_rules is not None:
            wish = _ItemNames((value.sku, value.ref), value.ref, code_rules)
            codes.append(name_claims.Wish(record_id=task.record_id, source=value.sku or value.ref, names=wish))
        if rules is None or not isinstance(value, Customer | Item):
            continue
        alias, source = aliases.get(task.record_id, ("", ""))
        if isinstance(value, Item) and rules.unique and clean_name(value.name, rules):
            wish = _ItemNames((value.name,), value.ref, rules, (value.sku, value.ref))
            names.append(name_claims.Wish(record_id=task.record_id, source=value.name, names=wish))
        else:
            name = alias if alias and source == value.name else clean_name(value.name, rules)
            values[task.record_id] = _called(value, name)
    for record_id, name in _claimed(session, held, kind, names).items():
        values[record_id] = _called(values[record_id], name)
    for record_id, code in _claimed(session, held, name_claims.ITEM_CODE, codes).items():
        value = values[record_id]
        assert isinstance(value, Item)
        values[record_id] = replace(value, code=code)
    return values


def _claimed(session: Session, held: Held, of: str, wishes: Sequence[name_claims.Wish]) -> dict[int, str]:
    return name_claims.claim(session, held.tenant_id, held.id, of, wishes) if wishes else {}


def _called(value: Value, name: str) -> Value:
    """The value under the name it has over there; an item's whole name is not lost where it had to be cut."""
    if isinstance(value, Item) and name != value.name:
        return replace(value, name=name, description=value.description or value.name)
    return replace(value, name=name) if isinstance(value, Customer) else value


@dataclass(frozen=True)
class _ItemNames:
    """What an item could be called, best first: the first of `plain` that holds anything, with each suffix, with its
    ref and a number, without end."""

    plain: tuple[str, ...]
    ref: str
    rules: NameRules
    suffixes: tuple[str, ...] = ()

    def __call__(self) -> Iterator[str]:
        names = [name for one in self.plain if (name := clean_name(one, self.rules))]
        yield from names
        for suffix in self.suffixes:
            if clean_name(suffix, self.rules):
                yield with_suffix(names[0], suffix, self.rules)
        for number in count(2):
            yield with_suffix(names[0], f"{self.ref} {number}", self.rules)
