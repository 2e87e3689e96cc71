"""The GraphQL documents that are sent: constants, validated against Wave's schema in a test.

Whatever is text goes as a variable, never inline: Wave refuses an inline String (`VARIABLE_VALUE`). `sort` may be left
out but not be null. `AccountSubtype.archivable` is not selected: declared non-null, it came back null in September
2026 and took the whole answer with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_PAGE = "pageInfo { currentPage totalPages totalCount }"
_INVOICE_SUMS = "total { value } amountDue { value } amountPaid { value }"

BUSINESS_FIELDS = "id name isArchived isPersonal currency { code } address { country { code } }"
CUSTOMER_FIELDS = (
    "id name firstName lastName email phone displayId isArchived modifiedAt currency { code } "
    "address { addressLine1 addressLine2 city postalCode province { code } country { code } }"
)
PRODUCT_FIELDS = "id name description unitPrice isSold isArchived modifiedAt incomeAccount { id } expenseAccount { id }"
INVOICE_FIELDS = (
    "id invoiceNumber status invoiceDate dueDate memo modifiedAt customer { id } currency { code } "
    f"discountTotal {{ value }} taxTotal {{ value }} {_INVOICE_SUMS}"
)
ESTIMATE_FIELDS = (
    "id estimateNumber status title estimateDate dueDate memo modifiedAt exchangeRate customer { id } "
    "currency { code } discountTotal { value } taxTotal { value } total { value }"
)
PAYMENT_FIELDS = "id amount paymentDate paymentMethod memo active modifiedAt"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One of Wave's mutations: `input` is its input's type, `member` what its answer holds (empty: nothing)."""

    name: str
    input: str
    member: str = ""
    fields: str = ""

    @property
    def document(self) -> str:
        """The mutation alone; its answer's member is its name."""
        return f"mutation($input: {self.input}!) {{ {self.name}(input: $input) {self.selection} }}"

    @property
    def selection(self) -> str:
        chosen = f" {self.member} {{ {self.fields} }}" if self.member else ""
        return f"{{ didSucceed inputErrors {{ path message code }}{chosen} }}"


def together(mutations: Sequence[Mutation]) -> str:
    """Several mutations in one document, run in order; the answer's members are `m1`, `m2`, ..., inputs `$i1`, ..."""
    inputs = ", ".join(f"$i{place}: {one.input}!" for place, one in enumerate(mutations, 1))
    steps = " ".join(
        f"m{place}: {one.name}(input: $i{place}) {one.selection}" for place, one in enumerate(mutations, 1)
    )
    return f"mutation({inputs}) {{ {steps} }}"


def _mutation(name: str, member: str = "", fields: str = "") -> Mutation:
    return Mutation(name=name, input=f"{name[0].upper()}{name[1:]}Input", member=member, fields=fields)


CUSTOMER_CREATE = _mutation("customerCreate", "customer", CUSTOMER_FIELDS)
CUSTOMER_PATCH = _mutation("customerPatch", "customer", CUSTOMER_FIELDS)
PRODUCT_CREATE = _mutation("productCreate", "product", PRODUCT_FIELDS)
PRODUCT_PATCH = _mutation("productPatch", "product", PRODUCT_FIELDS)
INVOICE_CREATE = _mutation("invoiceCreate", "invoice", INVOICE_FIELDS)
INVOICE_PATCH = _mutation("invoicePatch", "invoice", INVOICE_FIELDS)
INVOICE_DELETE = _mutation("invoiceDelete")
ESTIMATE_CREATE = _mutation("estimateCreate", "estimate", ESTIMATE_FIELDS)
ESTIMATE_PATCH = _mutation("estimatePatch", "estimate", ESTIMATE_FIELDS)
# The only way to record a payment: a money transaction would be a deposit that no invoice knows of.
_PAID = f"{PAYMENT_FIELDS} invoice {{ id status {_INVOICE_SUMS} }}"
PAYMENT_CREATE = _mutation("invoicePaymentCreateManual", "invoicePayment", _PAID)
PAYMENT_PATCH = _mutation("invoicePaymentPatch", "invoicePayment", _PAID)
PAYMENT_DELETE = _mutation("invoicePaymentDelete")
MUTATIONS = (
    CUSTOMER_CREATE,
    CUSTOMER_PATCH,
    PRODUCT_CREATE,
    PRODUCT_PATCH,
    INVOICE_CREATE,
    INVOICE_PATCH,
    INVOICE_DELETE,
    ESTIMATE_CREATE,
    ESTIMATE_PATCH,
    PAYMENT_CREATE,
    PAYMENT_PATCH,
    PAYMENT_DELETE,
)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of a business, page by page. `member` is the list's name, in the schema and in the answer."""

    member: str
    document: str


def _listing(member: str, fields: str, arguments: str = "", variables: str = "") -> Listing:
    head = f"$businessId: ID!, $page: Int!, $pageSize: Int!{variables and ', ' + variables}"
    given = f"page: $page, pageSize: $pageSize{arguments and ', ' + arguments}"
    edges = f"{_PAGE} edges {{ node {{ {fields} }} }}"
    return Listing(
        member=member,
        document=f"query({head}) {{ business(id: $businessId) {{ id {member}({given}) {{ {edges} }} }} }}",
    )


