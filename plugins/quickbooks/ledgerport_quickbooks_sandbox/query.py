"""Intuit's query language (section 4.1): text to `Query`. Its own small tokenizer; 4000 for syntax, 4001 for meaning.

The wording follows recorded details (`QueryParserError: Encountered ...`, `QueryValidationError: ...`); positions are
exact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ledgerport_quickbooks_sandbox.refusals import Refused

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:\\.|[^'\\])*')|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<word>[A-Za-z_][\w.]*)"""
    r"""|(?P<sign><=|>=|[=<>(),*])|(?P<end>$)|(?P<bad>.))""",
    re.DOTALL,
)
_COMMON = {"Id", "Active", "SyncToken", "MetaData.CreateTime", "MetaData.LastUpdatedTime"}
_NAMES = {
    "DisplayName",
    "GivenName",
    "MiddleName",
    "FamilyName",
    "Title",
    "Suffix",
    "CompanyName",
    "FullyQualifiedName",
    "PrintOnCheckName",
    "PrimaryEmailAddr",
    "PrimaryPhone",
}
_SALES = {"DocNumber", "TxnDate", "DueDate", "CustomerRef", "TotalAmt", "Balance"}
#: The properties that can stand in WHERE and ORDERBY, by entity.
FILTERABLE: dict[str, set[str]] = {
    "Customer": _COMMON | _NAMES | {"Balance", "Job", "ParentRef", "Taxable", "ResaleNum"},
    "Vendor": _COMMON | _NAMES | {"Balance", "AcctNum", "Vendor1099"},
    "Employee": _COMMON | _NAMES,
    "Item": _COMMON
    | {
        "Name",
        "Sku",
        "Type",
        "Description",
        "FullyQualifiedName",
        "UnitPrice",
        "PurchaseCost",
        "Taxable",
        "SubItem",
        "ParentRef",
        "QtyOnHand",
        "InvStartDate",
        "TrackQtyOnHand",
        "IncomeAccountRef",
    },
    "Account": _COMMON
    | {
        "Name",
        "AcctNum",
        "AccountType",
        "AccountSubType",
        "Classification",
        "FullyQualifiedName",
        "SubAccount",
        "CurrentBalance",
        "ParentRef",
        "Description",
    },
    "PaymentMethod": _COMMON | {"Name", "Type"},
    "TaxCode": _COMMON | {"Name", "Description", "Taxable", "TaxGroup"},
    "TaxRate": _COMMON | {"Name", "RateValue"},
    "Invoice": (_COMMON - {"Active"}) | _SALES | {"SalesTermRef"},
    "Estimate": (_COMMON - {"Active"}) | (_SALES - {"Balance"}) | {"TxnStatus", "ExpirationDate"},
    "Payment": (_COMMON - {"Active"})
    | {
        "TxnDate",
        "CustomerRef",
        "TotalAmt",
        "UnappliedAmt",
        "PaymentRefNum",
        "PaymentMethodRef",
        "DepositToAccountRef",
    },
    "CompanyInfo": _COMMON | {"CompanyName"},
    "Preferences": set(_COMMON),
}
_ENTITIES = {name.lower(): name for name in FILTERABLE}


@dataclass(frozen=True, slots=True)
class Condition:
    """`name op value`; op is one of = < > <= >= like in; `value` is text, bool, or a tuple of them for in."""

    name: str
    op: str
    value: Any


@dataclass(slots=True)
class Query:
    """A parsed statement; `columns` None means all."""

    entity: str
    count: bool = False
    columns: tuple[str, ...] | None = None
    where: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: int = 1
    size: int = 100


def parse(text: str, today: str) -> Query:
    """Raises Refused 4000 or 4001; `today` is what CURRENT_DATE means."""
    return _Parser(text, today).statement()


