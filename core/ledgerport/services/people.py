"""People as operators and a tenant's admins manage them. `tenant` is a slug that limits whom it is about; None: all."""

from __future__ import annotations

from typing import NamedTuple

from ledgerport.db.models import Role
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.sign_in import Visitor, make_link
from ledgerport.services.users import UserView, create_user, find_user, switch_user


class Invited(NamedTuple):
    """A person, and the address that signs them in once, within an hour. It is shown once."""

    person: UserView
    link: str


def invite(hub: Hub, *, email: str, name: str, role: str, tenant: str | None, by: Visitor) -> Invited:
    """Let somebody in. Raises BadChoice, Conflict, NotFound."""
    if not by.is_operator and (tenant != by.tenant or role == Role.OPERATOR):
        raise BadChoice("role", "Only an operator lets operators in.", "Choose admin or viewer.")
    person = create_user(hub, email=email, name=name, role=role, tenant=tenant)
    return Invited(person, make_link(hub, email=person.email))


def new_link(hub: Hub, *, user_id: int, tenant: str | None = None) -> Invited:
    """Another link for somebody who is there. Raises NotFound; Conflict for somebody who is kept out."""
    person = _find(hub, user_id, tenant)
    if person.disabled_at is not None:
        raise Conflict(f"{person.email} is kept out.", "Let them in again first.")
    return Invited(person, make_link(hub, email=person.email))


def keep_out(hub: Hub, *, user_id: int, by: Visitor, tenant: str | None = None) -> UserView:
    """Nobody signs in as them any more, and their browsers are signed out. Raises NotFound, Conflict for oneself."""
    person = _find(hub, user_id, tenant)
    if person.id == by.user_id:
        raise Conflict("You cannot keep yourself out.", "Ask somebody else to do it.")
    switch_user(hub, email=person.email, on=False)
    return person


def let_in(hub: Hub, *, user_id: int, tenant: str | None = None) -> UserView:
    """They may sign in again. Raises NotFound."""
    person = _find(hub, user_id, tenant)
    switch_user(hub, email=person.email, on=True)
    return person


def _find(hub: Hub, user_id: int, tenant: str | None) -> UserView:
    person = find_user(hub, user_id)
    if person is None or (tenant is not None and person.tenant != tenant):
        raise NotFound("There is no such person.")
    return person