_CHANGED = "modifiedAtAfter: $after, sort: {}"
_SINCE = "$after: DateTime!"
CUSTOMERS_NEWEST = _listing("customers", CUSTOMER_FIELDS, "sort: [CREATED_AT_DESC]")
CUSTOMERS_OLDEST = _listing("customers", CUSTOMER_FIELDS, "sort: [CREATED_AT_ASC]")
CUSTOMERS_BY_EMAIL = _listing("customers", CUSTOMER_FIELDS, "email: $email", "$email: String!")
CUSTOMERS_CHANGED = _listing("customers", "id isArchived modifiedAt", _CHANGED.format("[MODIFIED_AT_ASC]"), _SINCE)
# Archived products share the list only when it is asked for without that filter.
PRODUCTS_NEWEST = _listing("products", PRODUCT_FIELDS, "isArchived: null, sort: [CREATED_AT_DESC]")
PRODUCTS_OLDEST = _listing("products", PRODUCT_FIELDS, "isArchived: null, sort: [CREATED_AT_ASC]")
PRODUCTS_CHANGED = _listing(
    "products", "id isArchived modifiedAt", "isArchived: null, " + _CHANGED.format("[MODIFIED_AT_ASC]"), _SINCE
)
INVOICES_OLDEST = _listing("invoices", f"id {_INVOICE_SUMS}", "sort: [CREATED_AT_ASC]")
INVOICES_BY_NUMBER = _listing("invoices", INVOICE_FIELDS, "invoiceNumber: $number", "$number: String!")
INVOICES_OF_DAY = _listing(
    "invoices",
    INVOICE_FIELDS,
    "customerId: $customerId, invoiceDateStart: $day, invoiceDateEnd: $day",
    "$customerId: ID!, $day: Date!",
)
INVOICES_CHANGED = _listing("invoices", "id modifiedAt", _CHANGED.format("[MODIFIED_AT_ASC]"), _SINCE)
ESTIMATES_BY_NUMBER = _listing("estimates", ESTIMATE_FIELDS, "estimateNumber: $number", "$number: String!")
ESTIMATES_OF_DAY = _listing(
    "estimates",
    ESTIMATE_FIELDS,
    "customerId: $customerId, estimateDateStart: $day, estimateDateEnd: $day",
    "$customerId: ID!, $day: Date!",
)
ESTIMATES_CHANGED = _listing("estimates", "id status modifiedAt", _CHANGED.format("MODIFIED_AT_ASC"), _SINCE)
ACCOUNTS = _listing(
    "accounts",
    "id name displayId isArchived currency { code } subtype { value }",
    "subtypes: [INCOME, DISCOUNTS, OTHER_INCOME, EXPENSE, COST_OF_GOODS_SOLD, PAYMENT_PROCESSING_FEES, "
    "PAYROLL_EXPENSES, CASH_AND_BANK]",
)
SALES_TAXES = _listing("salesTaxes", "id name abbreviation rate isArchived")
LISTINGS = (
    CUSTOMERS_NEWEST,
    CUSTOMERS_OLDEST,
    CUSTOMERS_BY_EMAIL,
    CUSTOMERS_CHANGED,
    PRODUCTS_NEWEST,
    PRODUCTS_OLDEST,
    PRODUCTS_CHANGED,
    INVOICES_OLDEST,
    INVOICES_BY_NUMBER,
    INVOICES_OF_DAY,
    INVOICES_CHANGED,
    ESTIMATES_BY_NUMBER,
    ESTIMATES_OF_DAY,
    ESTIMATES_CHANGED,
    ACCOUNTS,
    SALES_TAXES,
)


@dataclass(frozen=True, kw_only=True)
class Single:
    """One object of a business by its id. `member` is its name, in the schema and in the answer."""

    member: str
    document: str


def _single(member: str, fields: str) -> Single:
    return Single(
        member=member,
        document=(
            "query($businessId: ID!, $id: ID!) { business(id: $businessId) { id "
            f"{member}(id: $id) {{ {fields} }} }} }}"
        ),
    )


CUSTOMER = _single("customer", CUSTOMER_FIELDS)
PRODUCT = _single("product", PRODUCT_FIELDS)
INVOICE = _single("invoice", INVOICE_FIELDS)
ESTIMATE = _single("estimate", ESTIMATE_FIELDS)
PAYMENT = _single("invoicePayment", PAYMENT_FIELDS)
# `payments` is filled for one invoice, never in a list.
INVOICE_WITH_PAYMENTS = _single(
    "invoice",
    f"id status {_INVOICE_SUMS} customer {{ id }} items {{ id }} "
    f"payments {{ {PAYMENT_FIELDS} originInvoicePayment {{ id }} }}",
)
SINGLES = (CUSTOMER, PRODUCT, INVOICE, ESTIMATE, PAYMENT, INVOICE_WITH_PAYMENTS)

BUSINESSES = (
    "query($page: Int!, $pageSize: Int!) { businesses(page: $page, pageSize: $pageSize) "
    f"{{ {_PAGE} edges {{ node {{ {BUSINESS_FIELDS} }} }} }} }}"
)
# Without an id: the one business of a token that is limited to one, else the user's default one.
BUSINESS = f"query {{ business {{ {BUSINESS_FIELDS} }} }}"


def customers_by_emails(count: int) -> str:
    """`count` look-ups by e-mail in one document: members `e1`, ..., variables `$e1`, ..."""
    places = range(1, count + 1)
    variables = ", ".join(f"$e{place}: String!" for place in places)
    edges = f"{{ {_PAGE} edges {{ node {{ {CUSTOMER_FIELDS} }} }} }}"
    lists = " ".join(f"e{place}: customers(page: 1, pageSize: $pageSize, email: $e{place}) {edges}" for place in places)
    return f"query($businessId: ID!, $pageSize: Int!, {variables}) {{ business(id: $businessId) {{ id {lists} }} }}"
