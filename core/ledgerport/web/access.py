"""Who looks at a page and what they may do there: asked by every page, in its signature."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Path, Request

from ledgerport.services.context import Hub
from ledgerport.services.rejections import NotFound
from ledgerport.services.sign_in import NotSignedIn, Visitor, csrf_token, read_session
from ledgerport.services.tenants import find_tenant

COOKIE = "ledgerport_session"
SLUG = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


class NotAllowed(Exception):
    """Somebody who is signed in may not do this. The message says who may."""


def the_hub(request: Request) -> Hub:
    """The parts of this process."""
    hub: Hub = request.app.state.hub
    return hub


TheHub = Annotated[Hub, Depends(the_hub)]


def visitor_of(request: Request, hub: TheHub) -> Visitor:
    """Who this browser belongs to. Raises NotSignedIn."""
    secret = request.cookies.get(COOKIE, "")
    if not secret or len(secret) > 200:
        raise NotSignedIn
    visitor = read_session(hub, secret)
    request.state.visitor = visitor
    return visitor


SignedIn = Annotated[Visitor, Depends(visitor_of)]


async def checked_form(request: Request, hub: TheHub, visitor: SignedIn) -> None:
    """A form that changes something must come from a page of ours, shown to this session. Raises NotAllowed."""
    check_origin(request, hub)
    given = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest(given.encode(), csrf_token(hub, visitor).encode()):
        raise NotAllowed("This form is from an earlier sign-in. Go back, load the page again, and send it once more.")


def check_origin(request: Request, hub: Hub) -> None:
    """Raises NotAllowed for a form that another site sent; browsers say so themselves."""
    origin = request.headers.get("origin")
    ours = {urlsplit(hub.public_url)[:2], (request.url.scheme, request.url.netloc)}
    if origin is not None and urlsplit(origin)[:2] not in ours:
        raise NotAllowed("This form was sent by another site.")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A tenant's page: whose books, and who looks at them."""

    tenant_id: int
    slug: str
    name: str
    currency: str
    visitor: Visitor

    @property
    def by(self) -> str:
        """Who did it, for history."""
        return f"user:{self.visitor.email}"

    def at(self, path: str = "") -> str:
        """An address within this tenant."""
        return f"/t/{self.slug}/{path}".rstrip("/")


def _place(hub: TheHub, visitor: SignedIn, tenant: Annotated[str, Path(pattern=SLUG)]) -> Place:
    return place_of(hub, visitor, tenant)


def place_of(hub: Hub, visitor: Visitor, tenant: str) -> Place:
    """Operators see every tenant, everybody else their own; of others they do not learn that they exist. Raises
    NotFound."""
    if not visitor.is_operator and visitor.tenant != tenant:
        raise NotFound("There is no such page.")
    found = find_tenant(hub, tenant)
    return Place(tenant_id=found.id, slug=found.slug, name=found.name, currency=found.currency, visitor=visitor)


def place_at(hub: Hub, visitor: Visitor | None, path: str) -> Place | None:
    """Whose pages an address is among, as far as somebody may see them."""
    found = re.match(r"/t/([a-z0-9-]+)(/|$)", path)
    if found is None or visitor is None:
        return None
    try:
        return place_of(hub, visitor, found[1])
    except NotFound:
        return None


def own_place(hub: Hub, visitor: Visitor) -> Place | None:
    """The pages of a person's own tenant; operators have none."""
    return place_of(hub, visitor, visitor.tenant) if visitor.tenant else None


def only_admins(place: Place) -> Place:
    """Raises NotAllowed for who may only look at a tenant's books."""
    if not place.visitor.may_act:
        raise NotAllowed("Only an admin of your company sees this page.")
    return place


def _acting(place: Annotated[Place, Depends(_place)], _form: Annotated[None, Depends(checked_form)]) -> Place:
    if not place.visitor.may_act:
        raise NotAllowed("You may look at this, but not change it. Ask an admin of your company.")
    return place


def _operator(visitor: SignedIn) -> Visitor:
    if not visitor.is_operator:
        raise NotFound("There is no such page.")
    return visitor


def _operating(
    visitor: Annotated[Visitor, Depends(_operator)], _form: Annotated[None, Depends(checked_form)]
) -> Visitor:
    return visitor


# What pages ask for: to look, to act (forms), to operate. One `Depends` each: of several, only the last would count.
Looking = Annotated[Place, Depends(_place)]
Acting = Annotated[Place, Depends(_acting)]
Operating = Annotated[Visitor, Depends(_operator)]
OperatingForm = Annotated[Visitor, Depends(_operating)]
