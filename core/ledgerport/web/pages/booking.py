"""What can be chosen about where things are booked at a provider, and what was chosen: for the mapping pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledgerport.contract import AccountUse, ItemType, Kind
from ledgerport.services.context import Hub
from ledgerport.services.our_tax_codes import EXEMPT, OurTaxCode, our_tax_codes
from ledgerport.services.provider_labels import terms_of
from ledgerport.services.release_causes import TAXABLE
from ledgerport.services.show_connections import (
    DefaultView,
    LedgerAccountView,
    MappingPage,
    TaxCodeView,
    list_accounts,
    list_mapping,
    list_tax_codes,
)
from ledgerport.web.access import Place

Options = Sequence[tuple[str, str]]
TYPE_WORDS = {ItemType.SERVICE.value: "Services", ItemType.PRODUCT.value: "Products"}
CODE_WORDS = {TAXABLE: "Taxed lines", EXEMPT: "Lines without tax"}


@dataclass(frozen=True, kw_only=True)
class Booking:
    """Options are (id, words). `books_items`, `books_deposits`, `books_taxes`: whether there is something to choose;
    `needs_deposit`, `needs_taxes`: records wait without the choice. `open`: what still waits for a choice, in words."""

    income: Options
    expense: Options
    deposit: Options
    taxes: Options
    names: dict[str, str]
    defaults: list[DefaultView]
    deposit_account: str
    tax_codes: list[OurTaxCode]
    unmapped: int
    books_items: bool
    books_deposits: bool
    books_taxes: bool
    needs_deposit: bool
    needs_taxes: bool
    anything_read: bool
    open: list[str]

    @property
    def anything(self) -> bool:
        """Whether this provider leaves anything to choose."""
        return self.books_items or self.books_deposits or self.books_taxes

    def type_words(self, item_type: str) -> str:
        """`Services`."""
        return TYPE_WORDS[item_type]

    def code_words(self, code: str) -> str:
        """`Taxed lines`, or our code by its name."""
        return CODE_WORDS.get(code) or f'Our tax code "{code}"'


def booking(hub: Hub, place: Place, provider: str, mapping: MappingPage | None = None) -> Booking:
    """As it stands; `mapping`: any page of the items, where the caller has one. Raises NotFound."""
    tenant_id = place.tenant_id
    accounts = list_accounts(hub, tenant_id=tenant_id, provider=provider)
    remote_codes = list_tax_codes(hub, tenant_id=tenant_id, provider=provider)
    mapping = mapping or list_mapping(hub, tenant_id=tenant_id, provider=provider, limit=1)
    codes = our_tax_codes(hub, tenant_id=tenant_id, provider=provider)
    terms = terms_of(hub, provider)
    kinds = terms.kinds.values() if terms is not None else ()
    needs_income = any(kind.needs_income_account for kind in kinds)
    needs_deposit = (
        terms is not None and Kind.PAYMENT in terms.kinds and terms.kinds[Kind.PAYMENT].needs_deposit_account
    )
    needs_taxes = any(kind.needs_tax_codes for kind in kinds)
    chosen = {row.item_type: row for row in mapping.defaults}
    deposits = options_for(accounts, AccountUse.DEPOSIT, [mapping.deposit_account])
    return Booking(
        income=options_for(accounts, AccountUse.INCOME, [row.income_account for row in chosen.values()]),
        expense=options_for(accounts, AccountUse.EXPENSE, [row.expense_account for row in chosen.values()]),
        deposit=deposits,
        taxes=tax_options(remote_codes),
        names={account.id: account_words(account) for account in accounts},
        defaults=[chosen.get(item_type) or _blank(item_type) for item_type in TYPE_WORDS],
        deposit_account=mapping.deposit_account,
        tax_codes=codes,
        unmapped=mapping.unmapped if needs_income else 0,
        books_items=needs_income,
        books_deposits=needs_deposit or bool(deposits),
        books_taxes=needs_taxes or bool(remote_codes),
        needs_deposit=needs_deposit,
        needs_taxes=needs_taxes,
        anything_read=bool(accounts or remote_codes),
        open=[
            words
            for words, waits in (
                ("items", needs_income and mapping.unmapped > 0),
                ("payments", needs_deposit and not mapping.deposit_account),
                ("taxes", any(code.waited_for for code in codes)),
            )
            if waits
        ],
    )


def options_for(accounts: Sequence[LedgerAccountView], use: AccountUse, chosen: Sequence[str]) -> Options:
    """The accounts that can be chosen for something; one that was chosen and is not active any more says so."""
    return [
        (account.id, account_words(account) + ("" if account.active else " (not active any more)"))
        for account in accounts
        if account.use == use and (account.active or account.id in chosen)
    ]


def account_words(account: LedgerAccountView) -> str:
    """`4000 Sales`."""
    return f"{account.number} {account.name}".strip()


def tax_options(codes: Sequence[TaxCodeView]) -> Options:
    """`Texas (8.25 %)`."""
    return [
        (code.id, code.name + (f" ({code.rate.normalize():f} %)" if code.rate is not None else ""))
        for code in codes
        if code.active or code.mapped_to
    ]


def _blank(item_type: str) -> DefaultView:
    return DefaultView(item_type=item_type, income_account="", expense_account="")
