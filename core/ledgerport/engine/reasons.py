"""Why a record waits, in the user's words: the record first, what is so, what to do.

The same words in console, CLI and API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledgerport.contract import ContractError, Kind, Remote

KIND_WORDS = {
    Kind.CUSTOMER: "Customer",
    Kind.ITEM: "Item",
    Kind.INVOICE: "Invoice",
    Kind.ESTIMATE: "Estimate",
    Kind.PAYMENT: "Payment",
}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """`code` is for programs, `text` for people, `action` names the button (`map_account`, `choose`, `rename`,
    `retry`, ...)."""

    code: str
    text: str
    action: str = ""
    detail: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def called(kind: Kind, name: str) -> str:
    """`Item "Drain snake 25 ft"`, `Invoice INV-0047`, `Payment 350.00 of 4 May 2026`: names people gave are quoted."""
    return f'{KIND_WORDS[kind]} "{name}"' if kind in (Kind.CUSTOMER, Kind.ITEM) else f"{KIND_WORDS[kind]} {name}"


def unmapped_item(name: str) -> Reason:
    return Reason(
        code="unmapped_item",
        text=f'Item "{name}" has no income account, so it waits. Map an account to it.',
        action="map_account",
    )


def no_deposit_account(name: str, label: str) -> Reason:
    return Reason(
        code="no_deposit_account",
        text=(
            f"{called(Kind.PAYMENT, name)} waits: nobody has chosen the account of {label} that payments go to. "
            f"Choose it."
        ),
        action="choose_deposit_account",
    )


def no_service_account(kind: Kind, name: str, label: str) -> Reason:
    return Reason(
        code="no_service_account",
        text=(
            f"{called(kind, name)} has a line without an item, and services have no income account in {label} yet. "
            f"Map an account to services."
        ),
        action="map_account",
    )


def unmapped_tax(kind: Kind, name: str, code: str, label: str) -> Reason:
    return Reason(
        code="unmapped_tax",
        text=f'{called(kind, name)} has sales tax, and "{code}" stands for no tax of {label} yet. Map it.',
        action="map_tax",
        data={"tax_code": code},
    )


def waits_for(kind: Kind, name: str, needed: Kind, needed_name: str, why: str) -> Reason:
    """A document that cannot go because a record it uses cannot."""
    other = called(needed, needed_name)
    text = f"{called(kind, name)} waits for {other[0].lower()}{other[1:]}."
    return Reason(code="waits_for", text=f"{text} {why}".strip(), action="open_record", data={"kind": needed})


def turned_off(kind: Kind, name: str, needed: Kind, label: str) -> Reason:
    return Reason(
        code="kind_off",
        text=(
            f"{called(kind, name)} needs a record that is not in {label}, and syncing of {needed}s is turned off. "
            f"Turn it on in the sync settings."
        ),
        action="sync_settings",
    )


def nameless(kind: Kind, ref: str, label: str) -> Reason:
    return Reason(
        code="no_name",
        text=f"{KIND_WORDS[kind]} {ref} has no name that {label} could take. Give it a name with letters or digits.",
        action="edit",
    )


def choose(kind: Kind, name: str, label: str, candidates: Sequence[Remote], by: str) -> Reason:
    """Several objects over there could be this record."""
    names = ", ".join(f'"{remote.name or remote.number or remote.id}"' for remote in candidates[:5])
    return Reason(
        code="several_matches",
        text=f'{len(candidates)} {kind}s in {label} have {by}: {names}. Which one is "{name}"?',
        action="choose",
        data={"candidates": [_candidate(remote) for remote in candidates[:20]]},
    )


def name_taken(kind: Kind, name: str, label: str, candidates: Sequence[Remote], detail: str) -> Reason:
    if candidates:
        holder = candidates[0]
        state = "" if holder.active else "inactive "
        article = "an" if (state or holder.kind)[0] in "aeiou" else "a"
        text = f'{label} already has {article} {state}{holder.kind} named "{holder.name or holder.number}".'
    else:
        text = f'{label} says that the name "{name}" is in use.'
    return Reason(
        code="name_taken",
        text=f"{text} {called(kind, name)} needs another name there, or has to be linked to it.",
        action="rename",
        detail=detail,
        data={"candidates": [_candidate(remote) for remote in candidates[:20]]},
    )


def shared(kind: Kind, name: str, label: str, remote_id: str) -> Reason:
    return Reason(
        code="already_linked",
        text=(
            f"{called(kind, name)} matches an object in {label} that already belongs to another {kind} here. "
            f"Give one of the two another name."
        ),
        action="rename",
        data={"candidates": [{"id": remote_id}]},
    )


def conflict(kind: Kind, name: str, label: str, candidates: Sequence[Remote]) -> Reason:
    """After an unknown outcome several objects look like ours: nothing is sent until a person chose."""
    return Reason(
        code="conflict",
        text=(
            f"{len(candidates)} {kind}s in {label} look like {called(kind, name)}. "
            f"Tell us which is ours; we send nothing until then."
        ),
        action="choose",
        data={"candidates": [_candidate(remote) for remote in candidates[:20]]},
    )


def gone(kind: Kind, name: str, label: str) -> Reason:
    return Reason(
        code="gone",
        text=f"{called(kind, name)} was deleted in {label}. Create it again, or stop syncing it.",
        action="recreate",
    )


def refused(kind: Kind, name: str, label: str, error: ContractError, field_name: str = "") -> Reason:
    where = f" ({field_name})" if field_name else ""
    return Reason(
        code="refused",
        text=f"{called(kind, name)} is not accepted by {label}{where}: {error.reason}",
        action="edit",
        detail=error.detail,
        data={"field": field_name, "provider_code": error.code},
    )


def gave_up(kind: Kind, name: str, label: str, tries: int, error: ContractError) -> Reason:
    return Reason(
        code="gave_up",
        text=(
            f"{called(kind, name)} could not be brought to {label} in {tries} tries: {error.reason} "
            f"Try again, or ask support."
        ),
        action="retry",
        detail=error.detail,
    )


def later(label: str, error: ContractError) -> Reason:
    return Reason(code="later", text=f"{label}: {error.reason} Nothing is lost; we try again.", detail=error.detail)


def unknown(label: str, error: ContractError) -> Reason:
    return Reason(
        code="unknown_outcome",
        text=f"{label} did not tell what became of it: {error.reason} We look before we send again.",
        detail=error.detail,
    )


def login_needed(label: str, error: ContractError) -> Reason:
    return Reason(
        code="reconnect",
        text=f"{label} no longer accepts our connection. Nothing is lost; reconnect to go on.",
        action="reconnect",
        detail=error.detail,
    )


def not_sendable(kind: Kind, name: str, why: str) -> Reason:
    return Reason(code="not_sendable", text=f"{called(kind, name)} {why}", action="edit")


def _candidate(remote: Remote) -> dict[str, Any]:
    return {
        "id": remote.id,
        "kind": remote.kind,
        "name": remote.name,
        "email": remote.email,
        "number": remote.number,
        "active": remote.active,
        "total": "" if remote.total is None else str(remote.total),
    }
