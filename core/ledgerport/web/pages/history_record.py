"""One record's own history: every try to bring it over, with the provider's words."""

# No `from __future__ import annotations` here: FastAPI must see the types that `_route` is given.
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from ledgerport.contract import Kind
from ledgerport.services.list_stuck import stuck_of_record
from ledgerport.services.record_fields import Ref
from ledgerport.services.show_history import record_tries
from ledgerport.web import history_words
from ledgerport.web.access import Looking, TheHub
from ledgerport.web.pages.history import CursorQuery
from ledgerport.web.render import page

router = APIRouter(prefix="/t/{tenant}")
RefPath = Annotated[Ref, Path()]


def _route(kind: Kind) -> None:
    @router.get(f"/{kind}s/{{ref}}/history", name=f"{kind}_history")
    def history(request: Request, ref: RefPath, place: Looking, hub: TheHub, cursor: CursorQuery = "") -> Response:
        tries = record_tries(hub, tenant_id=place.tenant_id, kind=kind, ref=ref, cursor=cursor)
        name = tries.rows[0].name if tries.rows else ref
        return page(
            request,
            "history_record.html",
            title=f"History of {kind} {name}",
            place=place,
            kind=kind.value,
            ref=ref,
            tries=tries,
            stuck=stuck_of_record(hub, tenant_id=place.tenant_id, kind=kind, ref=ref),
            cursor=cursor,
            at=history_words.record_at(place, kind.value, ref),
            words=history_words,
        )


for _kind in Kind:
    _route(_kind)
