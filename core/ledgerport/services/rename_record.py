"""Gives a stuck record another name at one provider; here it keeps its own."""

from __future__ import annotations

from ledgerport.contract import Kind, NameRules, clean_name, name_key
from ledgerport.db.repositories import name_claims, records_read, stuck_tasks
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import terms_of
from ledgerport.services.rejections import BadChoice, Conflict
from ledgerport.services.stuck_task import Act, Acted, acting_on, by_words


def rename_record(hub: Hub, *, tenant_id: int, task_id: int, name: str, by: str = "") -> Acted:
    """Send a customer or an item under this name from now on, cleaned to the provider's rules, and try it again.

    The name holds until the record's own name is changed. Raises NotFound, Conflict, and BadChoice for a name that is
    empty, the same, or taken.
    """
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.require_push()
        act.refuse_maybe_there()
        of, rules, source = _rules(act)
        cleaned = clean_name(name, rules)
        _check(act, of, cleaned)
        record_id = act.task.record_id
        name_claims.put(act.session, act.connection.tenant_id, act.connection.id, of, record_id, cleaned, source)
        act.note("renamed", f'{by_words(by)} named it "{cleaned}" in {act.label}.')
        run_id = act.send()
        return act.acted(f'{act.called} is called "{cleaned}" in {act.label} from now on, and is sent now.', run_id)


def present_name(act: Act) -> str:
    """What the record is called over there so far, to begin from. Raises Conflict where nobody can choose it."""
    of, rules, source = _rules(act)
    held = name_claims.chosen(act.session, act.connection.id, of, [act.task.record_id])
    name, given_for = held.get(act.task.record_id, ("", ""))
    return name if name and given_for == source else clean_name(source, rules)


def _rules(act: Act) -> tuple[str, NameRules, str]:
    """What is claimed, by which rules, and the local name it stands for. Raises Conflict."""
    terms = terms_of(act.hub, act.connection.provider)
    of_kind = terms.kinds.get(act.kind) if terms is not None else None
    row = stuck_tasks.columns(act.session, act.kind, act.task.record_id) if act.kind in _NAMED else None
    if of_kind is None or row is None or (of_kind.name is None and of_kind.code is None):
        raise Conflict(f"{act.called} cannot have another name in {act.label}.", "Change it here, then retry.")
    if act.kind is Kind.ITEM and of_kind.code is not None and (of_kind.name is None or not of_kind.name.unique):
        return name_claims.ITEM_CODE, of_kind.code, row.sku or row.ref
    if of_kind.name is None or (act.kind is Kind.ITEM and not of_kind.name.unique):
        raise Conflict(f"{act.label} does not mind two items of one name.", "Retry it instead.")
    return act.kind.value, of_kind.name, row.name


_NAMED = (Kind.CUSTOMER, Kind.ITEM)


def _check(act: Act, of: str, name: str) -> None:
    """Raises BadChoice for a name that could not go."""
    if not name:
        raise BadChoice("name", f"Nothing of this name can be sent to {act.label}.", "Use letters or digits.")
    if name_key(name) == name_key(present_name(act)) and act.task.reason_code == "name_taken":
        raise BadChoice("name", f'"{name}" is the name that is taken.', "Choose another one.")
    for one in act.task.reason_data.get("candidates", ()):
        if name_key(str(one.get("name", ""))) == name_key(name):
            reason = f'{act.label} already has a {one.get("kind")} named "{name}".'
            raise BadChoice("name", reason, "Choose another one.")
    holder = name_claims.owner(act.session, act.connection.id, of, name)
    if holder not in (None, act.task.record_id):
        names = records_read.refs_by_kind(act.session, {act.kind: [holder]}) if holder is not None else {}
        ref, called = names.get((act.kind.value, holder or 0), ("", ""))
        raise BadChoice("name", f'"{name}" is the name of {act.kind} "{called or ref}" there.', "Choose another one.")
    if of == act.kind.value and stuck_tasks.named(act.session, act.kind, name, act.task.record_id):
        raise BadChoice("name", f'Another {act.kind} here is called "{name}".', "Choose another one.")
