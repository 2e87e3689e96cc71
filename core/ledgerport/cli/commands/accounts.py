"""`ledgerport accounts`: the chart of accounts, and where items are booked."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show, show_json
from ledgerport.contract import ItemType
from ledgerport.services.map_accounts import Mapped, apply_to_unmapped, map_default, map_item
from ledgerport.services.show_connections import list_accounts, list_mapping

app = typer.Typer(help="The chart of accounts, and where items are booked.", no_args_is_help=True)
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


def _tell(mapped: Mapped, *, as_json: bool) -> None:
    if as_json:
        show_json(mapped)
    else:
        say(f"{mapped.items:,} items mapped; {mapped.released:,} changes that waited go on.")
