"""Who may open the console: everybody for operators, the people of one tenant for its admins."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from ledgerport.services.context import Hub
from ledgerport.services.people import Invited, invite, keep_out, let_in, new_link
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.sign_in import Visitor
from ledgerport.services.tenants import list_tenants
from ledgerport.services.users import list_users
from ledgerport.web.access import Acting, Looking, Operating, OperatingForm, Place, TheHub, only_admins
from ledgerport.web.render import go, page

router = APIRouter()
_Text = Annotated[str, Form(max_length=200)]
_UserPath = Annotated[int, Path(ge=1, le=2**53)]
_EMPTY = {"email": "", "name": "", "role": "admin", "tenant": ""}


class _Desk(NamedTuple):
    """One of the two pages: where it is, and whom it is about (`tenant`: a slug; None: everybody)."""

    at: str
    visitor: Visitor
    place: Place | None = None

    @property
    def tenant(self) -> str | None:
        return self.place.slug if self.place is not None else None


def _operators(visitor: Visitor) -> _Desk:
    return _Desk("/operator/users", visitor)


def _admins(place: Place) -> _Desk:
    return _Desk(only_admins(place).at("people"), place.visitor, place)


@router.get("/operator/users")
def users(request: Request, visitor: Operating, hub: TheHub) -> Response:
    return _show(request, hub, _operators(visitor))


@router.get("/t/{tenant}/people")
def people(request: Request, place: Looking, hub: TheHub) -> Response:
    return _show(request, hub, _admins(place))


@router.post("/operator/users")
def add_user(
    request: Request,
    visitor: OperatingForm,
    hub: TheHub,
    email: _Text = "",
    name: _Text = "",
    role: _Text = "",
    tenant: _Text = "",
) -> Response:
    return _add(request, hub, _operators(visitor), {"email": email, "name": name, "role": role, "tenant": tenant})


@router.post("/t/{tenant}/people")
def add_person(
    request: Request, place: Acting, hub: TheHub, email: _Text = "", name: _Text = "", role: _Text = ""
) -> Response:
    given = {"email": email, "name": name, "role": role, "tenant": place.slug}
    return _add(request, hub, _admins(place), given)


@router.post("/operator/users/{user_id}/{act}")
def change_user(request: Request, visitor: OperatingForm, hub: TheHub, user_id: _UserPath, act: str) -> Response:
    return _change(request, hub, _operators(visitor), user_id, act)


@router.post("/t/{tenant}/people/{user_id}/{act}")
def change_person(request: Request, place: Acting, hub: TheHub, user_id: _UserPath, act: str) -> Response:
    return _change(request, hub, _admins(place), user_id, act)


def _add(request: Request, hub: Hub, desk: _Desk, given: dict[str, str]) -> Response:
    kept = {name: value.strip() for name, value in given.items()}
    try:
        made = invite(
            hub,
            email=kept["email"],
            name=kept["name"],
            role=kept["role"],
            tenant=kept["tenant"] or None,
            by=desk.visitor,
        )
    except BadChoice as wrong:
        return _show(request, hub, desk, kept=kept, errors={wrong.field: f"{wrong.reason} {wrong.next_step}"})
    except Conflict as wrong:
        return _show(request, hub, desk, kept=kept, errors={"email": wrong.reason})
    except NotFound as wrong:
        return _show(request, hub, desk, kept=kept, errors={"tenant": str(wrong)})
    return _show(request, hub, desk, made=made)


def _change(request: Request, hub: Hub, desk: _Desk, user_id: int, act: str) -> Response:
    if act == "link":
        return _show(request, hub, desk, made=new_link(hub, user_id=user_id, tenant=desk.tenant))
    if act == "out":
        person = keep_out(hub, user_id=user_id, tenant=desk.tenant, by=desk.visitor)
        return go(request, desk.at, f"{person.name} is kept out, and signed out everywhere.")
    if act == "in":
        person = let_in(hub, user_id=user_id, tenant=desk.tenant)
        return go(request, desk.at, f"{person.name} may sign in again.")
    raise NotFound("There is no such page.")


def _show(
    request: Request,
    hub: Hub,
    desk: _Desk,
    *,
    kept: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    made: Invited | None = None,
) -> Response:
    """The list, with the form to let somebody in. A link that was made is shown here once, and never again."""
    everybody = desk.tenant is None
    tenants = [(its.slug, its.name) for its in list_tenants(hub)] if everybody else []
    roles = [("admin", "Admin: looks and acts"), ("viewer", "Viewer: looks")]
    return page(
        request,
        "users.html",
        title="Users" if everybody else "People",
        status=422 if errors else 200,
        place=desk.place,
        at=desk.at,
        people=list_users(hub, tenant=desk.tenant),
        everybody=everybody,
        tenants=[("", "None, for an operator"), *tenants],
        roles=[*roles, ("operator", "Operator: everything, for every tenant")] if everybody else roles,
        kept=kept or _EMPTY,
        errors=errors or {},
        made=made,
    )
