"""Looking before sending: who has this name or e-mail, and did a push arrive?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledgerport.contract import Account, Customer, Estimate, Invoice, Item, Kind, Payment, Push, Remote, Value, name_key
from ledgerport_wave import documents
from ledgerport_wave.books import together
from ledgerport_wave.client import Client, client_for
from ledgerport_wave.holders import document_of, with_name, with_number
from ledgerport_wave.mapping import payments
from ledgerport_wave.mapping.wire import rows_of
from ledgerport_wave.shapes import CUSTOMER, Shape, shape_of

# Look-ups in one request, where the operator lets several things travel together.
_AT_ONCE = 5


def holders_of_name(account: Account, push: Push[Value]) -> list[Remote]:
    """Whoever has the push's name or number, archived ones too."""
    client = client_for(account.http, account.company)
    value, shape = push.value, shape_of(push.value)
    if isinstance(value, (Customer, Item)):
        return with_name(client, shape, value.name)
    if isinstance(value, (Invoice, Estimate)):
        return with_number(client, shape, push)
    return []


def customers_with(account: Account, emails: Sequence[str]) -> dict[str, list[Remote]]:
    """E-mail asked for -> the customers that have it, archived ones too; compared without case.

    Whether Wave's own filter minds the case is not known, so an address with capitals is asked for in small letters
    too. One request per address, or several in one where the operator allows that.
    """
    client = client_for(account.http, account.company)
    asked = {email: email.strip() for email in emails}
    spellings = sorted({word for email in asked.values() if email for word in (email, email.lower())})
    size = _AT_ONCE if together(account) else 1
    found: dict[str, dict[str, Remote]] = defaultdict(dict)
    for start in range(0, len(spellings), size):
        some = spellings[start : start + size]
        if len(some) == 1:
            answers = [list(client.everything(documents.CUSTOMERS_BY_EMAIL, email=some[0]))]
        else:
            answers = client.customers_with(some)
        for remote in (CUSTOMER.from_wire(row) for rows in answers for row in rows):
            found[remote.email.strip().casefold()][remote.id] = remote
    return {email: list(found[word.casefold()].values()) if word else [] for email, word in asked.items()}


def pushed(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    """For each push what of it is in the books, in order.

    An update is read by its id. A creation is searched by what identifies it: a customer by the marker in its account
    number, an item by its name, a document by its number (without one by the marker in its memo), a payment by the
    marker in its memo. Lists are read once for all pushes, newest first, as far as needed.
    """
    client = client_for(account.http, account.company)
    answer: list[list[Remote]] = [[] for _ in pushes]
    groups: dict[tuple[type, bool], list[int]] = defaultdict(list)
    for place, push in enumerate(pushes):
        groups[type(push.value), push.remote_id is not None].append(place)
    for (_, known), places in groups.items():
        asked = [pushes[place] for place in places]
        shape = shape_of(asked[0].value)
        found = [_by_id(client, shape, push) for push in asked] if known else _created(client, shape, asked)
        for place, remotes in zip(places, found, strict=True):
            answer[place] = remotes
    return answer


def _by_id(client: Client, shape: Shape[Any], push: Push[Value]) -> list[Remote]:
    row = client.one(shape.single, str(push.remote_id))
    return [shape.from_wire(row)] if row is not None else []


def _created(client: Client, shape: Shape[Any], pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    if shape.kind is Kind.CUSTOMER:
        return _listed(client, shape, pushes, lambda push: push.marker.lower(), lambda remote: remote.marker.lower())
    if shape.kind is Kind.ITEM:
        return _listed(client, shape, pushes, _name, lambda remote: name_key(remote.name))
    if shape.kind is Kind.PAYMENT:
        return _payments(client, pushes)
    return [
        with_number(client, shape, push) if document_of(push).number else _unnumbered(client, shape, push)
        for push in pushes
    ]


def _listed(
    client: Client,
    shape: Shape[Any],
    pushes: Sequence[Push[Value]],
    wanted: Callable[[Push[Value]], str],
    given: Callable[[Remote], str],
) -> list[list[Remote]]:
    """The newest object that fits each push. What was just sent is at the top: the list is seldom read to its end."""
    assert shape.newest is not None
    keys = [wanted(push) for push in pushes]
    open_keys = {key for key in keys if key}
    found: dict[str, Remote] = {}
    for row in client.everything(shape.newest):
        remote = shape.from_wire(row)
        key = given(remote)
        if key in open_keys:
            found.setdefault(key, remote)
            if remote.active:
                # One of the same name that is in use counts more than a newer archived one.
                found[key] = remote
                open_keys.discard(key)
        if not open_keys:
            break
    return [[found[key]] if key in found else [] for key in keys]


def _unnumbered(client: Client, shape: Shape[Any], push: Push[Value]) -> list[Remote]:
    """Wave numbered it by itself: the customer's documents of the day, told apart by the marker in the memo."""
    document = document_of(push)
    assert shape.of_day is not None
    day = document.issued_on.isoformat()
    rows = client.everything(shape.of_day, customerId=document.customer.remote_id, day=day)
    remotes = (shape.from_wire(row) for row in rows)
    return [remote for remote in remotes if push.marker and remote.marker.lower() == push.marker.lower()]


def _payments(client: Client, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    """Payments show only inside their invoice: each invoice is read once."""
    invoices = dict.fromkeys(_payment(push).invoice.remote_id for push in pushes)
    marked: dict[str, Mapping[str, list[Remote]]] = {}
    for invoice_id in invoices:
        by_marker: dict[str, list[Remote]] = defaultdict(list)
        row = client.one(documents.INVOICE_WITH_PAYMENTS, invoice_id) if invoice_id else None
        for paid in rows_of(row or {}, "payments"):
            remote = payments.from_wire(paid, invoice_id)
            if remote.active and remote.marker:
                by_marker[remote.marker.lower()].append(remote)
        marked[invoice_id] = by_marker
    return [list(marked[_payment(push).invoice.remote_id].get(push.marker.lower(), ())) for push in pushes]


def _payment(push: Push[Value]) -> Payment:
    assert isinstance(push.value, Payment)
    return push.value


def _name(push: Push[Value]) -> str:
    assert isinstance(push.value, Item)
    return name_key(push.value.name)
