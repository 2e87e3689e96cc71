"""Notices about records that a sync could not bring over, and about plugins that did not load."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.killing.shop import customer
from tests.integration.picky_books import Picky, picky

from ledgerport.contract import Refused
from ledgerport.db.models import Notice, Task
from ledgerport.host import Host, Quarantined
from ledgerport.services.disconnect import disconnect
from ledgerport.services.map_accounts import map_item
from ledgerport.services.notices_quarantine import check_plugins
from ledgerport.services.notices_stuck import words_of
from ledgerport.services.notices_upkeep import count_again
from ledgerport.services.show_notices import count_notices, list_notices, list_past_notices
from ledgerport.services.skip_record import skip_record
from ledgerport.services.sync_connection import sync_connection


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Picky]:
    made = picky(tmp_path)
    yield made
    made.hub.database.close()


def item(number: int) -> dict[str, Any]:
    return {"kind": "item", "ref": f"I-{number}", "name": f"Pipe {number}", "type": "product", "price": "1.00"}


def open_now(books: Picky) -> list[tuple[str, int, str]]:
    return [
        (notice.reason_code, notice.count, notice.action) for notice in list_notices(books.hub, tenant_id=books.tenant)
    ]


def all_notices(books: Picky) -> list[Notice]:
    with books.hub.database.everything(read=True) as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def stuck_ids(books: Picky) -> list[int]:
    with books.hub.database.everything(read=True) as session:
        return list(session.scalars(select(Task.id).where(Task.state.in_(("blocked", "failed"))).order_by(Task.id)))


def test_one_notice_says_how_many_records_are_stuck_for_one_reason_and_learns_of_more(books: Picky) -> None:
    books.save(item(1), item(2))
    books.drain()
    assert open_now(books) == [("unmapped_item", 2, "map_account")]
    books.save(item(3))
    books.drain()
    assert open_now(books) == [("unmapped_item", 3, "map_account")]
    (notice,) = list_notices(books.hub, tenant_id=books.tenant)
    assert notice.text.startswith(
        '3 records have no income account in Picky Books, so they wait. The first: Item "Pipe'
    )
    assert len(all_notices(books)) == 1


def test_a_single_record_is_told_in_its_own_words(books: Picky) -> None:
    books.save(item(1))
    books.drain()
    (notice,) = list_notices(books.hub, tenant_id=books.tenant)
    assert notice.text == 'Item "Pipe 1" has no income account, so it waits. Map an account to it.'


def test_each_reason_has_a_notice_of_its_own(books: Picky) -> None:
    books.plugin.trouble = Refused("The name is offensive.", field="DisplayName")
    books.save(customer(1), item(1))
    books.drain()
    assert sorted(code for code, _, _ in open_now(books)) == ["refused", "unmapped_item"]


def test_what_waits_for_a_stuck_record_has_no_notice_beside_that_records(books: Picky) -> None:
    books.save(
        customer(1),
        item(1),
        {
            "kind": "invoice",
            "ref": "INV-1",
            "number": "1",
            "customer": customer(1)["ref"],
            "issued_on": "2026-05-01",
            "lines": [{"item": "I-1", "description": "Pipe", "quantity": "1", "unit_price": "1.00"}],
        },
    )
    books.drain()
    assert len(stuck_ids(books)) == 2
    assert open_now(books) == [("unmapped_item", 1, "map_account")]


def test_it_closes_by_itself_when_nothing_of_the_cause_is_left(books: Picky) -> None:
    books.save(item(1), item(2))
    books.drain()
    for ref in ("I-1", "I-2"):
        map_item(books.hub, tenant_id=books.tenant, provider="picky", item=ref, income_account="400")
    books.drain()
    assert open_now(books) == []
    assert [notice.reason_code for notice in list_past_notices(books.hub, tenant_id=books.tenant).rows] == [
        "unmapped_item"
    ]


def test_trying_again_in_vain_neither_closes_it_nor_opens_another(books: Picky) -> None:
    books.save(item(1))
    books.drain()
    for _ in range(2):
        sync_connection(books.hub, tenant_id=books.tenant, provider="picky")
        # The sweep looks while the record is on its way.
        count_again(books.hub)
        assert open_now(books) == [("unmapped_item", 1, "map_account")]
        books.drain()
    assert [notice.closed_at for notice in all_notices(books)] == [None]


def test_new_work_on_the_way_does_not_keep_a_healed_notice_open(books: Picky) -> None:
    books.save(item(1))
    books.drain()
    books.save(customer(7))
    skip_record(books.hub, tenant_id=books.tenant, task_id=stuck_ids(books)[0], by="user:ann")
    count_again(books.hub)
    assert open_now(books) == []


def test_the_sweep_sees_what_a_person_settled_without_a_sync(books: Picky) -> None:
    books.save(item(1), item(2))
    books.drain()
    first, second = stuck_ids(books)
    skip_record(books.hub, tenant_id=books.tenant, task_id=first, by="user:ann")
    count_again(books.hub)
    assert open_now(books) == [("unmapped_item", 1, "map_account")]
    skip_record(books.hub, tenant_id=books.tenant, task_id=second, by="user:ann")
    count_again(books.hub)
    assert open_now(books) == []


def test_disconnecting_settles_what_was_said_about_the_connection(books: Picky) -> None:
    books.save(item(1))
    books.drain()
    disconnect(books.hub, tenant_id=books.tenant, connection_id=books.connection, by="ann")
    assert count_notices(books.hub, tenant_id=books.tenant) == 0
    count_again(books.hub)
    assert len(all_notices(books)) == 1


def test_a_connection_whose_plugin_did_not_load_has_one_notice_until_it_loads(books: Picky) -> None:
    reason = "it needs contract 2 to 2, this hub speaks 1"
    without = dataclasses.replace(
        books.hub, host=Host([], [Quarantined(name="picky", distribution="ledgerport-picky 1.2", reason=reason)])
    )
    check_plugins(without)
    check_plugins(without)
    (notice,) = list_notices(without, tenant_id=books.tenant)
    assert notice.text == (
        f"The plugin of picky (ledgerport-picky 1.2) did not load: {reason}. "
        'The connection to "Blue" waits, nothing is lost; your operator can mend it.'
    )
    check_plugins(books.hub)
    assert count_notices(books.hub, tenant_id=books.tenant) == 0


def test_words_name_the_first_record_and_stay_short() -> None:
    told = words_of(label="Wave", count=1200, reason_code="gone", first='Item "A" was deleted in Wave.')
    assert told == '1,200 records were deleted in Wave. The first: Item "A" was deleted in Wave.'
    assert len(words_of(label="Wave", count=2, reason_code="of a later version", first="x" * 5000)) <= 600
