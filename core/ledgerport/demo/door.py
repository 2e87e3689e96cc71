"""The door to the console for whoever ran the demo: links that sign in, each once."""

from __future__ import annotations

from ledgerport.services.context import Hub
from ledgerport.services.sign_in import make_link
from ledgerport.services.users import create_user


def operator_link(hub: Hub) -> str:
    """For somebody who sees every tenant, and may do everything."""
    return _link(hub, "operator", None)


def bookkeeper_link(hub: Hub, tenant: str) -> str:
    """For somebody who sees one tenant; `tenant` is its slug."""
    return _link(hub, "admin", tenant)


def _link(hub: Hub, role: str, tenant: str | None) -> str:
    name = "Bookkeeper" if tenant else "Operator"
    email = f"{name.lower()}@{tenant or 'hub'}.example"
    create_user(hub, email=email, name=name, role=role, tenant=tenant)
    return make_link(hub, email=email)
