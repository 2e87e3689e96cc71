"""The item of ours that stands for document lines without one, at providers that take no such lines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.contract import ItemType
from ledgerport.db.models import Item
from ledgerport.db.repositories.outgoing import StandIn

# No host app's ref has a slash.
REF, NAME = "ledgerport/service", "Service"
_DESCRIPTION = "Lines without an item of their own."


def stand_in(session: Session, tenant_id: int, now: datetime) -> StandIn:
    """The tenant's stand-in, made when it is wanted for the first time.

    Call it in a transaction that holds a lock of the tenant's: two would meet at the unique ref.
    """
    found = session.execute(select(Item.id).where(Item.tenant_id == tenant_id, Item.ref == REF)).scalar_one_or_none()
    if found is not None:
        return StandIn(found, REF, NAME)
    item = Item(
        tenant_id=tenant_id,
        ref=REF,
        name=NAME,
        description=_DESCRIPTION,
        type=ItemType.SERVICE.value,
        price=Decimal(0),
        stand_in=True,
        created_at=now,
        updated_at=now,
    )
    session.add(item)
    session.flush()
    return StandIn(item.id, REF, NAME)
