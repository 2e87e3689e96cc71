"""GraphQL documents: parsed and judged once, then known by their text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)
from graphql.utilities import get_operation_ast

_KEEP = 512
_READ = {
    "Query": {"user": "user:read", "business": "business:read", "businesses": "business:read"},
    "Business": {
        **dict.fromkeys(("account", "accounts"), "account:read"),
        **dict.fromkeys(("customer", "customers"), "customer:read"),
        **dict.fromkeys(("product", "products"), "product:read"),
        **dict.fromkeys(("salesTax", "salesTaxes"), "sales_tax:read"),
        **dict.fromkeys(("invoice", "invoices", "invoicePayment"), "invoice:read"),
        **dict.fromkeys(("estimate", "estimates", "estimatePayment"), "estimate:read"),
        **dict.fromkeys(("vendor", "vendors"), "vendor:read"),
    },
}
#: How the mutations' names begin; the first that fits says the resource and the hub's word for it.
_WRITE = (
    ("customer", "customer", "Customer"),
    ("product", "product", "Item"),
    ("account", "account", "Account"),
    ("salesTax", "sales_tax", "SalesTax"),
    ("invoicePayment", "invoice", "Payment"),
    ("invoice", "invoice", "Invoice"),
    ("convertEstimateToInvoice", "invoice", "Invoice"),
    ("estimate", "estimate", "Estimate"),
    ("money", "transaction", "Transaction"),
)
_SHOWN = {
    **dict.fromkeys(("customer", "customers"), "Customer"),
    **dict.fromkeys(("product", "products"), "Item"),
    **dict.fromkeys(("invoice", "invoices"), "Invoice"),
    **dict.fromkeys(("estimate", "estimates"), "Estimate"),
    **dict.fromkeys(("account", "accounts"), "Account"),
    **dict.fromkeys(("salesTax", "salesTaxes"), "SalesTax"),
    "invoicePayment": "Payment",
}
_VERBS = {
    "CreateManual": "create",
    "Create": "create",
    "Patch": "update",
    "Delete": "delete",
    "Archive": "archive",
    "Approve": "approve",
    "MarkSent": "mark_sent",
    "Send": "send",
}


@dataclass(slots=True)
class Prepared:
    """What is known of a document. `errors` make it invalid, `inline` are the String arguments written into it,
    `fields` are the (type, field) pairs it selects.
    """

    document: DocumentNode | None
    errors: list[GraphQLError]
    inline: list[GraphQLError] = field(default_factory=list)
    fields: frozenset[tuple[str, str]] = frozenset()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation that is meant; None when there is none, or when several are there and none is named."""
        return get_operation_ast(self.document, name) if self.document is not None else None

    def roots(self, operation: OperationDefinitionNode) -> list[str]:
        """Names of the fields at the root, in order; a field under several aliases is there several times."""
        assert self.document is not None, "only a parsed document has operations"
        pieces = {d.name.value: d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode)}
        return list(_names(operation.selection_set, pieces))

    def scopes(self, roots: list[str]) -> set[str]:
        """The `resource:operation` scopes without which a token may not have this."""
        needed = {_READ[type][name] for type, name in self.fields if name in _READ.get(type, {})}
        for name in roots:
            for prefix, resource, _ in _WRITE:
                if name.startswith(prefix) and ("Mutation", name) in self.fields:
                    sends = name in {"invoiceSend", "estimateSend"} or name.endswith("ReceiptSend")
                    needed.add(f"{resource}:{'send' if sends else 'write'}")
                    break
        return needed

    def entities(self, roots: list[str]) -> tuple[str, ...]:
        """The hub's words for what the document is about."""
        written = [word for name in roots for word in _word(name) if ("Mutation", name) in self.fields]
        read = [_SHOWN[name] for type, name in sorted(self.fields) if type == "Business" and name in _SHOWN]
        if ("Invoice", "payments") in self.fields:
            read.append("Payment")
        return tuple(dict.fromkeys(written or read))


def verb(roots: list[str]) -> str:
    """What a mutation does: create, update, delete, archive, approve, mark_sent, send; batch for several at once."""
    if len(roots) > 1 or roots == ["moneyTransactionsCreate"]:
        return "batch"
    return next((word for end, word in _VERBS.items() if roots and roots[0].endswith(end)), "other")


def _word(name: str) -> list[str]:
    return next(([word] for prefix, _, word in _WRITE if name.startswith(prefix)), [])


def _names(selection: SelectionSetNode, pieces: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _names(node.selection_set, pieces)
        elif isinstance(node, FragmentSpreadNode):
            yield from _names(pieces[node.name.value].selection_set, pieces)


class Documents:
    """Documents by their text, the latest few hundred."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: dict[str, Prepared] = {}

    def read(self, text: str) -> Prepared:
        """Parse and validate; never raises."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _KEEP:
                self._known.clear()
            found = self._known[text] = self._judged(text)
        return found

    def _judged(self, text: str) -> Prepared:
        try:
            document = parse(text)
        except GraphQLError as err:
            return Prepared(None, [err])
        errors = validate(self._schema, document)
        if errors:
            return Prepared(document, list(errors))
        info = TypeInfo(self._schema)
        reader = _Reader(info)
        visit(document, TypeInfoVisitor(info, reader))
        return Prepared(document, [], reader.inline, frozenset(reader.fields))


class _Reader(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.fields: set[tuple[str, str]] = set()
        self.inline: list[GraphQLError] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._info.get_parent_type()
        if parent is not None:
            self.fields.add((parent.name, node.name.value))

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
        # A default is not an argument.
        return self.SKIP

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        wanted = self._info.get_input_type()
        if wanted is not None and get_named_type(wanted).name == "String":
            text = "Arguments of type String must be provided as variables instead of inline."
            self.inline.append(GraphQLError(text, node))
