"""An organisation's settings and the lists it starts with: chart of accounts, tax rates, currencies (section 3.7)."""

from __future__ import annotations

import uuid
from typing import Any

from ledgerport_xero_sandbox.envelopes import day, moment
from ledgerport_xero_sandbox.state import Books, Company

_SPACE = uuid.UUID("0d9a1b52-5a0c-4f58-8f4c-3a3f5a7d6c10")
CREATED = 1_767_600_000.0  # 2026-01-05
CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "GBP": "British Pound",
    "EUR": "Euro",
    "NZD": "New Zealand Dollar",
    "AUD": "Australian Dollar",
}
CLASSES = {
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"), "EXPENSE"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"), "LIABILITY"),
    **dict.fromkeys(("OTHERINCOME", "REVENUE", "SALES"), "REVENUE"),
    "EQUITY": "EQUITY",
}
#: (Code, Name, Type, TaxType, SystemAccount, EnablePaymentsToAccount, Status). Sales is taxed by default, so a line
#: that names no TaxType costs 8.25 % more; the savings account has no Code, as bank accounts may.
ACCOUNTS = (
    ("090", "Business Bank Account", "BANK", "NONE", "", False, "ACTIVE"),
    ("", "Business Savings Account", "BANK", "NONE", "", False, "ACTIVE"),
    ("200", "Sales", "REVENUE", "TAX001", "", False, "ACTIVE"),
    ("260", "Service Revenue", "REVENUE", "NONE", "", False, "ACTIVE"),
    ("270", "Interest Income", "REVENUE", "NONE", "", False, "ACTIVE"),
    ("290", "Old Service Income", "REVENUE", "NONE", "", False, "ARCHIVED"),
    ("300", "Purchases", "DIRECTCOSTS", "INPUT", "", False, "ACTIVE"),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT", "", False, "ACTIVE"),
    ("404", "Bank Fees", "EXPENSE", "NONE", "", False, "ACTIVE"),
    ("429", "General Expenses", "EXPENSE", "INPUT", "", False, "ACTIVE"),
    ("610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS", False, "ACTIVE"),
    ("630", "Inventory", "INVENTORY", "NONE", "", False, "ACTIVE"),
    ("800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS", False, "ACTIVE"),
    ("820", "Sales Tax", "CURRLIAB", "NONE", "GST", False, "ACTIVE"),
    ("855", "Undeposited Funds", "CURRENT", "NONE", "", True, "ACTIVE"),
    ("860", "Rounding", "CURRLIAB", "NONE", "ROUNDING", False, "ACTIVE"),
    ("960", "Retained Earnings", "EQUITY", "NONE", "RETAINEDEARNINGS", False, "ACTIVE"),
    ("970", "Owner A Share Capital", "EQUITY", "NONE", "", True, "ACTIVE"),
)
#: (TaxType, Name, percent, for sales, Status, [component names])
TAX_RATES = (
    ("TAX001", "Texas Sales Tax", "8.25", True, "ACTIVE", (("State Tax", "6.25"), ("City Tax", "2"))),
    ("OUTPUT", "Tax on Sales", "0", True, "ACTIVE", (("Tax on Sales", "0"),)),
    ("INPUT", "Tax on Purchases", "0", False, "ACTIVE", (("Tax on Purchases", "0"),)),
    ("NONE", "Tax Exempt", "0", True, "ACTIVE", (("No Tax", "0"),)),
    ("TAX002", "Old Texas Sales Tax", "8", True, "ARCHIVED", (("State Tax", "8"),)),
)


def account_id(company: str, name: str) -> str:
    """The stable AccountID of one of ACCOUNTS, by its Name."""
    return str(uuid.uuid5(_SPACE, f"{company}/{name}"))


def open_books(books: Books) -> None:
    """The first day of an organisation."""
    company = books.company
    with books.store.transaction():
        for code, name, kind, tax, system, payments, status in ACCOUNTS:
            doc = account(
                books, account_id(company.id, name), {"Code": code, "Name": name, "Type": kind, "TaxType": tax}
            )
            doc.update({"SystemAccount": system, "EnablePaymentsToAccount": payments, "Status": status})
            books.insert("Account", doc)
        for tax_type, name, percent, sales, status, parts in TAX_RATES:
            add_tax_rate(books, tax_rate(tax_type, name, percent, parts, sales=sales, status=status))


