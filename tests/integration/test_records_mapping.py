"""Mapping items, taxes and deposits to the books, and what goes on once it is done; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import (
    make_connection,
    make_hub,
    make_tenant,
    messages,
    save,
    set_tasks,
    sqlite_url,
    tasks,
)

from ledgerport.contract import ItemType
from ledgerport.db.models import (
    Connection,
    LedgerAccount,
    RemoteTaxCode,
    Task,
)
from ledgerport.services.context import Hub
from ledgerport.services.map_accounts import (
    apply_to_unmapped,
    choose_deposit_account,
    map_default,
    map_item,
    map_tax_code,
)
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import list_mapping, show_connection


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    tenant = make_tenant(hub)
    save(hub, tenant, "customer", "C-1")
    return tenant


def chart(hub: Hub, tenant: int, connection: int) -> None:
    with hub.database.tenant(tenant) as session:
        now = hub.clock.now()
        for remote_id, name, use in (
            ("79", "Sales of Product Income", "income"),
            ("80", "Services", "income"),
            ("54", "Job Materials", "expense"),
            ("35", "Checking", "deposit"),
        ):
            session.add(LedgerAccount(connection_id=connection, remote_id=remote_id, name=name, use=use, read_at=now))
        session.add(RemoteTaxCode(connection_id=connection, remote_id="TAX", name="Taxable"))


def block_on_items(hub: Hub, tenant: int, item_id: int) -> None:
    set_tasks(
        hub, tenant, state="blocked", reason="No account.", reason_code="unmapped_item", blocked_on=f"item:{item_id}"
    )


def test_mapping_an_item_lets_it_and_the_invoices_that_wait_for_it_go_on(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    chart(hub, tenant, connection)
    item = save(hub, tenant, "item", "I-1")
    save(hub, tenant, "invoice", "INV-1", lines=[{"item": "I-1", "quantity": "1", "unit_price": "1.00"}])
    block_on_items(hub, tenant, item.record_id)
    with hub.database.tenant(tenant) as session:
        session.get_one(Connection, connection).due_at = None
    messages(hub)
    mapped = map_item(hub, tenant_id=tenant, provider="alpha", item="I-1", income_account="79", expense_account="54")
    assert (mapped.items, mapped.released) == (1, 2)
    assert {state for *_, state in tasks(hub, tenant)} == {"waiting"}
    assert messages(hub) == [("sync.drain", connection)]
    page = list_mapping(hub, tenant_id=tenant, provider="alpha")
    assert page.unmapped == 0
    assert [(row.income_account, row.expense_account, row.source) for row in page.rows] == [("79", "54", "item")]


def test_a_default_by_type_releases_the_items_of_that_type_only(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    chart(hub, tenant, connection)
    product = save(hub, tenant, "item", "I-1", type="product")
    block_on_items(hub, tenant, product.record_id)
    service = save(hub, tenant, "item", "I-2", type="service")
    with hub.database.tenant(tenant) as session:
        waiting = session.scalars(select(Task).where(Task.record_id == service.record_id, Task.kind == "item")).one()
        waiting.state, waiting.blocked_on = "blocked", f"item:{service.record_id}"
    mapped = map_default(hub, tenant_id=tenant, provider="alpha", item_type=ItemType.PRODUCT, income_account="79")
    assert (mapped.items, mapped.released) == (1, 1)
    assert show_connection(hub, tenant_id=tenant, provider="alpha").unmapped_items == 1


def test_apply_to_unmapped_leaves_mapped_items_as_they_are(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    chart(hub, tenant, connection)
    for number in range(5):
        save(hub, tenant, "item", f"I-{number}")
    map_item(hub, tenant_id=tenant, provider="alpha", item="I-0", income_account="80")
    mapped = apply_to_unmapped(hub, tenant_id=tenant, provider="alpha", income_account="79")
    assert mapped.items == 4
    page = list_mapping(hub, tenant_id=tenant, provider="alpha")
    assert [row.income_account for row in page.rows] == ["80", "79", "79", "79", "79"]


def test_an_account_that_is_not_there_is_refused_with_some_that_are(hub: Hub, tenant: int) -> None:
    chart(hub, tenant, make_connection(hub, tenant))
    save(hub, tenant, "item", "I-1")
    with pytest.raises(BadChoice, match='Alpha has no active account with the id "999"') as refused:
        map_item(hub, tenant_id=tenant, provider="alpha", item="I-1", income_account="999")
    assert refused.value.field == "income_account"
    assert refused.value.next_step == 'Choose one such as 79 "Sales of Product Income", 80 "Services".'


def test_an_account_of_the_wrong_use_is_refused(hub: Hub, tenant: int) -> None:
    chart(hub, tenant, make_connection(hub, tenant))
    save(hub, tenant, "item", "I-1")
    with pytest.raises(BadChoice, match='Account 35 "Checking" in Alpha is not an income account'):
        map_item(hub, tenant_id=tenant, provider="alpha", item="I-1", income_account="35")


def test_the_deposit_account_and_tax_codes_are_checked_too(hub: Hub, tenant: int) -> None:
    chart(hub, tenant, make_connection(hub, tenant))
    choose_deposit_account(hub, tenant_id=tenant, provider="alpha", account="35")
    map_tax_code(hub, tenant_id=tenant, provider="alpha", code="taxable", remote_id="TAX")
    assert show_connection(hub, tenant_id=tenant, provider="alpha").deposit_account == "35"
    with pytest.raises(BadChoice, match="is not a deposit account"):
        choose_deposit_account(hub, tenant_id=tenant, provider="alpha", account="79")
    with pytest.raises(BadChoice, match='no active tax code "NOPE"'):
        map_tax_code(hub, tenant_id=tenant, provider="alpha", code="exempt", remote_id="NOPE")
