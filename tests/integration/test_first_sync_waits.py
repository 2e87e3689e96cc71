"""A first sync that waits for the set-up: what is in the books already is linked before anything is created there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.connecting import Stage, stage
from tests.stage import PROVIDERS, Sandbox, companies_of, drain_dry, load, map_defaults
from tests.web_stage import signed_in, words

from ledgerport.contract import Kind
from ledgerport.services.choice_ticket import choice_ticket, choose
from ledgerport.services.disconnect import disconnect
from ledgerport.services.find_due import find_due
from ledgerport.services.finish_connect import CompanyChoice
from ledgerport.services.imports.change_rows import RowChange, change_rows
from ledgerport.services.imports.show_imports import list_rows
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.imports.steer_import import apply_import
from ledgerport.services.imports.work_import import work_import
from ledgerport.services.show_connections import ConnectionView, change_toggles, show_connection
from ledgerport.services.show_unsynced import count_unsynced
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.sync_record import sync_record

# No e-mail, so that nothing but an import can know that the two are one.
HERE = {"kind": "customer", "ref": "C-1", "name": "Doe Plumbing"}
AT = "/t/blue-plumbing/integrations/quickbooks"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def connect_waiting(here: Stage) -> int:
    """As the console connects: through consent, and the choice where the consent reaches several companies."""
    wish = companies_of(here.provider)[0]
    done = here.finish(here.consent(here.begin(first_sync_waits=True), company=wish))
    if isinstance(done, CompanyChoice):
        ticket = choice_ticket(here.hub, done, "browser-1")
        done = choose(here.hub, provider=here.provider, browser="browser-1", ticket=ticket, company_id=wish)
    return done.connection_id


def view(here: Stage) -> ConnectionView:
    return show_connection(here.hub, tenant_id=here.tenant_id, provider=here.provider)


def there(here: Stage) -> list[Any]:
    """The customers in the books."""
    held: list[Any] = Sandbox(here.url, here.provider).ledger()["customers"]
    return held


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_sent_before_somebody_starts_the_first_sync(tmp_path: Path, provider: str) -> None:
    with stage(tmp_path, provider=provider, rate=60) as here:
        load(here.hub, here.tenant_id, [HERE])
        before = len(there(here))
        connection = connect_waiting(here)
        map_defaults(here.hub, here.tenant_id, connection)
        load(here.hub, here.tenant_id, [{**HERE, "ref": "C-2", "name": "Saved meanwhile"}])

        drain_dry(here.hub, connection)
        assert len(there(here)) == before
        assert view(here).first_sync_waits
        assert find_due(here.hub).now == []
        assert count_unsynced(here.hub, tenant_id=here.tenant_id, provider=provider) == {Kind.CUSTOMER: 2}

        started = sync_connection(here.hub, tenant_id=here.tenant_id, provider=provider, requested_by="Ann")
        drain_dry(here.hub, connection)
        assert (started.total, len(there(here))) == (2, before + 2)
        assert not view(here).first_sync_waits


def test_what_was_linked_during_the_set_up_is_not_created_again(here: Stage) -> None:
    load(here.hub, here.tenant_id, [HERE])
    person = {"action": "create", "kind": "Customer", "data": {"DisplayName": "Doe Plumbing Inc"}}
    here.control("person", {"company": companies_of("quickbooks")[0], **person})
    connection = connect_waiting(here)
    drain_dry(here.hub, connection)
    its = {"tenant_id": here.tenant_id, "provider": "quickbooks"}
    shown = start_import(here.hub, **its, kind=Kind.CUSTOMER)  # type: ignore[arg-type]
    work_import(here.hub, shown.id)
    rows = list_rows(here.hub, **its, import_id=shown.id).rows  # type: ignore[arg-type]
    (row,) = (one for one in rows if one.name == "Doe Plumbing Inc")
    link = RowChange(id=row.id, choice="link", record="C-1")
    change_rows(here.hub, **its, import_id=shown.id, changes=[link])  # type: ignore[arg-type]
    apply_import(here.hub, **its, import_id=shown.id)  # type: ignore[arg-type]
    work_import(here.hub, shown.id)

    sync_connection(here.hub, tenant_id=here.tenant_id, provider="quickbooks")
    drain_dry(here.hub, connection)
    names = [customer["name"] for customer in there(here)]
    assert [name for name in names if name.startswith("Doe Plumbing")] == ["Doe Plumbing Inc"]


def test_connected_without_the_set_up_it_syncs_by_itself(here: Stage) -> None:
    load(here.hub, here.tenant_id, [HERE])
    before = len(there(here))
    drain_dry(here.hub, here.connect().connection_id)

    assert len(there(here)) == before + 1


def test_where_nothing_goes_by_itself_there_is_nothing_to_wait_for(here: Stage) -> None:
    connection = connect_waiting(here)
    load(here.hub, here.tenant_id, [HERE, {**HERE, "ref": "C-2", "name": "Another"}])
    (told,) = sync_record(here.hub, tenant_id=here.tenant_id, kind=Kind.CUSTOMER, ref="C-1")
    assert told.problem == (
        "QuickBooks Online: Its set-up is not finished, so nothing is sent to QuickBooks Online yet."
    )
    change_toggles(here.hub, tenant_id=here.tenant_id, provider="quickbooks", toggles={"auto_sync": False})

    assert not view(here).first_sync_waits
    (told,) = sync_record(here.hub, tenant_id=here.tenant_id, kind=Kind.CUSTOMER, ref="C-1")
    drain_dry(here.hub, connection)
    assert (told.problem, told.total) == ("", 1)
    assert "Doe Plumbing" in [customer["name"] for customer in there(here)]


def test_the_same_company_connected_again_goes_on_where_it_stopped(here: Stage) -> None:
    connection = here.connect().connection_id
    disconnect(here.hub, tenant_id=here.tenant_id, connection_id=connection, by="user:ann")
    load(here.hub, here.tenant_id, [HERE])
    before = len(there(here))

    assert connect_waiting(here) == connection
    drain_dry(here.hub, connection)
    assert len(there(here)) == before + 1


def test_the_console_says_that_it_waits_and_starts_it(here: Stage) -> None:
    load(here.hub, here.tenant_id, [HERE])
    connection = connect_waiting(here)
    with signed_in(here.hub, tenant="blue-plumbing") as ann:
        assert "Set-up not finished" in words(ann.get("/t/blue-plumbing/integrations"))
        page = words(ann.get(AT))
        assert "The set-up of QuickBooks Online is not finished." in page
        assert "1 customer is not in QuickBooks Online yet." in page
        done = words(ann.get(f"{AT}/wizard/done"))
        assert "Nothing was sent yet." in done
        assert done.endswith("Start the first sync Go to QuickBooks Online Back")

        start_import(here.hub, tenant_id=here.tenant_id, provider="quickbooks", kind=Kind.CUSTOMER)
        assert "The customers of QuickBooks Online were read, but not brought over." in words(
            ann.get(f"{AT}/wizard/done")
        )

        assert "Sync started: 1 record." in words(ann.send(f"{AT}/sync"))
        drain_dry(here.hub, connection)
        assert "Set-up not finished" not in words(ann.get(AT))
        assert "by itself" in words(ann.get(f"{AT}/wizard/done"))
