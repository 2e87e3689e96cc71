"""Types and subtypes of accounts, and the chart that a fresh business has."""

from __future__ import annotations

#: value -> (name, normal balance) as recorded.
TYPES = {
    "ASSET": ("Assets", "DEBIT"),
    "EQUITY": ("Equity", "CREDIT"),
    "EXPENSE": ("Expenses", "DEBIT"),
    "INCOME": ("Income", "CREDIT"),
    "LIABILITY": ("Liabilities & Credit Cards", "CREDIT"),
}
#: value -> (name, type, made by the system); names as recorded where they are.
SUBTYPES = {
    "CASH_AND_BANK": ("Cash & Bank", "ASSET", False),
    "COST_OF_GOODS_SOLD": ("Cost of Goods Sold", "EXPENSE", False),
    "CREDIT_CARD": ("Credit Card", "LIABILITY", False),
    "CUSTOMER_PREPAYMENTS_AND_CREDITS": ("Customer Prepayments and Customer Credits", "LIABILITY", False),
    "DEPRECIATION_AND_AMORTIZATION": ("Depreciation and Amortization", "ASSET", False),
    "DISCOUNTS": ("Discount", "INCOME", False),
    "DUE_FOR_PAYROLL": ("Due For Payroll", "LIABILITY", False),
    "DUE_TO_YOU_AND_OTHER_OWNERS": ("Due to You and Other Business Owners", "LIABILITY", False),
    "EXPENSE": ("Expense", "EXPENSE", False),
    "GAIN_ON_FOREIGN_EXCHANGE": ("Gain on Foreign Exchange", "INCOME", True),
    "INCOME": ("Income", "INCOME", False),
    "INVENTORY": ("Inventory", "ASSET", False),
    "LOANS": ("Loan and Line of Credit", "LIABILITY", False),
    "LOSS_ON_FOREIGN_EXCHANGE": ("Loss on Foreign Exchange", "EXPENSE", True),
    "MONEY_IN_TRANSIT": ("Money in Transit", "ASSET", False),
    "NON_RETAINED_EARNINGS": ("Business Owner Contribution and Drawing", "EQUITY", False),
    "OTHER_CURRENT_ASSETS": ("Other Short-Term Asset", "ASSET", False),
    "OTHER_CURRENT_LIABILITY": ("Other Short-Term Liability", "LIABILITY", False),
    "OTHER_INCOME": ("Other Income", "INCOME", False),
    "OTHER_LONG_TERM_ASSETS": ("Other Long-Term Asset", "ASSET", False),
    "OTHER_LONG_TERM_LIABILITY": ("Other Long-Term Liability", "LIABILITY", False),
    "PAYABLE": ("Expected Payments to Vendors", "LIABILITY", False),
    "PAYMENT_PROCESSING_FEES": ("Payment Processing Fee", "EXPENSE", False),
    "PAYROLL_EXPENSES": ("Payroll Expense", "EXPENSE", False),
    "PROPERTY_PLANT_EQUIPMENT": ("Property, Plant, Equipment", "ASSET", False),
    "RECEIVABLE": ("Expected Payments from Customers", "ASSET", False),
    "RECEIVABLE_INVOICES": ("Accounts Receivable", "ASSET", True),
    "RETAINED_EARNINGS": ("Retained Earnings: Profit", "EQUITY", False),
    "SALES_TAX": ("Sales Tax on Sales and Purchases", "LIABILITY", True),
    "UNCATEGORIZED_EXPENSE": ("Uncategorized Expense", "EXPENSE", True),
    "UNCATEGORIZED_INCOME": ("Uncategorized Income", "INCOME", True),
    "VENDOR_PREPAYMENTS_AND_CREDITS": ("Vendor Prepayments and Vendor Credits", "ASSET", False),
}
#: (name, subtype) of every account of a fresh business.
FRESH = (
    ("Cash on Hand", "CASH_AND_BANK"),
    ("Business Checking", "CASH_AND_BANK"),
    ("Undeposited Funds", "CASH_AND_BANK"),
    ("Money in Transit", "MONEY_IN_TRANSIT"),
    ("Accounts Receivable", "RECEIVABLE_INVOICES"),
    ("Parts in Stock", "INVENTORY"),
    ("Company Card", "CREDIT_CARD"),
    ("Van Loan", "LOANS"),
    ("Texas Sales Tax", "SALES_TAX"),
    ("Service Income", "INCOME"),
    ("Sales", "INCOME"),
    ("Sales Discounts", "DISCOUNTS"),
    ("Other Income", "OTHER_INCOME"),
    ("Uncategorized Income", "UNCATEGORIZED_INCOME"),
    ("Gain on Foreign Exchange", "GAIN_ON_FOREIGN_EXCHANGE"),
    ("Cost of Goods Sold", "COST_OF_GOODS_SOLD"),
    ("Job Supplies", "EXPENSE"),
    ("Merchant Fees", "PAYMENT_PROCESSING_FEES"),
    ("Uncategorized Expense", "UNCATEGORIZED_EXPENSE"),
    ("Owner Investment and Drawings", "NON_RETAINED_EARNINGS"),
)
#: (name, abbreviation, rate) of every sales tax of a fresh business.
TAXES = (("Texas Sales Tax", "TX 8.25", "0.0825"), ("Texas State Sales Tax", "TX STATE", "0.0625"))


def type_of(value: str) -> dict[str, str]:
    """An AccountType object."""
    name, balance = TYPES[value]
    return {"name": name, "normalBalanceType": balance, "value": value}


def subtype_of(value: str, *, archivable_is_null: bool) -> dict[str, object]:
    """An AccountSubtype object."""
    name, type, system = SUBTYPES[value]
    archivable = None if archivable_is_null else not system
    head = {"name": name, "value": value, "type": type_of(type), "description": None}
    return {**head, "archivable": archivable, "systemCreated": system}
