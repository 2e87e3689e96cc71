"""What a person can do about a stuck record, by its reason, and what such records are called together."""

from __future__ import annotations

from collections.abc import Mapping

from ledgerport.contract import Kind
from ledgerport.services.stuck_task import MAYBE_THERE

# The reason code of a record whose own cause is another record's.
WAITS_FOR_ANOTHER = "waits_for"
# In the order of their buttons; the first is the one that usually helps.
_ACTS: Mapping[str, tuple[str, ...]] = {
    "unmapped_item": ("map_account", "skip"),
    "no_service_account": ("map_account", "retry", "skip"),
    "no_deposit_account": ("choose_deposit_account", "retry", "skip"),
    "unmapped_tax": ("map_tax", "retry", "skip"),
    WAITS_FOR_ANOTHER: ("open_record", "retry", "skip"),
    "kind_off": ("sync_settings", "retry", "skip"),
    "no_name": ("rename", "open_record", "retry", "skip"),
    "several_matches": ("choose", "retry", "skip"),
    "name_taken": ("rename", "retry", "skip"),
    "already_linked": ("rename", "retry", "skip"),
    MAYBE_THERE: ("choose",),
    "gone": ("recreate", "let_go", "skip"),
    "refused": ("retry", "open_record", "skip"),
    "gave_up": ("retry", "skip"),
    "not_sendable": ("open_record", "retry", "skip"),
    "reconnect": ("reconnect",),
}
_OTHERS = ("retry", "skip")
_RENAMED = (Kind.CUSTOMER, Kind.ITEM)
_TITLES: Mapping[str, str] = {
    "unmapped_item": "Items without an income account",
    "no_service_account": "Services have no income account",
    "no_deposit_account": "No account chosen that payments go to",
    "unmapped_tax": "Tax codes that are not mapped",
    WAITS_FOR_ANOTHER: "Waiting for another record",
    "kind_off": "Need a record whose syncing is turned off",
    "no_name": "No name that can be sent",
    "several_matches": "Several customers match",
    "name_taken": "The name is taken",
    "already_linked": "Match what belongs to another record",
    MAYBE_THERE: "May be in the books already",
    "gone": "Deleted in {label}",
    "refused": "Not accepted by {label}",
    "gave_up": "Given up after several tries",
    "not_sendable": "Not ready to be sent",
    "reconnect": "Waiting for you to reconnect {label}",
}


def acts_for(reason_code: str, kind: Kind, op: str) -> tuple[str, ...]:
    """The acts that make sense for one stuck record, by name."""
    if op != "push":
        return _OTHERS
    acts = _ACTS.get(reason_code, _OTHERS)
    if kind in _RENAMED:
        return acts
    # A document's number is the host app's; it is changed there.
    return tuple("open_record" if act == "rename" else act for act in acts)


def title_of(reason_code: str, label: str) -> str:
    """What records that are stuck for one reason are called together."""
    return _TITLES.get(reason_code, "Waiting for you").format(label=label)


def retries_together(reason_code: str) -> bool:
    """Whether it makes sense to try all that are stuck for one reason again at once."""
    return "retry" in _ACTS.get(reason_code, _OTHERS)
