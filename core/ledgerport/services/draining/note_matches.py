"""Records that are in the books already, found before they were created: linked, or a person is asked which it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledgerport.contract import Item, Kind
from ledgerport.db.models import Op
from ledgerport.db.repositories import links, name_claims, stand_ins
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.engine.items_there import ItemsThere
from ledgerport.engine.verdicts import Context, Done, Later, Verdict, judge_items_there
from ledgerport.host import Provider
from ledgerport.services.draining.book import Book, Elsewhere
from ledgerport.services.draining.orders import Memory, Parcel
from ledgerport.services.draining.set_aside import automatic_run, count_in


def note_matches(
    session: Session,
    held: Held,
    provider: Provider,
    kind: Kind,
    parcels: Sequence[Parcel],
    found: Collection[str],
    verdict_on: Callable[[Parcel, Context], Verdict | None],
    memory: Memory,
    now: datetime,
    trace_id: str = "",
) -> dict[int, Verdict]:
    """Write what was found of these records, by record. `found`: the remote ids it may be; without a verdict a record
    is free to be created."""
    owners = links.owners(session, held.id, kind, set(found))
    book = Book(held, kind, memory, now)
    ended, told = [], {}
    for parcel in parcels:
        task = parcel.task
        elsewhere = Elsewhere(owners, task.record_id)
        context = Context(provider.terms, kind, Op.PUSH, parcel.name, now, task.tries, False, elsewhere)
        verdict = verdict_on(parcel, context)
        if verdict is None:
            memory.unmatched.add((kind, task.record_id))
            continue
        if task.run_id is None and not isinstance(verdict, Later):
            # Such a record never leaves as a request, which is where others join the run.
            automatic_run(session, held, memory, now)
            ended.append(task)
        told[task.record_id] = verdict
        book.note(Op.PUSH, parcel, verdict, owners, None, trace_id)
    if memory.run_id is not None:
        count_in(session, memory.run_id, ended)
    book.write(session)
    return told


def match_items(
    session: Session,
    held: Held,
    provider: Provider,
    there: ItemsThere,
    parcels: Sequence[Parcel],
    memory: Memory,
    now: datetime,
) -> set[int]:
    """Compare items with those that are there; the records that were linked or set aside."""
    values = {parcel.task.record_id: parcel.push.value for parcel in parcels}
    items = {record_id: value for record_id, value in values.items() if isinstance(value, Item)}
    found = {remote.id for item in items.values() for remote in there.like(item)}

    def verdict_on(parcel: Parcel, context: Context) -> Verdict | None:
        item = items[parcel.task.record_id]
        # Our own stand-in has no figures worth sending to a product of theirs.
        return judge_items_there(there, item, context, resend=item.ref != stand_ins.REF)

    told = note_matches(session, held, provider, Kind.ITEM, parcels, found, verdict_on, memory, now)
    if provider.terms.kinds[Kind.ITEM].code is not None:
        # It keeps the code that it has over there, so that nobody's price list is renamed.
        codes = [
            name_claims.Taken(record_id, items[record_id].sku or items[record_id].ref, verdict.remote.number)
            for record_id, verdict in told.items()
            if isinstance(verdict, Done) and verdict.remote.number
        ]
        name_claims.adopt(session, held.tenant_id, held.id, name_claims.ITEM_CODE, codes)
    return set(told)
