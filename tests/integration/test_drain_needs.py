"""Records wait for what their provider needs and go on by themselves once a person has given it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.killing.shop import customer, invoice, item, payment
from tests.integration.picky_books import Picky, picky

from ledgerport.contract import Customer, Estimate, Invoice, Item, ItemType, Kind, Payment
from ledgerport.db import models
from ledgerport.db.models import Connection
from ledgerport.db.repositories import records_read
from ledgerport.db.repositories.records_read import Wanted
from ledgerport.services.change_choice import change_choice
from ledgerport.services.list_books import list_books
from ledgerport.services.map_accounts import choose_deposit_account, map_default, map_tax_code
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import list_mapping, show_connection
from ledgerport.services.sync_connection import sync_connection


@pytest.fixture
def books(tmp_path: Path) -> Picky:
    return picky(tmp_path)


def bare_invoice(number: int) -> dict[str, Any]:
    """An invoice with a line that names no item."""
    line = {"description": "Emergency call", "quantity": "1", "unit_price": "95.00"}
    return {**invoice(number), "lines": [line]}


def test_a_payment_waits_for_a_deposit_account_and_goes_once_it_is_chosen(books: Picky) -> None:
    books.book_services()
    books.save(customer(1), item(1), invoice(1), payment(1, customer=1, parts={1: Decimal("1.25")}))
    books.drain()
    assert books.plugin.pushed(Payment) == []
    told = books.blocked()["payment"]
    assert told.startswith("Payment 1.25 of 30 Sep 2026 for 1001 waits: nobody has chosen the account of Picky Books")

    choose_deposit_account(books.hub, tenant_id=books.tenant, provider="picky", account="100")
    books.drain()
    (push,) = [push for request in books.plugin.requests for push in request if isinstance(push.value, Payment)]
    assert push.mapping.deposit_account == "100"
    assert books.blocked() == {}


def test_an_invoice_with_tax_waits_for_the_tax_code_that_its_line_names(books: Picky) -> None:
    books.book_services()
    line = {"item": "I1", "quantity": "1", "unit_price": "1.25", "taxable": True, "tax_code": "county"}
    books.save(customer(1), item(1), invoice(1, tax="0.10") | {"lines": [line]})
    books.drain()
    assert books.plugin.pushed(Invoice) == []
    assert '"county" stands for no tax of Picky Books yet' in books.blocked()["invoice"]

    map_tax_code(books.hub, tenant_id=books.tenant, provider="picky", code="county", remote_id="TX")
    books.drain()
    assert [value.ref for value in books.plugin.pushed(Invoice)] == ["INV1"]


def test_an_invoice_without_tax_needs_no_tax_code_although_its_line_is_taxable(books: Picky) -> None:
    books.book_services()
    line = {"item": "I1", "quantity": "1", "unit_price": "1.25", "taxable": True}
    books.save(customer(1), item(1), invoice(1) | {"lines": [line]})
    books.drain()
    assert [value.ref for value in books.plugin.pushed(Invoice)] == ["INV1"]


def test_a_line_without_an_item_gets_the_stand_in_which_is_sent_first_and_once(books: Picky) -> None:
    books.book_services()
    books.save(customer(1), bare_invoice(1), bare_invoice(2))
    books.drain()
    (service,) = books.plugin.pushed(Item)
    assert (service.name, service.type, service.price) == ("Service", ItemType.SERVICE, Decimal(0))
    invoices = books.plugin.pushed(Invoice)
    assert sorted(value.ref for value in invoices) == ["INV1", "INV2"]
    stand_ins = {value.lines[0].item.remote_id for value in invoices}
    assert stand_ins == {row.remote_id for row in books_of(books, Kind.ITEM)}
    assert invoices[0].lines[0].description == "Emergency call"


def test_an_estimate_gets_the_stand_in_too(books: Picky) -> None:
    books.book_services()
    line = {"description": "Emergency call", "quantity": "1", "unit_price": "95.00"}
    books.save(
        customer(1),
        {"kind": "estimate", "ref": "E1", "number": "1", "customer": "C1", "issued_on": "2026-09-30", "lines": [line]},
    )
    books.drain()
    assert [value.lines[0].item.name for value in books.plugin.pushed(Estimate)] == ["Service"]


def test_the_stand_in_waits_for_an_income_account_and_shows_in_the_mapping(books: Picky) -> None:
    books.save(customer(1), bare_invoice(1))
    books.drain()
    assert books.blocked()["item"].startswith('Item "Service" has no income account')
    assert 'waits for item "Service"' in books.blocked()["invoice"]
    page = list_mapping(books.hub, tenant_id=books.tenant, provider="picky", unmapped=True)
    assert [row.name for row in page.rows] == ["Service"]

    books.book_services(products=False)
    books.drain()
    assert [value.ref for value in books.plugin.pushed(Invoice)] == ["INV1"]


def test_the_stand_in_is_no_item_of_the_host_app(books: Picky) -> None:
    books.book_services()
    books.save(customer(1), item(1), bare_invoice(1))
    books.drain()
    with books.hub.database.tenant(books.tenant, read=True) as session:
        listed = [row.ref for row in records_read.page(session, Kind.ITEM, Wanted())]
    assert listed == ["I1"]


def test_a_sync_does_not_send_a_stand_in_that_no_line_needs(books: Picky) -> None:
    with books.hub.database.tenant(books.tenant) as session:
        session.add(
            models.Item(
                ref="ledgerport/service",
                name="Service",
                type="service",
                price=Decimal(0),
                stand_in=True,
                created_at=books.hub.clock.now(),
                updated_at=books.hub.clock.now(),
            )
        )
    books.book_services()
    books.save(item(1))
    run = sync_connection(books.hub, tenant_id=books.tenant, provider="picky", requested_by="test")
    books.drain()
    assert run.total == 1
    assert [value.ref for value in books.plugin.pushed(Item)] == ["I1"]
    assert [page.unmapped for page in [list_mapping(books.hub, tenant_id=books.tenant, provider="picky")]] == [0]


def test_codes_come_from_the_sku_else_the_ref_and_are_never_given_twice(books: Picky) -> None:
    books.book_services()
    skus = {1: "AB-12", 2: "", 3: "ab-12", 4: "A-VERY-LONG-ONE", 5: "A-VERY-LONG-TWO"}
    books.save(*(item(number, sku=sku) for number, sku in skus.items()))
    books.drain()
    codes = {value.ref: value.code for value in books.plugin.pushed(Item)}
    assert (codes["I1"], codes["I2"], codes["I4"]) == ("AB-12", "I2", "A-VERY-L")
    assert len({code.casefold() for code in codes.values()}) == 5
    assert all(len(code) <= 8 for code in codes.values())


def test_a_line_carries_the_code_that_its_item_has_over_there(books: Picky) -> None:
    books.book_services()
    books.save(customer(1), item(1, sku="AB-12"), invoice(1))
    books.drain()
    assert [line.item_code for line in books.plugin.pushed(Invoice)[0].lines] == ["AB-12"]


def test_a_name_that_had_to_be_cut_is_kept_whole_in_the_description(books: Picky) -> None:
    books.book_services()
    books.save(item(1, name="Drain snake 25 ft, galvanised"))
    books.drain()
    (value,) = books.plugin.pushed(Item)
    assert (value.name, value.description) == ("Drain snake", "Drain snake 25 ft, galvanised")


def test_two_items_may_share_a_name_where_names_are_not_unique(books: Picky) -> None:
    books.book_services()
    books.save(item(1, name="Valve"), item(2, name="Valve"))
    books.drain()
    assert [value.name for value in books.plugin.pushed(Item)] == ["Valve", "Valve"]


def test_batches_that_need_a_choice_are_used_only_once_it_is_on(books: Picky) -> None:
    books.book_services()
    books.save(*(item(number) for number in range(1, 5)))
    books.drain()
    assert [len(request) for request in books.plugin.requests] == [1, 1, 1, 1]

    change_choice(books.hub, tenant_id=books.tenant, provider="picky", name="together", on=True)
    books.save(*(item(number, price="9.99") for number in range(1, 5)))
    books.drain()
    assert [len(request) for request in books.plugin.requests[4:]] == [3, 1]


def test_a_choice_is_shown_and_one_that_the_provider_does_not_know_is_refused(books: Picky) -> None:
    change_choice(books.hub, tenant_id=books.tenant, provider="picky", name="together", on=True)
    (shown,) = show_connection(books.hub, tenant_id=books.tenant, provider="picky").choices
    assert (shown.name, shown.on) == ("together", True)
    change_choice(books.hub, tenant_id=books.tenant, provider="picky", name="together", on=False)
    assert not show_connection(books.hub, tenant_id=books.tenant, provider="picky").choices[0].on
    with pytest.raises(BadChoice, match='no choice "apart"'):
        change_choice(books.hub, tenant_id=books.tenant, provider="picky", name="apart", on=True)


def test_single_pushes_keep_to_the_limit_of_their_own_meter(books: Picky) -> None:
    books.book_services()
    began = books.clock.now()
    books.save(*(customer(number) for number in range(1, 42)))
    books.drain()
    assert len(books.plugin.pushed(Customer)) == 41
    # 20 a minute: the 41st is the first of the third minute.
    assert books.clock.now() - began >= timedelta(minutes=2)


def test_a_document_waits_for_the_default_of_services_when_its_provider_books_bare_lines_there(tmp_path: Path) -> None:
    books = picky(tmp_path, lines_need_items=False)
    books.save(customer(1), bare_invoice(1))
    books.drain()
    assert "services have no income account in Picky Books yet" in books.blocked()["invoice"]

    map_default(books.hub, tenant_id=books.tenant, provider="picky", item_type=ItemType.SERVICE, income_account="400")
    books.drain()
    (push,) = [push for request in books.plugin.requests for push in request if isinstance(push.value, Invoice)]
    assert (push.mapping.income_account, push.value.lines[0].item) == ("400", None)


def test_another_default_account_does_not_bring_documents_again_that_have_items_on_every_line(tmp_path: Path) -> None:
    books = picky(tmp_path, lines_need_items=False)
    books.book_services()
    books.save(customer(1), item(1), invoice(1))
    books.drain()
    with books.hub.database.everything() as session:
        connection = session.scalars(select(Connection)).one()
        session.add(
            models.LedgerAccount(
                tenant_id=books.tenant,
                connection_id=connection.id,
                remote_id="401",
                name="Repairs",
                use="income",
                active=True,
                read_at=books.hub.clock.now(),
            )
        )
    map_default(books.hub, tenant_id=books.tenant, provider="picky", item_type=ItemType.SERVICE, income_account="401")
    books.save(invoice(1, memo=""))
    books.drain()
    assert len(books.plugin.pushed(Invoice)) == 1


def books_of(books: Picky, kind: Kind) -> list[Any]:
    rows = list_books(books.hub, tenant_id=books.tenant, connection_id=books.connection)
    return [row for row in rows if row.kind is kind]
