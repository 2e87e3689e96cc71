"""How a write of a kind looks on each provider's wire: a pattern over the method, the path, and the body after a line
end. A batch of QuickBooks and every call of Wave go to one address and are known by their bodies.
"""

from __future__ import annotations

import re

from ledgerport.contract import Kind

_PATTERNS: dict[str, dict[Kind, str]] = {
    "quickbooks": {
        Kind.CUSTOMER: r'POST \S+(/customer\n|(?s:.*)"Customer":\{)',
        Kind.ITEM: r'POST \S+(/item\n|(?s:.*)"Item":\{)',
        Kind.INVOICE: r'POST \S+(/invoice\n|(?s:.*)"Invoice":\{)',
        Kind.PAYMENT: r'POST \S+(/payment\n|(?s:.*)"Payment":\{)',
    },
    "xero": {
        Kind.CUSTOMER: r"(PUT|POST) \S+/Contacts\b",
        Kind.ITEM: r"(PUT|POST) \S+/Items\b",
        Kind.INVOICE: r"(PUT|POST) \S+/Invoices\b",
        Kind.PAYMENT: r"(PUT|POST) \S+/Payments\b",
    },
    "freshbooks": {
        Kind.CUSTOMER: r"(PUT|POST) \S+/users/clients\b",
        Kind.ITEM: r"(PUT|POST) \S+/items/items\b",
        Kind.INVOICE: r"(PUT|POST) \S+/invoices/invoices\b",
        Kind.PAYMENT: r"(PUT|POST) \S+/payments/payments\b",
    },
    "wave": {
        Kind.CUSTOMER: r"POST (?s:.*)\bcustomer(Create|Patch)\b",
        Kind.ITEM: r"POST (?s:.*)\bproduct(Create|Patch)\b",
        Kind.INVOICE: r"POST (?s:.*)\binvoice(Create|Patch)\b",
        Kind.PAYMENT: r"POST (?s:.*)\binvoicePayment(CreateManual|Patch)\b",
    },
}


def writes(provider: str, kind: Kind, method: str, path: str, body: bytes) -> bool:
    """Whether this request creates or changes records of a kind."""
    return re.match(_PATTERNS[provider][kind], f"{method} {path}\n{body.decode()}") is not None