class _Parser:
    def __init__(self, text: str, today: str) -> None:
        self._text, self._today = text, today
        self._tokens = _tokens(text)
        self._at = 0

    def statement(self) -> Query:
        self._word("select")
        count, columns = self._columns()
        self._word("from")
        kind, value, _ = self._peek()
        if kind != "word":
            raise self._error()
        entity = _ENTITIES.get(value.lower())
        if entity is None:
            raise _invalid(f"invalid context declaration: {value}")
        self._at += 1
        query = Query(entity, count=count, columns=columns)
        if self._skip("where"):
            query.where.append(self._condition(entity))
            while self._skip("and"):
                query.where.append(self._condition(entity))
        if self._skip("orderby") or (self._skip("order") and self._word("by")):
            query.order.append(self._ordering(entity))
            while self._sign(","):
                query.order.append(self._ordering(entity))
        self._paging(query)
        if self._peek()[0] != "end":
            raise self._error()
        return query

    def _columns(self) -> tuple[bool, tuple[str, ...] | None]:
        if self._skip("count"):
            for sign in "(*)":
                if not self._sign(sign):
                    raise self._error()
            return True, None
        names: list[str] = []
        everything = False
        while True:
            if self._sign("*"):
                everything = True
            else:
                kind, value, _ = self._peek()
                if kind != "word" or value.lower() == "from":
                    raise self._error()
                names.append(value)
                self._at += 1
            if not self._sign(","):
                return False, None if everything else tuple(names)

    def _condition(self, entity: str) -> Condition:
        name = self._property(entity)
        kind, value, _ = self._peek()
        op = value.lower() if kind in {"sign", "word"} else ""
        if op not in {"=", "<", ">", "<=", ">=", "like", "in"}:
            raise self._error()
        self._at += 1
        if name == "Id" and op not in {"=", "in"}:
            raise _invalid(f"operator {op.upper()} is not supported for property Id")
        if op != "in":
            return Condition(name, op, self._value())
        if not self._sign("("):
            raise self._error()
        values = [self._value()]
        while self._sign(","):
            values.append(self._value())
        if not self._sign(")"):
            raise self._error()
        return Condition(name, "in", tuple(values))

    def _property(self, entity: str) -> str:
        kind, value, _ = self._peek()
        if kind != "word":
            raise self._error()
        wanted = value.lower()
        name = next((name for name in FILTERABLE[entity] if name.lower() == wanted), None)
        if name is None:
            raise _invalid(f"Property {value} not found for Entity {entity}")
        self._at += 1
        return name

    def _value(self) -> Any:
        kind, value, _ = self._peek()
        if kind == "string":
            self._at += 1
            return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        if kind == "number":
            self._at += 1
            return value
        word = value.lower() if kind == "word" else ""
        if word in {"true", "false"}:
            self._at += 1
            return word == "true"
        if word == "current_date":
            self._at += 1
            return self._today
        raise self._error()

    def _ordering(self, entity: str) -> tuple[str, bool]:
        name = self._property(entity)
        if self._skip("desc"):
            return name, True
        self._skip("asc")
        return name, False

    def _paging(self, query: Query) -> None:
        seen = set()
        while (word := self._peek()[1].lower()) in {"startposition", "maxresults"} and word not in seen:
            seen.add(word)
            self._at += 1
            kind, value, _ = self._peek()
            if kind != "number" or "." in value:
                raise self._error()
            self._at += 1
            number = int(value)
            if number < 1:
                raise _invalid(f"value {number} is too small. Min allowed value is 1")
            if word == "startposition":
                query.start = number
            elif number > 1000:
                raise _invalid(f"value {number} is too large. Max allowed value is 1000")
            else:
                query.size = number

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._at]

    def _skip(self, word: str) -> bool:
        kind, value, _ = self._peek()
        if kind == "word" and value.lower() == word:
            self._at += 1
            return True
        return False

    def _word(self, word: str) -> bool:
        if not self._skip(word):
            raise self._error()
        return True

    def _sign(self, sign: str) -> bool:
        if self._peek()[:2] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _error(self) -> Refused:
        kind, value, at = self._peek()
        label = {"word": "<IDENTIFIER>", "string": "<STRING>", "number": "<INTEGER>", "end": "<EOF>"}.get(
            kind, f'"{value}"'
        )
        before = self._text[:at]
        line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
        detail = f'QueryParserError: Encountered " {label} "{value} "" at line {line}, column {column}.'
        return Refused("4000", detail, timed=False)


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        assert match is not None and match.lastgroup is not None  # `bad` takes any character
        found.append((match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup)))
        if match.lastgroup == "end":
            return found
        at = match.end()


def _invalid(sentence: str) -> Refused:
    return Refused("4001", f"QueryValidationError: {sentence}", timed=False)
