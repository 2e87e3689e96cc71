"""`ledgerport accounts`: the chart of accounts; where items, payments and taxes are booked."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show, show_json
from ledgerport.contract import ItemType
from ledgerport.services.map_accounts import (
    Mapped,
    apply_to_unmapped,
    choose_deposit_account,
    map_default,
    map_item,
    map_tax_code,
    unmap_default,
    unmap_item,
    unmap_tax_code,
)
from ledgerport.services.show_connections import list_accounts, list_mapping, list_tax_codes

app = typer.Typer(help="The chart of accounts; where items, payments and taxes are booked.", no_args_is_help=True)
_Income = Annotated[str, typer.Option("--income", metavar="ID", help="The income account's id, as in the list.")]
_Expense = Annotated[str, typer.Option("--expense", metavar="ID", help="The expense account's id, for costs.")]


@app.command("list")
def index(
    provider: ProviderArgument,
    tenant: TenantOption,
    use: Annotated[str, typer.Option(help="Only of this use: income, expense, deposit or other.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the accounts of the books as last read."""
    with running_tenant(tenant) as (hub, tenant_id):
        found = list_accounts(hub, tenant_id=tenant_id, provider=provider)
    shown = [account for account in found if use in ("", account.use)]
    show(shown, ("id", "name", "number", "use", "active"), as_json=as_json, empty="No accounts were read yet.")


@app.command("unmapped")
def unmapped(
    provider: ProviderArgument,
    tenant: TenantOption,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List items that wait for an income account."""
    with running_tenant(tenant) as (hub, tenant_id):
        page = list_mapping(hub, tenant_id=tenant_id, provider=provider, unmapped=True, limit=limit)
    if as_json:
        show_json(page)
        return
    show(page.rows, ("ref", "name", "sku", "type"), as_json=False, empty="Every item has an income account.")
    if page.unmapped > len(page.rows):
        say(f"{page.unmapped:,} items in all.")


@app.command("map")
def map_accounts(
    provider: ProviderArgument,
    tenant: TenantOption,
    income: _Income,
    expense: _Expense = "",
    item: Annotated[str | None, typer.Option(metavar="REF", help="One item.")] = None,
    item_type: Annotated[ItemType | None, typer.Option("--type", help="All items of a type without their own.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Book one item, or by default all items of a type, to these accounts; what waited for it goes on."""
    with running_tenant(tenant) as (hub, tenant_id):
        if item is not None and item_type is None:
            mapped = map_item(
                hub,
                tenant_id=tenant_id,
                provider=provider,
                item=item,
                income_account=income,
                expense_account=expense,
            )
        elif item_type is not None and item is None:
            mapped = map_default(
                hub,
                tenant_id=tenant_id,
                provider=provider,
                item_type=item_type,
                income_account=income,
                expense_account=expense,
            )
        else:
            raise typer.BadParameter("Give either --item REF or --type service|product.")
    _tell(mapped, as_json=as_json)


@app.command("unmap")
def unmap(
    provider: ProviderArgument,
    tenant: TenantOption,
    item: Annotated[str | None, typer.Option(metavar="REF", help="One item, which follows its type then.")] = None,
    item_type: Annotated[ItemType | None, typer.Option("--type", help="The default of a type.")] = None,
) -> None:
    """Take the accounts of one item, or the default of a type, away; items without any wait for one."""
    with running_tenant(tenant) as (hub, tenant_id):
        if item is not None and item_type is None:
            unmap_item(hub, tenant_id=tenant_id, provider=provider, item=item)
            told = f"Item {item} follows its type again."
        elif item_type is not None and item is None:
            unmap_default(hub, tenant_id=tenant_id, provider=provider, item_type=item_type)
            told = f"Every {item_type} without an account of its own waits for one."
        else:
            raise typer.BadParameter("Give either --item REF or --type service|product.")
    say(told)


@app.command("apply-to-unmapped")
def apply(
    provider: ProviderArgument,
    tenant: TenantOption,
    income: _Income,
    expense: _Expense = "",
    item: Annotated[list[str] | None, typer.Option(metavar="REF", help="Only these items; may be repeated.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Book all unmapped items, or the items given, to these accounts."""
    with running_tenant(tenant) as (hub, tenant_id):
        mapped = apply_to_unmapped(
            hub,
            tenant_id=tenant_id,
            provider=provider,
            income_account=income,
            expense_account=expense,
            items=item or None,
        )
    _tell(mapped, as_json=as_json)


@app.command("deposit")
def deposit(
    provider: ProviderArgument,
    tenant: TenantOption,
    account: Annotated[
        str, typer.Option("--account", metavar="ID", help="A deposit account's id, as in the list; empty: none.")
    ],
) -> None:
    """Choose the account that payments go to; payments that waited for it go on."""
    with running_tenant(tenant) as (hub, tenant_id):
        choose_deposit_account(hub, tenant_id=tenant_id, provider=provider, account=account)
    say(f"Payments go to account {account}." if account else "No account is chosen for payments.")


@app.command("tax-codes")
def tax_codes(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """List the tax codes of the books as last read, and which of ours they stand for."""
    with running_tenant(tenant) as (hub, tenant_id):
        found = list_tax_codes(hub, tenant_id=tenant_id, provider=provider)
    show(found, ("id", "name", "rate", "active", "mapped_to"), as_json=as_json, empty="No tax codes were read yet.")


@app.command("map-tax")
def map_tax(
    provider: ProviderArgument,
    tenant: TenantOption,
    to: Annotated[
        str, typer.Option("--to", metavar="ID", help="A tax code's id, as `tax-codes` lists it; empty: none.")
    ],
    code: Annotated[str, typer.Option(help="Our code: taxable, exempt, or one of the host app's own.")] = "taxable",
) -> None:
    """Say which tax of the books one of our tax codes stands for; documents that waited for it go on."""
    with running_tenant(tenant) as (hub, tenant_id):
        if to:
            map_tax_code(hub, tenant_id=tenant_id, provider=provider, code=code, remote_id=to)
        else:
            unmap_tax_code(hub, tenant_id=tenant_id, provider=provider, code=code)
    say(f'"{code}" stands for {to or "no tax code"}.')


def _tell(mapped: Mapped, *, as_json: bool) -> None:
    if as_json:
        show_json(mapped)
    else:
        say(f"{mapped.items:,} items mapped; {mapped.released:,} changes that waited go on.")