def account(books: Books, id: str, given: dict[str, Any]) -> dict[str, Any]:
    """An account as it is answered."""
    bank = given["Type"] == "BANK"
    doc = {
        "AccountID": id,
        "Code": given.get("Code") or None,
        "Name": given["Name"],
        "Status": given.get("Status", "ACTIVE"),
        "Type": given["Type"],
        "TaxType": given.get("TaxType", "NONE"),
        "Description": given.get("Description"),
        "Class": CLASSES[given["Type"]],
        "SystemAccount": "",
        "EnablePaymentsToAccount": given.get("EnablePaymentsToAccount", False),
        "ShowInExpenseClaims": False,
        "BankAccountNumber": given.get("BankAccountNumber", "121314121314") if bank else None,
        "BankAccountType": "BANK" if bank else "NONE",
        "CurrencyCode": books.company.currency if bank else None,
        "ReportingCode": CLASSES[given["Type"]][:3],
        "ReportingCodeName": CLASSES[given["Type"]].title(),
        "HasAttachments": False,
        "AddToWatchlist": False,
    }
    return {name: value for name, value in doc.items() if value is not None}


def tax_rate(
    tax_type: str, name: str, percent: str, parts: Any, *, sales: bool = True, status: str = "ACTIVE"
) -> dict[str, Any]:
    """A tax rate as it is answered; `parts` are (name, percent) pairs."""
    return {
        "Name": name,
        "TaxType": tax_type,
        "ReportTaxType": "NONE" if tax_type == "NONE" else ("OUTPUT" if sales else "INPUT"),
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": not sales or tax_type == "NONE",
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": sales,
        "DisplayTaxRate": float(percent),
        "EffectiveRate": float(percent),
        "Status": status,
        "TaxComponents": [
            {"Name": part, "Rate": float(rate), "IsCompound": False, "IsNonRecoverable": False} for part, rate in parts
        ],
    }


def add_tax_rate(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """Keep a tax rate; its id is its TaxType."""
    books.store.insert(books.company.id, "TaxRate", doc["TaxType"], doc, updated=CREATED)
    return doc


def currencies(company: Company) -> list[dict[str, Any]]:
    """The currencies an organisation is subscribed to, its own first."""
    codes = [company.currency, *(code for code in company.currencies.split(",") if code)]
    return [{"Code": code, "Description": CURRENCIES.get(code, code)} for code in dict.fromkeys(codes)]


def organisation(company: Company) -> dict[str, Any]:
    """GET /Organisation [R:xero-python/get-organisation.json]."""
    locks = {"PeriodLockDate": company.period_lock, "EndOfYearLockDate": company.year_lock}
    return {
        "Name": company.name,
        "LegalName": company.name,
        "PaysTax": True,
        "Version": company.country if company.country in {"US", "NZ", "AU", "UK"} else "GLOBAL",
        "OrganisationType": "COMPANY",
        "BaseCurrency": company.currency,
        "CountryCode": company.country,
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 12,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY1",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        **{name: day(value) for name, value in locks.items() if value},
        "CreatedDateUTC": moment(CREATED, ""),
        "OrganisationEntityType": "COMPANY",
        "Timezone": "CENTRALSTANDARDTIME",
        "ShortCode": company.short_code,
        "OrganisationID": company.id,
        "Edition": "BUSINESS",
        "Class": company.plan,
        "Addresses": [
            {
                "AddressType": "POBOX",
                "AddressLine1": "123 Sandbox Street",
                "City": "Austin",
                "Region": "TX",
                "PostalCode": "78701",
                "Country": "USA",
                "AttentionTo": "",
            }
        ],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }


_ACTIONS = (
    "CreateApprovedInvoice",
    "CreateDraftInvoice",
    "CreateContact",
    "CreateItem",
    "CreateQuote",
    "ApplyPayments",
)


def actions(company: Company) -> list[dict[str, str]]:
    """GET /Organisation/Actions: which writes the plan allows. A READONLY plan (a lapsed one) allows none."""
    allowed = "NOT-ALLOWED" if company.plan == "READONLY" else "ALLOWED"
    return [{"Name": name, "Status": allowed} for name in _ACTIONS]
