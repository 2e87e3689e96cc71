"""CompanyInfo and Preferences from a company's settings; and the lists a new company starts with (section 3.7)."""

from __future__ import annotations

from typing import Any

from ledgerport_quickbooks_sandbox.lists import CLASSES
from ledgerport_quickbooks_sandbox.state import Books

_START = "2026-01-05T08:00:00-08:00"
_META = {"CreateTime": _START, "LastUpdatedTime": _START}

#: (Id, Name, AccountType, AccountSubType)
ACCOUNTS = (
    ("1", "Services", "Income", "ServiceFeeIncome"),
    ("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("8", "Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("35", "Checking", "Bank", "Checking"),
    ("36", "Savings", "Bank", "Savings"),
    ("48", "Plumbing Services", "Income", "ServiceFeeIncome"),
    ("63", "Job Materials", "Expense", "SuppliesMaterials"),
    ("79", "Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("81", "Inventory Asset", "Other Current Asset", "Inventory"),
    ("82", "Uncategorized Income", "Income", "ServiceFeeIncome"),
    ("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("85", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("86", "Discounts given", "Income", "DiscountsRefundsGiven"),
    ("87", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("90", "Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
)
PAYMENT_METHODS = (
    ("1", "Cash", "NON_CREDIT_CARD"),
    ("2", "Check", "NON_CREDIT_CARD"),
    ("3", "Visa", "CREDIT_CARD"),
    ("4", "MasterCard", "CREDIT_CARD"),
    ("5", "American Express", "CREDIT_CARD"),
    ("6", "Discover", "CREDIT_CARD"),
    ("7", "Credit Card", "CREDIT_CARD"),
    ("8", "ACH", "NON_CREDIT_CARD"),
    ("9", "Bank Transfer", "NON_CREDIT_CARD"),
)
#: (Id, Name, percent) of the codes outside the US.
CODES = {
    "GB": (("3", "20.0% S", "20"), ("4", "5.0% R", "5"), ("5", "0.0% Z", "0"), ("6", "Exempt", "0")),
    "CA": (("3", "HST ON", "13"), ("4", "GST", "5"), ("5", "Zero-rated", "0"), ("6", "Exempt", "0")),
    "AU": (("3", "GST", "10"), ("4", "GST free", "0")),
}


def open_lists(books: Books) -> None:
    """Accounts, payment methods and tax codes of a company that has just been opened."""
    for id, name, kind, sub in ACCOUNTS:
        account = {
            "Name": name,
            "SubAccount": False,
            "FullyQualifiedName": name,
            "Active": True,
            "Classification": CLASSES[kind],
            "AccountType": kind,
            "AccountSubType": sub,
            "CurrentBalance": 0,
            "CurrentBalanceWithSubAccounts": 0,
            "CurrencyRef": books.currency(),
        }
        books.insert("Account", account, id=id)
    for id, name, kind in PAYMENT_METHODS:
        books.insert("PaymentMethod", {"Name": name, "Active": True, "Type": kind}, id=id)
    books.store.number(books.company.id, "id:Account", add=100)
    books.store.number(books.company.id, "id:PaymentMethod", add=20)
    if books.company.country == "US":
        for code in ("TAX", "NON", "CustomSalesTax"):
            group = code == "CustomSalesTax"
            pseudo = {"Name": code, "Description": code, "Active": True, "Taxable": code != "NON", "TaxGroup": group}
            books.insert("TaxCode", pseudo, id=code)
        if books.company.tax == "ast":
            _code(books, "2", "Automated sales tax", books.company.tax_rate)
    for id, name, rate in CODES.get(books.company.country, CODES["GB"]) if books.company.tax == "codes" else ():
        _code(books, id, name, rate)


def _code(books: Books, id: str, name: str, rate: str) -> None:
    books.insert("TaxRate", {"Name": name, "Description": name, "Active": True, "RateValue": float(rate)}, id=id)
    detail = {"TaxRateRef": {"value": id, "name": name}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
    code = {
        "Name": name,
        "Description": name,
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
        "_rate": rate,
        "SalesTaxRateList": {"TaxRateDetail": [detail]},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }
    books.insert("TaxCode", code, id=id)


def info(books: Books) -> dict[str, Any]:
    """CompanyInfo; address countries come as three letters since 2025 [AUG25]."""
    company = books.company
    long_country = {"US": "USA", "GB": "GBR", "CA": "CAN", "AU": "AUS"}.get(company.country, company.country)
    address = {
        "Id": "1",
        "Line1": "123 Sandbox Street",
        "City": "Monterey",
        "Country": long_country,
        "PostalCode": "93940",
    }
    values = {
        "NeoEnabled": "true",
        "SubscriptionStatus": company.subscription,
        "OfferingSku": "QuickBooks Online Plus",
        "ItemCategoriesFeature": "true",
    }
    return {
        "CompanyName": company.name,
        "LegalName": company.name,
        "CompanyAddr": address,
        "LegalAddr": address,
        "CustomerCommunicationAddr": address,
        "PrimaryPhone": {},
        "CompanyStartDate": "2026-01-05",
        "FiscalYearStartMonth": "January",
        "Country": company.country,
        "Email": {"Address": company.email or "books@example.com"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "NameValue": [{"Name": name, "Value": value} for name, value in values.items()],
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "4",
        "MetaData": _META,
    }


def preferences(books: Books) -> dict[str, Any]:
    """Preferences; the parts a client of this API reads."""
    company = books.company
    tax: dict[str, Any] = {"UsingSalesTax": company.tax != "off"}
    if company.tax != "off":
        tax["PartnerTaxEnabled"] = company.tax == "ast"
    closing = {"BookCloseDate": company.closed_until} if company.closed_until else {}
    return {
        "AccountingInfoPrefs": {
            "TrackDepartments": False,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": False,
            "CustomerTerminology": "Customers",
            **closing,
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomTxnNumbers": company.custom_txn_numbers,
            "AllowDeposit": False,
            "AllowDiscount": True,
            "AllowEstimates": True,
            "AllowServiceDate": False,
            "AllowShipping": False,
            "IPNSupportEnabled": False,
            "DefaultTerms": {"value": "3"},
        },
        "TaxPrefs": tax,
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": company.currency}},
        "OtherPrefs": {
            "NameValue": [
                {
                    "Name": "SalesFormsPrefs.WarnDuplicateTransactionNumbers",
                    "Value": str(company.warn_duplicate_numbers).lower(),
                }
            ]
        },
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "4",
        "MetaData": _META,
    }
