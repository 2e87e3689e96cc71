"""Chooses accounts and tax codes of a connected company as an operator would: the first that fits."""

from __future__ import annotations

from ledgerport.contract import AccountUse, ItemType, ProviderTerms, PushMapping
from ledgerport.services.context import Hub
from ledgerport.services.map_accounts import choose_deposit_account, map_default, map_tax_code
from ledgerport.services.show_connections import list_accounts, list_tax_codes


def map_defaults(hub: Hub, tenant: int, terms: ProviderTerms) -> None:
    """The first account of each use, and a tax code each for taxed and untaxed lines. Raises AssertionError when what
    the terms need is not listed."""
    name, first = terms.slug, _first_accounts(hub, tenant, terms)
    if any(its.needs_income_account for its in terms.kinds.values()):
        assert AccountUse.INCOME in first, "pull_accounts tells no active account for income"
        for type in ItemType:
            map_default(
                hub,
                tenant_id=tenant,
                provider=name,
                item_type=type,
                income_account=first[AccountUse.INCOME],
                expense_account=first.get(AccountUse.EXPENSE, ""),
            )
    if _needs_deposit(terms):
        assert AccountUse.DEPOSIT in first, "pull_accounts tells no active account for deposits"
        choose_deposit_account(hub, tenant_id=tenant, provider=name, account=first[AccountUse.DEPOSIT])
    chosen: dict[str, str] = {}
    for code in list_tax_codes(hub, tenant_id=tenant, provider=name):
        if code.active and code.rate is not None:
            chosen.setdefault("taxable" if code.rate else "exempt", code.id)
    for ours, theirs in chosen.items():
        map_tax_code(hub, tenant_id=tenant, provider=name, code=ours, remote_id=theirs)


def mapping_of(hub: Hub, tenant: int, terms: ProviderTerms) -> PushMapping:
    """What was chosen, as a push carries it."""
    first = _first_accounts(hub, tenant, terms)
    codes: dict[str, str] = {}
    for row in list_tax_codes(hub, tenant_id=tenant, provider=terms.slug):
        codes.update(dict.fromkeys(row.mapped_to, row.id))
    return PushMapping(
        income_account=first.get(AccountUse.INCOME, ""),
        expense_account=first.get(AccountUse.EXPENSE, ""),
        deposit_account=first.get(AccountUse.DEPOSIT, "") if _needs_deposit(terms) else "",
        tax_codes=codes,
    )


def _needs_deposit(terms: ProviderTerms) -> bool:
    return any(its.needs_deposit_account for its in terms.kinds.values())


def _first_accounts(hub: Hub, tenant: int, terms: ProviderTerms) -> dict[str, str]:
    first: dict[str, str] = {}
    for account in list_accounts(hub, tenant_id=tenant, provider=terms.slug):
        if account.active:
            first.setdefault(account.use, account.id)
    return first
