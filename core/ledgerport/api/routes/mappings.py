"""Where items, taxes and deposits are booked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, ProviderPath, Reader, RefPath, TheHub, Writer
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
from ledgerport.services.read_books import BooksRead, read_books
from ledgerport.services.record_fields import Ref, Short
from ledgerport.services.show_connections import (
    ConnectionView,
    LedgerAccountView,
    MappingPage,
    TaxCodeView,
    list_accounts,
    list_mapping,
    list_tax_codes,
    show_connection,
)

router = APIRouter(prefix="/connections/{provider}", tags=["mappings"])
AccountId = Annotated[Short, Field(min_length=1, description="The provider's id of an account.")]


class Accounts(BaseModel):
    """Where an item is booked; `expense_account` only where the item has a cost."""

    model_config = ConfigDict(extra="forbid")

    income_account: AccountId
    expense_account: Short = ""


class ManyAccounts(Accounts):
    """The same for all unmapped items, or for the items given."""

    items: Annotated[list[Ref], Field(min_length=1, max_length=10_000)] | None = None


class DepositAccount(BaseModel):
    """Where payments are deposited; empty: where the provider puts them by itself."""

    model_config = ConfigDict(extra="forbid")

    account: Short


class RemoteCode(BaseModel):
    """A tax code of the books."""

    model_config = ConfigDict(extra="forbid")

    remote_id: AccountId


@router.get("/accounts", summary="The chart of accounts as last read")
def accounts(provider: ProviderPath, hub: TheHub, caller: Reader) -> list[LedgerAccountView]:
    return list_accounts(hub, tenant_id=caller.tenant_id, provider=provider)


@router.get("/tax-codes", summary="The tax codes as last read")
def tax_codes(provider: ProviderPath, hub: TheHub, caller: Reader) -> list[TaxCodeView]:
    return list_tax_codes(hub, tenant_id=caller.tenant_id, provider=provider)


@router.post(
    "/accounts/refresh", response_model=BooksRead, summary="Read accounts and tax codes from the provider again"
)
def refresh(provider: ProviderPath, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    connection = show_connection(hub, tenant_id=caller.tenant_id, provider=provider)
    return once(200, BooksRead, lambda: read_books(hub, connection.id))


@router.get("/mappings", summary="Items and where they are booked; how many are unmapped")
def mappings(
    provider: ProviderPath,
    hub: TheHub,
    caller: Reader,
    unmapped: Annotated[bool, Query(description="Only items without an income account.")] = False,
    search: Annotated[Short, Query(description="In ref, name and SKU.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> MappingPage:
    return list_mapping(
        hub,
        tenant_id=caller.tenant_id,
        provider=provider,
        unmapped=unmapped,
        search=search,
        cursor=cursor,
        limit=limit,
    )


@router.put("/mappings/items/{ref}", summary="Map one item; what waited for it goes on")
def put_item(provider: ProviderPath, ref: RefPath, chosen: Accounts, hub: TheHub, caller: Writer) -> Mapped:
    return map_item(
        hub,
        tenant_id=caller.tenant_id,
        provider=provider,
        item=ref,
        income_account=chosen.income_account,
        expense_account=chosen.expense_account,
    )


@router.delete("/mappings/items/{ref}", status_code=204, summary="Let the item follow the default of its type again")
def delete_item(provider: ProviderPath, ref: RefPath, hub: TheHub, caller: Writer) -> None:
    unmap_item(hub, tenant_id=caller.tenant_id, provider=provider, item=ref)


@router.put("/mappings/defaults/{item_type}", summary="Map all items of a type that have no mapping of their own")
def put_default(provider: ProviderPath, item_type: ItemType, chosen: Accounts, hub: TheHub, caller: Writer) -> Mapped:
    return map_default(
        hub,
        tenant_id=caller.tenant_id,
        provider=provider,
        item_type=item_type,
        income_account=chosen.income_account,
        expense_account=chosen.expense_account,
    )


@router.delete("/mappings/defaults/{item_type}", status_code=204, summary="Take the default of a type away")
def delete_default(provider: ProviderPath, item_type: ItemType, hub: TheHub, caller: Writer) -> None:
    unmap_default(hub, tenant_id=caller.tenant_id, provider=provider, item_type=item_type)


@router.post("/mappings/apply-to-unmapped", response_model=Mapped, summary="Map all unmapped items, or those given")
def apply(provider: ProviderPath, chosen: ManyAccounts, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    return once(
        200,
        Mapped,
        lambda: apply_to_unmapped(
            hub,
            tenant_id=caller.tenant_id,
            provider=provider,
            income_account=chosen.income_account,
            expense_account=chosen.expense_account,
            items=chosen.items,
        ),
    )


@router.put("/tax-mappings/{code}", status_code=204, summary="Map one of our tax codes")
def put_tax_code(
    provider: ProviderPath, code: Annotated[Ref, Path()], chosen: RemoteCode, hub: TheHub, caller: Writer
) -> None:
    map_tax_code(hub, tenant_id=caller.tenant_id, provider=provider, code=code, remote_id=chosen.remote_id)


@router.delete("/tax-mappings/{code}", status_code=204, summary="Let one of our tax codes stand for none of theirs")
def delete_tax_code(provider: ProviderPath, code: Annotated[Ref, Path()], hub: TheHub, caller: Writer) -> None:
    unmap_tax_code(hub, tenant_id=caller.tenant_id, provider=provider, code=code)


@router.put("/deposit-account", summary="Choose where payments are deposited")
def put_deposit_account(provider: ProviderPath, chosen: DepositAccount, hub: TheHub, caller: Writer) -> ConnectionView:
    choose_deposit_account(hub, tenant_id=caller.tenant_id, provider=provider, account=chosen.account)
    return show_connection(hub, tenant_id=caller.tenant_id, provider=provider)
