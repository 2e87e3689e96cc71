"""Where items, payments and taxes are booked: by type, for all unmapped items at once, or item by item."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ledgerport.contract import ContractError, ItemType, LoginNeeded
from ledgerport.services.context import Hub
from ledgerport.services.map_accounts import (
    Mapped,
    apply_to_unmapped,
    choose_deposit_account,
    map_default,
    map_tax_code,
    unmap_default,
    unmap_item,
    unmap_tax_code,
)
from ledgerport.services.provider_labels import label_of
from ledgerport.services.read_books import read_books
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import list_mapping, show_connection
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.forms import Fields, FormFields
from ledgerport.web.pages.booking import Booking, booking
from ledgerport.web.pages.integrations import ProviderPath
from ledgerport.web.pages.wizard import wizard_steps
from ledgerport.web.render import go, page, plural, query

router = APIRouter(prefix="/t/{tenant}/integrations/{provider}")
_ROWS = 50
_NO_FORM = Fields()
_Search = Annotated[str, Query(max_length=200)]


@router.get("/mapping")
def show(
    request: Request,
    place: Looking,
    hub: TheHub,
    provider: ProviderPath,
    show: Annotated[str, Query(pattern="^(unmapped)?$")] = "",
    q: _Search = "",
    cursor: _Search = "",
) -> Response:
    return _page(request, place, hub, provider, show=show, search=q.strip(), cursor=cursor)


@router.get("/wizard/accounts")
def step(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    return _step(request, place, hub, provider)


@router.post("/mapping/booking")
def save(request: Request, place: Acting, hub: TheHub, provider: ProviderPath, form: FormFields) -> Response:
    """The defaults by type, the deposit account and the taxes: what was changed of them is saved."""
    now = booking(hub, place, provider)
    try:
        mapped = _save(hub, place, provider, form, now)
    except BadChoice as wrong:
        return _again(request, place, hub, provider, form, wrong)
    back = place.at(f"integrations/{provider}/{'wizard/settings' if form.text('back') == 'wizard' else 'mapping'}")
    return go(request, back, f"Saved. {_told(mapped)}".strip())


@router.post("/mapping/items")
def apply(request: Request, place: Acting, hub: TheHub, provider: ProviderPath, form: FormFields) -> Response:
    """Book the ticked items, or all unmapped ones, to an account; or let the ticked follow their type again."""
    which, ticked = form.text("which"), list(form.texts("item"))
    try:
        if which != "unmapped" and not ticked:
            raise BadChoice("item", "No item is ticked.", "Tick the items first.")
        if which == "default":
            for ref in ticked:
                unmap_item(hub, tenant_id=place.tenant_id, provider=provider, item=ref)
            told = f"{plural(len(ticked), 'item')} {'follows' if len(ticked) == 1 else 'follow'} the type again."
        else:
            if not form.text("income_account"):
                raise BadChoice("income_account", "Choose the account that these items are booked to.")
            mapped = apply_to_unmapped(
                hub,
                tenant_id=place.tenant_id,
                provider=provider,
                income_account=form.text("income_account"),
                expense_account=form.text("expense_account"),
                items=None if which == "unmapped" else ticked,
            )
            told = _told(mapped) or "There was no item to map."
    except BadChoice as wrong:
        return _again(request, place, hub, provider, form, wrong)
    at = place.at(f"integrations/{provider}")
    if form.text("back") == "wizard":
        return go(request, f"{at}/wizard/accounts", told)
    return go(request, f"{at}/mapping{query(show=_shown(form), q=form.text('q'))}#items", told)


@router.post("/mapping/refresh")
def refresh(request: Request, place: Acting, hub: TheHub, provider: ProviderPath, form: FormFields) -> Response:
    """Ask the provider for its accounts and tax codes; a person waits for the answer."""
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    back = place.at(f"integrations/{provider}/{'wizard/accounts' if form.text('back') == 'wizard' else 'mapping'}")
    try:
        found = read_books(hub, connection.id)
    except LoginNeeded as lost:
        # Its page has the button.
        return go(request, place.at(f"integrations/{provider}"), lost.reason, kind="warn")
    except ContractError as error:
        return go(request, back, f"The accounts were not read. {error.reason} Try again in a minute.", kind="bad")
    told = f"{plural(found.accounts or 0, 'account')} and {plural(found.tax_codes or 0, 'tax code')} were read."
    return go(request, back, told)


def _save(hub: Hub, place: Place, provider: str, form: Fields, now: Booking) -> Mapped:
    items = released = 0
    for its in now.defaults:
        income, expense = form.text(f"income_{its.item_type}"), form.text(f"expense_{its.item_type}")
        if f"income_{its.item_type}" not in form or (income, expense) == (its.income_account, its.expense_account):
            continue
        if not income and not expense:
            unmap_default(hub, tenant_id=place.tenant_id, provider=provider, item_type=ItemType(its.item_type))
            continue
        try:
            mapped = map_default(
                hub,
                tenant_id=place.tenant_id,
                provider=provider,
                item_type=ItemType(its.item_type),
                income_account=income,
                expense_account=expense,
            )
        except BadChoice as wrong:
            reason = wrong.reason if income else "Choose the income account too."
            field = f"{'expense' if wrong.field == 'expense_account' else 'income'}_{its.item_type}"
            raise BadChoice(field, reason, wrong.next_step if income else "") from wrong
        items, released = items + mapped.items, released + mapped.released
    deposit = form.text("deposit_account")
    if "deposit_account" in form and deposit != now.deposit_account:
        try:
            choose_deposit_account(hub, tenant_id=place.tenant_id, provider=provider, account=deposit)
        except BadChoice as wrong:
            raise BadChoice("deposit_account", wrong.reason, wrong.next_step) from wrong
    mapped_to = {code.code: code.remote_id for code in now.tax_codes}
    for number, (code, remote_id) in enumerate(zip(form.texts("code"), form.texts("remote"), strict=False)):
        if not code or mapped_to.get(code, "") == remote_id:
            continue
        if not remote_id:
            unmap_tax_code(hub, tenant_id=place.tenant_id, provider=provider, code=code)
            continue
        try:
            map_tax_code(hub, tenant_id=place.tenant_id, provider=provider, code=code[:200], remote_id=remote_id)
        except BadChoice as wrong:
            raise BadChoice(f"remote-{number}", wrong.reason, wrong.next_step) from wrong
    return Mapped(items=items, released=released)


def _told(mapped: Mapped) -> str:
    """`214 items are mapped, and 12 records that waited go on.`"""
    told = f"{plural(mapped.items, 'item')} {'is' if mapped.items == 1 else 'are'} mapped" if mapped.items else ""
    if mapped.released:
        waited = "1 record that waited goes on" if mapped.released == 1 else f"{mapped.released:,} that waited go on"
        told = f"{told}, and {waited}" if told else waited
    return f"{told}." if told else ""


def _shown(form: Fields) -> str:
    return "unmapped" if form.text("show") == "unmapped" else ""


def _again(request: Request, place: Place, hub: Hub, provider: str, form: Fields, wrong: BadChoice) -> Response:
    """The page once more, with what was filled in and what is wrong with it."""
    if form.text("back") == "wizard":
        return _step(request, place, hub, provider, wrong=wrong, form=form)
    return _page(request, place, hub, provider, show=_shown(form), search=form.text("q"), wrong=wrong, form=form)


def _page(
    request: Request,
    place: Place,
    hub: Hub,
    provider: str,
    *,
    show: str = "",
    search: str = "",
    cursor: str = "",
    wrong: BadChoice | None = None,
    form: Fields = _NO_FORM,
) -> Response:
    label = label_of(hub, provider)
    items = list_mapping(
        hub,
        tenant_id=place.tenant_id,
        provider=provider,
        unmapped=show == "unmapped",
        search=search,
        cursor=cursor,
        limit=_ROWS,
    )
    here = place.at(f"integrations/{provider}/mapping")
    return page(
        request,
        "mapping.html",
        title=f"Accounts and taxes in {label}",
        status=422 if wrong else 200,
        place=place,
        label=label,
        at=place.at(f"integrations/{provider}"),
        booking=booking(hub, place, provider, items),
        items=items,
        show=show,
        search=search,
        first=f"{here}{query(show=show, q=search)}#items" if cursor else "",
        next=f"{here}{query(show=show, q=search, cursor=items.next)}#items" if items.next else "",
        wrong=wrong,
        form=form,
    )


def _step(
    request: Request,
    place: Place,
    hub: Hub,
    provider: str,
    *,
    wrong: BadChoice | None = None,
    form: Fields = _NO_FORM,
) -> Response:
    its, label = booking(hub, place, provider), label_of(hub, provider)
    return page(
        request,
        "wizard_accounts.html",
        title=f"Where {label} books things",
        status=422 if wrong else 200,
        place=place,
        label=label,
        at=place.at(f"integrations/{provider}"),
        wizard=wizard_steps(place, provider, "accounts", done=() if its.open else ("accounts",)),
        booking=its,
        wrong=wrong,
        form=form,
    )
