"""Which of our records an entry over there may be, and what is proposed: link, create, or ask a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import RowChoice
from ledgerport.db.repositories import import_matches
from ledgerport.db.repositories.import_matches import Among
from ledgerport.services.imports.likeness import address_key, phone_key, sql_keys, text_key

# Among more than these nobody chooses in a list.
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Match:
    """One of ours that it may be. `why` follows the name: `same e-mail`. `sure`: good enough to propose linking."""

    id: int
    ref: str
    name: str
    why: str
    sure: bool


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one entry."""

    choice: RowChoice
    matches: tuple[Match, ...] = ()

    @property
    def match_id(self) -> int | None:
        """The one that it would be linked to, when a person says link."""
        return self.matches[0].id if self.matches else None

    def rows(self) -> list[dict[str, Any]]:
        """The matches as an import row keeps them."""
        return [asdict(match) for match in self.matches]


@dataclass(frozen=True)
class Asked:
    """What is compared of one entry; `key` tells it from others."""

    key: str
    name: str
    email: str
    data: Mapping[str, Any]


def propose(session: Session, where: Among, kind: Kind, asked: Sequence[Asked]) -> dict[str, Proposal]:
    """A proposal for each entry, by its key; a few statements for any number of entries."""
    find = _customers if kind is Kind.CUSTOMER else _items
    found = find(session, where, asked)
    return {one.key: judge(found.get(one.key, ())) for one in asked}


def judge(matches: Sequence[Match]) -> Proposal:
    """None: create. One that is sure: link. Anything else is for a person to say."""
    if not matches:
        return Proposal(RowChoice.CREATE)
    sure = [match for match in matches if match.sure]
    choice = RowChoice.LINK if len(sure) == 1 else RowChoice.ASK
    return Proposal(choice, tuple(sorted(matches, key=lambda match: not match.sure)[:_SHOWN]))


def _customers(session: Session, where: Among, asked: Sequence[Asked]) -> dict[str, list[Match]]:
    """By e-mail; where that finds nobody, by name and phone; then by address."""
    found: dict[str, list[Match]] = {}
    by_email = _grouped(
        import_matches.customers_by_email(session, where, {one.email for one in asked}),
        lambda row: [row.email_key],
    )
    for one in asked:
        if one.email and by_email.get(one.email):
            found[one.key] = [_match(row, "same e-mail", sure=True) for row in by_email[one.email]]
    rest = [one for one in asked if one.key not in found]
    by_name = _grouped(
        import_matches.customers_by_name(session, where, _all(sql_keys(one.name) for one in rest)),
        lambda row: [f"{text_key(row.name)}|{phone_key(row.phone)}"] if phone_key(row.phone) else [],
    )
    for one in rest:
        phone = phone_key(one.data["phone"])
        same = by_name.get(f"{text_key(one.name)}|{phone}", []) if phone else []
        if same:
            found[one.key] = [_match(row, "same name and phone", sure=False) for row in same]
    rest = [one for one in rest if one.key not in found and address_key(one.data["address"])]
    places = {_place(one.data["address"]) for one in rest}
    by_address = _grouped(
        import_matches.customers_by_place(session, where, places),
        lambda row: [address_key(row.address)],
    )
    for one in rest:
        same = by_address.get(address_key(one.data["address"]), [])
        if same:
            found[one.key] = [_match(row, "same address", sure=False) for row in same]
    return found


def _items(session: Session, where: Among, asked: Sequence[Asked]) -> dict[str, list[Match]]:
    """By SKU and by name; both are unique where items have them, so either is sure."""
    by_sku = _grouped(
        import_matches.items_by_sku(
            session, where, _all(sql_keys(one.data["sku"]) for one in asked if one.data["sku"])
        ),
        lambda row: [text_key(row.sku)],
    )
    by_name = _grouped(
        import_matches.items_by_name(session, where, _all(sql_keys(one.name) for one in asked)),
        lambda row: [text_key(row.name)],
    )
    found: dict[str, list[Match]] = {}
    for one in asked:
        by_code = by_sku.get(text_key(one.data["sku"]), []) if one.data["sku"] else []
        matches = {row.id: _match(row, "same SKU", sure=True) for row in by_code}
        for row in by_name.get(text_key(one.name), []):
            matches.setdefault(row.id, _match(row, "same name", sure=True))
        if matches:
            found[one.key] = list(matches.values())
    return found


def _match(row: Any, why: str, *, sure: bool) -> Match:
    return Match(id=row.id, ref=row.ref, name=row.name, why=why, sure=sure)


def _place(address: Mapping[str, str]) -> str:
    return import_matches.place_key(address.get("line1", ""), address.get("postal_code", ""))


def _grouped(rows: Iterable[Any], keys: Any) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for key in keys(row):
            grouped[key].append(row)
    return grouped


def _all(sets: Iterable[Collection[str]]) -> set[str]:
    return {key for keys in sets for key in keys}
