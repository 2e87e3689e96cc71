"""Which path of the accounting family means which kind of document, and who handles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledgerport_freshbooks_sandbox import clients, estimates, invoices, items, payments, services
from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_freshbooks_sandbox.state import Books

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """`one` and `many` wrap bodies, `id_name` is the id's name in errors, `scope` the object of its scopes.

    `remove` None: HTTP DELETE is not offered.
    """

    kind: str
    path: str
    one: str
    many: str
    id_name: str
    scope: str
    create: Callable[[Books, Doc], Doc]
    update: Callable[[Books, Doc, Doc], Doc]
    show: Callable[[Books, Doc, frozenset[str]], Doc]
    remove: Callable[[Books, Doc], Doc] | None = None


def _by_vis_state(update: Callable[[Books, Doc, Doc], Doc]) -> Callable[[Books, Doc], Doc]:
    return lambda books, doc: update(books, doc, {"vis_state": 1})


def _no(*_: Any) -> Doc:
    raise Refused(1003, "This resource cannot be written here.", status=403)


def _remove_tax(books: Books, doc: Doc) -> Doc:
    doc["vis_state"] = 1
    return books.update("Tax", doc)


_ALL = (
    Resource(
        "Customer",
        "users/clients",
        "client",
        "clients",
        "userid",
        "clients",
        create=clients.create,
        update=clients.update,
        show=clients.show,
        remove=_by_vis_state(clients.update),
    ),
    Resource(
        "Item",
        "items/items",
        "item",
        "items",
        "itemid",
        "billable_items",
        create=items.create_item,
        update=items.update_item,
        show=items.show_item,
        remove=_by_vis_state(items.update_item),
    ),
    Resource(
        "Invoice",
        "invoices/invoices",
        "invoice",
        "invoices",
        "invoiceid",
        "invoices",
        create=invoices.create,
        update=invoices.update,
        show=invoices.show,
        remove=invoices.remove,
    ),
    Resource(
        "Estimate",
        "estimates/estimates",
        "estimate",
        "estimates",
        "estimateid",
        "estimates",
        create=estimates.create,
        update=estimates.update,
        show=estimates.show,
        remove=estimates.remove,
    ),
    Resource(
        "Payment",
        "payments/payments",
        "payment",
        "payments",
        "paymentid",
        "payments",
        create=payments.create,
        update=payments.update,
        show=payments.show,
        remove=payments.remove,
    ),
    Resource(
        "Tax",
        "taxes/taxes",
        "tax",
        "taxes",
        "taxid",
        "taxes",
        create=items.create_tax,
        update=items.update_tax,
        show=items.show_tax,
        remove=_remove_tax,
    ),
    Resource(
        "CreditNote",
        "credit_notes/credit_notes",
        "credit_note",
        "credit_notes",
        "creditid",
        "credit_notes",
        create=_no,
        update=_no,
        show=payments.show_credit,
    ),
    Resource(
        "Service",
        "projects/tasks",
        "task",
        "tasks",
        "taskid",
        "billable_items",
        create=services.create_task,
        update=services.update_task,
        show=services.show_task,
    ),
)
RESOURCES = {resource.path: resource for resource in _ALL}
KINDS = {resource.kind: resource for resource in _ALL}
