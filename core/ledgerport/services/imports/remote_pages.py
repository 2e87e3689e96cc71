"""Asking a provider for one page of its customers or items."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledgerport.contract import Choices, Company, Kind, Page, PulledCustomer, PulledItem
from ledgerport.db.models import Connection, ConnectionState
from ledgerport.db.repositories import connections
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.imports.entries import Entry, customer_entry, item_entry
from ledgerport.services.provider_account import open_books
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict

HOOKS = {Kind.CUSTOMER: "pull_customers", Kind.ITEM: "pull_items"}


@dataclass(frozen=True, kw_only=True)
class RemotePage:
    """`entries` are in use over there. `next` None: that was the last page."""

    entries: list[Entry]
    next: str | None


def workable(session: Session, connection: Connection | None) -> str:
    """Why nothing may be asked of these books now; empty when it may."""
    if connection is None or connection.state == ConnectionState.DISCONNECTED:
        return "The connection is not there any more."
    if not connections.provider_is_on(session, connection.tenant_id, connection.provider):
        return "Your operator has turned this provider off for this account."
    if connection.state == ConnectionState.NEEDS_RECONNECTION:
        return "Waits until the connection is reconnected."
    if connection.state != ConnectionState.ACTIVE or connection.grant_id is None:
        return f"The connection is {connection.state}."
    return ""


def check_offered(hub: Hub, provider: str, kind: Kind) -> Provider:
    """The plugin, when it lets this kind be read. Raises NotFound, Conflict."""
    plugin = plugin_for(hub, provider)
    its = plugin.terms.kinds.get(kind)
    if its is None or not its.pull or not plugin.offers(HOOKS[kind]):
        raise Conflict(f"{plugin.terms.label} does not let its {kind}s be read.", "Skip this step.")
    return plugin


def read_page(hub: Hub, connection: Connection, kind: Kind, cursor: str | None) -> RemotePage:
    """One page; outside any transaction. Raises the contract's errors, NotFound, Conflict."""
    provider = check_offered(hub, connection.provider, kind)
    tenant_id, grant_id = connection.tenant_id, connection.grant_id
    if grant_id is None:
        raise Conflict("This connection has no sign-in to read the books with.", "Reconnect it first.")
    company = Company(
        id=connection.company_id,
        name=connection.company_name,
        currency=connection.currency,
        country=connection.country,
        facts=connection.facts,
    )
    with open_books(
        hub,
        provider,
        company,
        lambda refused: access_token(hub, tenant_id=tenant_id, grant_id=grant_id, refused_generation=refused),
        Choices(deposit_account=connection.deposit_account, values=connection.choices),
    ) as call:
        label = provider.terms.label
        page: Page[PulledCustomer | PulledItem] = provider.ask(HOOKS[kind], account=call.account, cursor=cursor)
        entries = [
            customer_entry(pulled, label) if isinstance(pulled, PulledCustomer) else item_entry(pulled, label)
            for pulled in page.rows
        ]
    return RemotePage(entries=[entry for entry in entries if entry is not None], next=page.next)
