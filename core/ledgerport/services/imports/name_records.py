"""What a record is called here that came from the books: `QB-58`, unique among the tenant's own refs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.repositories import records

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


def new_refs(session: Session, kind: Kind, tenant_id: int, label: str, wished: Mapping[str, str]) -> dict[str, str]:
    """A free ref for each remote id; `wished` maps it to the ref somebody asked for, or to nothing."""
    first = {remote_id: ref or made_ref(label, remote_id) for remote_id, ref in wished.items()}
    taken = set(records.find_ids(session, kind, tenant_id, set(first.values())))
    refs: dict[str, str] = {}
    for remote_id, ref in first.items():
        refs[remote_id] = _free(session, kind, tenant_id, ref, taken)
        taken.add(refs[remote_id])
    return refs


def made_ref(label: str, remote_id: str) -> str:
    """The capitals of the provider's name and its own id; of a long id or one with odd signs, its digest."""
    capitals = "".join(mark for mark in label if mark.isupper()) or label[:2].upper()
    own = remote_id if _PLAIN.fullmatch(remote_id) else blake2b(remote_id.encode(), digest_size=6).hexdigest()
    return f"{capitals}-{own}"


def taken_refs(session: Session, kind: Kind, tenant_id: int, refs: Sequence[str]) -> set[str]:
    """Which of these refs are in use."""
    return set(records.find_ids(session, kind, tenant_id, set(refs)))


def _free(session: Session, kind: Kind, tenant_id: int, ref: str, taken: set[str]) -> str:
    if ref not in taken:
        return ref
    number = 2
    while True:
        wanted = [f"{ref}-{each}" for each in range(number, number + 20)]
        there = set(records.find_ids(session, kind, tenant_id, wanted)) | taken
        free = next((each for each in wanted if each not in there), None)
        if free is not None:
            return free
        number += 20
