"""Read a company's chart of accounts and tax codes, for the pages where a person maps items to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.contract import Account, Choices, Company, LedgerAccount, TaxCode
from ledgerport.db import models
from ledgerport.db.repositories import connections
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.provider_account import open_books
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.provider_labels import label_of
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict, NotFound


@dataclass(frozen=True, kw_only=True)
class BooksRead:
    """How many active accounts and tax codes the company has; None where the plugin does not offer the list."""

    accounts: int | None
    tax_codes: int | None


def read_books(hub: Hub, connection_id: int) -> BooksRead:
    """Read both lists and keep them; what is not there any more becomes inactive. Raises the contract's errors,
    NotFound, Conflict."""
    with hub.database.everything(read=True) as session:
        connection = session.get(models.Connection, connection_id)
        if connection is None:
            raise NotFound(f"There is no connection {connection_id}.")
        is_on = connections.provider_is_on(session, connection.tenant_id, connection.provider)
    if not is_on:
        label = label_of(hub, connection.provider)
        raise Conflict(f"Your operator has turned {label} off for this account.", "Ask your operator.")
    tenant_id, grant_id = connection.tenant_id, connection.grant_id
    if grant_id is None:
        raise Conflict("This connection has no sign-in to read the books with.", "Reconnect it first.")
    provider = plugin_for(hub, connection.provider)
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
        accounts = _ask(provider, "pull_accounts", call.account)
        codes = _ask(provider, "pull_tax_codes", call.account)
    with hub.database.tenant(tenant_id) as session:
        if accounts is not None:
            _keep_accounts(session, connection, accounts, hub.clock.now())
        if codes is not None:
            _keep_tax_codes(session, connection, codes)
    return BooksRead(
        accounts=None if accounts is None else sum(account.active for account in accounts),
        tax_codes=None if codes is None else sum(code.active for code in codes),
    )


def _ask(provider: Provider, hook: str, account: Account) -> list[Any] | None:
    return list(provider.ask(hook, account=account)) if provider.offers(hook) else None


def _keep_accounts(
    session: Session, connection: models.Connection, found: Sequence[LedgerAccount], now: datetime
) -> None:
    known = {
        row.remote_id: row
        for row in session.scalars(
            select(models.LedgerAccount).where(models.LedgerAccount.connection_id == connection.id)
        )
    }
    for account in found:
        row = known.pop(account.id, None)
        if row is None:
            row = models.LedgerAccount(connection_id=connection.id, remote_id=account.id)
            session.add(row)
        row.name, row.number, row.use = account.name[:200], account.number[:200], account.use
        row.active, row.read_at = account.active, now
    for gone in known.values():
        gone.active, gone.read_at = False, now


def _keep_tax_codes(session: Session, connection: models.Connection, found: Sequence[TaxCode]) -> None:
    known = {
        row.remote_id: row
        for row in session.scalars(
            select(models.RemoteTaxCode).where(models.RemoteTaxCode.connection_id == connection.id)
        )
    }
    for code in found:
        row = known.pop(code.id, None)
        if row is None:
            row = models.RemoteTaxCode(connection_id=connection.id, remote_id=code.id)
            session.add(row)
        row.name, row.rate, row.active = code.name[:200], code.rate, code.active
    for gone in known.values():
        gone.active = False
