"""Links a stuck record to an object over there that a person recognised as it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledgerport.contract import Kind
from ledgerport.db.models import Op
from ledgerport.db.repositories import links, records_read, stuck_tasks
from ledgerport.engine.reasons import called
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice, Conflict
from ledgerport.services.stuck_task import Act, Acted, acting_on, by_words

# Kinds whose values here count, so that they are sent once linked; a customer stays as the books have it, and a payment
# is only a candidate when the amount agrees.
_SENT_AFTER = (Kind.ITEM, Kind.INVOICE, Kind.ESTIMATE)


def link_record(hub: Hub, *, tenant_id: int, task_id: int, remote_id: str, by: str = "") -> Acted:
    """Say that a record is the object `remote_id` over there, one of the candidates that the provider named.

    What waited for the record goes on. Raises NotFound, BadChoice, and Conflict when the object belongs to another
    record, or the record to another object.
    """
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.require_push()
        candidate = _candidate(act, remote_id)
        _check_free(act, remote_id)
        links.save(act.session, [_link(act, remote_id)])
        called = candidate.get("name") or candidate.get("number") or remote_id
        act.note("linked", f'{by_words(by)} linked it to "{called}" in {act.label}.')
        changed = stuck_tasks.changed_at(act.session, act.kind, act.task.record_id)
        run_id = None
        if act.kind in _SENT_AFTER or (changed is not None and changed > act.task.updated_at):
            run_id = act.send()
        else:
            act.close()
        act.release()
        return act.acted(f'{act.called} is linked to "{called}" in {act.label}.', run_id)


def _candidate(act: Act, remote_id: str) -> Mapping[str, Any]:
    """The candidate of this id. Raises BadChoice."""
    told: Sequence[Mapping[str, Any]] = act.task.reason_data.get("candidates", ())
    found = [one for one in told if one.get("id") == remote_id]
    if not found:
        raise BadChoice(
            "remote_id",
            f'"{remote_id[:50]}" is none of those that {act.label} named for {act.called}.',
            "Choose one of them, or retry to look again.",
        )
    kind = str(found[0].get("kind", ""))
    if kind != act.kind:
        what = f"is a {kind}" if kind else "belongs to another record"
        raise BadChoice(
            "remote_id",
            f"It {what} in {act.label}; a {act.kind} cannot be linked to it.",
            f"Give {act.called} another name there.",
        )
    if not found[0].get("active", True):
        raise BadChoice("remote_id", f"It is inactive in {act.label}.", f"Make it active in {act.label}, then retry.")
    return found[0]


def _check_free(act: Act, remote_id: str) -> None:
    """Raises Conflict unless neither side has a counterpart."""
    place = (act.session, act.connection.id, act.kind)
    owner = links.owners(*place, [remote_id]).get(remote_id, act.task.record_id)
    if owner != act.task.record_id:
        names = records_read.refs_by_kind(act.session, {act.kind: [owner]})
        ref, name = names.get((act.kind.value, owner), ("", ""))
        raise Conflict(
            f"It belongs to {called(act.kind, name or ref)} here already.", "Choose another one, or create it."
        )
    own = links.by_record(*place, [act.task.record_id]).get(act.task.record_id)
    if own is not None and not own.gone and own.remote_id != remote_id:
        raise Conflict(
            f"{act.called} is in {act.label} already, as another object.", f"Give it another name in {act.label}."
        )


def _link(act: Act, remote_id: str) -> dict[str, Any]:
    assert Op(act.task.op) is Op.PUSH
    return {
        "tenant_id": act.connection.tenant_id,
        "connection_id": act.connection.id,
        "kind": act.kind.value,
        "record_id": act.task.record_id,
        "remote_id": remote_id,
        "remote_version": "",
        # Nobody knows what it looks like over there: whatever is sent next is no repetition.
        "fingerprint": "",
        "origin": "matched",
        "remote_total": None,
        "variance": None,
        "gone": False,
        "synced_at": act.hub.clock.now(),
    }
