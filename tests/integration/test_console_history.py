"""Sync history and what needs a person, as pages over a hub whose books are crowded."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.integration.crowded_books import crowded, links, open_tasks, other, stuck
from tests.integration.killing.shop import customer, invoice, item
from tests.integration.picky_books import Picky
from tests.web_stage import Browser, signed_in, words

from ledgerport.contract import Customer, Invoice, Refused
from ledgerport.db.models import Run, Task, TaskState, Tenant
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.tenants import create_tenant

DOE = {"name": "Doe <b>Plumbing</b>", "email": "j.doe@example.com"}


@pytest.fixture
def books(tmp_path: Path) -> Picky:
    """A customer of whom there could be two, with an invoice that waits for them; and one whose name a vendor has."""
    made, plugin = crowded(
        tmp_path,
        other("58", name="John Doe", email=DOE["email"]),
        other("59", name="Doe & Sons", email=DOE["email"]),
        other("9", "vendor", name="Acme"),
    )
    made.save({**customer(1), **DOE}, item(1), invoice(1), {**customer(2), "name": "Acme"})
    made.drain()
    assert plugin.pushed(Customer) == []
    return made


def slug(books: Picky) -> str:
    with books.hub.database.everything(read=True) as session:
        return session.scalars(select(Tenant.slug).where(Tenant.id == books.tenant)).one()


@pytest.fixture
def ann(books: Picky) -> Iterator[Browser]:
    with signed_in(books.hub, tenant=slug(books)) as made:
        yield made


def at(books: Picky, path: str) -> str:
    return f"/t/{slug(books)}/{path}"


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def number(books: Picky, name: str) -> int:
    """The number under which a customer waits."""
    with books.hub.database.everything(read=True) as session:
        wanted = (Task.kind == "customer", Task.state == TaskState.BLOCKED, Task.reason.contains(name))
        return session.scalars(select(Task.id).where(*wanted)).one()


def test_history_lists_runs_with_who_asked_and_what_became_of_them(books: Picky, ann: Browser) -> None:
    told = words(ann.get(at(books, "history")))
    assert "Picky Books: Automatic Ledgerport" in told
    assert "3 records need you." in told
    sync_connection(books.hub, tenant_id=books.tenant, provider="picky", requested_by="user:ann@example.com")
    told = words(ann.get(at(books, "history?trigger=click")))
    assert "Sync now ann@example.com Running" in told
    assert "Picky Books: Automatic Ledgerport" not in told
    assert "No sync is like this." in words(ann.get(at(books, "history?trigger=backfill")))


def test_a_run_shows_its_records_with_their_reasons_and_filters_them(books: Picky, ann: Browser) -> None:
    with books.hub.database.everything(read=True) as session:
        run = session.scalars(select(Run.id)).one()
    told = words(ann.get(at(books, f"history/{run}")))
    assert 'Which one is "Doe <b>Plumbing</b>"?' in told
    assert "In Picky Books" in told
    assert "See what to do" in told
    failed = words(ann.get(at(books, f"history/{run}?show=failed")))
    assert "No record of this sync ended so." in failed
    ann.get(at(books, "history/999999"), status=404)


def test_names_with_markup_are_escaped_everywhere(books: Picky, ann: Browser) -> None:
    run = "history/1"
    for path in ("stuck", run, "customers/C1/history", f"stuck/{number(books, 'Doe')}"):
        assert "<b>Plumbing" not in ann.get(at(books, path)), path


def test_runs_and_their_records_come_as_csv_that_no_spreadsheet_takes_for_formulas(books: Picky, ann: Browser) -> None:
    books.save({**customer(3), "name": "=cmd()", "email": DOE["email"]})
    books.drain()
    answer = ann.http.get(at(books, "history/runs.csv"))
    assert answer.headers["content-type"].startswith("text/csv")
    table = rows(answer.text)
    assert (table[0][:3], table[1][1:3]) == (["run", "provider", "trigger"], ["Picky Books", "Automatic"])
    newest = table[1][0]
    records = rows(ann.get(at(books, f"history/{newest}/records.csv?show=skipped")))
    assert "'=cmd()" in [record[4] for record in records]
    assert ann.http.get(at(books, "history/999999/records.csv")).status_code == 404


def test_csv_goes_on_over_all_pages(books: Picky, ann: Browser) -> None:
    now = books.hub.clock.now()
    with books.hub.database.tenant(books.tenant) as session:
        run = {"connection_id": books.connection, "trigger": "click", "state": "finished", "started_at": now}
        session.add_all([Run(**run) for _ in range(450)])
    assert len(rows(ann.get(at(books, "history/runs.csv")))) == 1 + 450 + 1


def test_a_records_history_quotes_the_provider_and_names_the_request(books: Picky, ann: Browser) -> None:
    told = words(ann.get(at(books, "customers/C2/history")))
    assert "“Duplicate Name Exists Error”" in told
    assert re.search(r"Sent .* as [0-9a-f-]{36}", told)
    assert "Needs you now" in told
    ann.get(at(books, "customers/nobody/history"), status=404)


def test_what_needs_a_person_is_grouped_by_reason_with_the_button_that_helps(books: Picky, ann: Browser) -> None:
    page = ann.get(at(books, "stuck"))
    told = words(page)
    for title in ("Several customers match", "The name is taken", "Waiting for another record"):
        assert title in told
    assert "Rename for Picky Books" in told
    assert 'Invoice 1001 waits for customer "Doe <b>Plumbing</b>".' in told
    assert f'href="{at(books, "customers/C1")}"' in page, "the invoice leads to the customer that it waits for"
    one = words(ann.get(at(books, "stuck?kind=customer&ref=C2")))
    assert "The name is taken" not in one
    assert 'a vendor named "Acme"' in one


def test_a_person_chooses_the_customer_and_the_invoice_goes(books: Picky, ann: Browser) -> None:
    task = number(books, "Doe")
    page = ann.get(at(books, f"stuck/{task}"))
    assert "None of them: create" in words(page)
    told = words(ann.send(at(books, f"stuck/{task}/choose"), remote_id="59"))
    assert 'is linked to "Doe & Sons" in Picky Books.' in told
    books.drain()
    assert links(books) == [("59", "matched")]
    assert len(books.plugin.pushed(Invoice)) == 1
    settled = words(ann.send(at(books, f"stuck/{task}/choose"), remote_id="58"))
    assert "is settled already." in settled, "a second click changes nothing"
    assert "is settled." in words(ann.get(at(books, f"stuck/{task}")))


@pytest.mark.parametrize(("remote_id", "wrong"), [("", "Nothing is chosen yet."), ("77", "is none of those")])
def test_a_choice_that_cannot_be_is_told_where_it_was_made(
    books: Picky, ann: Browser, remote_id: str, wrong: str
) -> None:
    page = ann.send(at(books, f"stuck/{number(books, 'Doe')}/choose"), status=422, remote_id=remote_id)
    assert wrong in words(page)
    assert 'id="which-wrong"' in page


def test_a_name_is_given_cleaned_and_a_taken_one_is_kept_in_the_form(books: Picky, ann: Browser) -> None:
    task = number(books, "Acme")
    page = ann.send(at(books, f"stuck/{task}/rename"), status=422, name="ACME")
    assert 'value="ACME"' in page
    assert "is the name that is taken" in words(page)
    told = words(ann.send(at(books, f"stuck/{task}/rename"), name=" Acme\t(customer) "))
    assert 'is called "Acme (customer)" in Picky Books from now on' in told
    books.drain()
    assert [value.name for value in books.plugin.pushed(Customer)] == ["Acme (customer)"]


def test_skip_and_retry_answer_with_a_toast_where_the_button_was(books: Picky, ann: Browser) -> None:
    back = at(books, "stuck?provider=picky&reason=name_taken")
    task = number(books, "Acme")
    told = words(ann.send(at(books, f"stuck/{task}/retry"), back=back))
    assert "is tried again now." in told
    books.drain()
    told = words(ann.send(at(books, f"stuck/{task}/skip"), back="//evil.example"))
    assert "is skipped until it is changed or resynced." in told
    assert "What needs you" in told
    assert ("customer", "blocked") in open_tasks(books), "Doe still waits"


def test_all_alike_are_retried_by_one_button_that_leads_to_their_run(books: Picky, ann: Browser) -> None:
    books.plugin.trouble = Refused("Not today.")
    books.save(customer(4), customer(5))
    books.drain()
    assert "Retry all 2" in words(ann.get(at(books, "stuck")))
    told = words(ann.send(at(books, "stuck/retry-alike"), provider="picky", reason="refused"))
    assert "2 records are tried again now." in told
    assert "Under way" in told
    again = words(ann.send(at(books, "stuck/retry-alike"), provider="picky", reason="refused"))
    assert "Nothing waits for this reason any more." in again


def test_a_viewer_sees_reasons_but_no_buttons_and_may_not_act(books: Picky) -> None:
    with signed_in(books.hub, role="viewer", tenant=slug(books)) as vera:
        page = vera.get(at(books, "stuck"))
        assert "Several customers match" in words(page)
        assert f'action="{at(books, "stuck")}' not in page
        task = number(books, "Doe")
        assert "/choose" not in vera.get(at(books, f"stuck/{task}"))
        for path in ("retry", "skip", "recreate", "let-go", "choose", "rename"):
            vera.send(at(books, f"stuck/{task}/{path}"), status=403)
    assert stuck(books, "invoice").reason_code == "waits_for"


def test_another_tenants_records_are_not_there(books: Picky) -> None:
    create_tenant(books.hub, slug="other", name="Other")
    task = number(books, "Doe")
    with signed_in(books.hub, tenant="other") as bob:
        assert "Nothing needs you." in words(bob.get("/t/other/stuck"))
        assert "Nothing was synced yet." in words(bob.get("/t/other/history"))
        for path in (f"stuck/{task}", "history/1", "customers/C1/history", "history/1/records.csv"):
            bob.get(f"/t/other/{path}", status=404)
        for path in ("retry", "skip", "let-go", "rename"):
            bob.send(f"/t/other/stuck/{task}/{path}", status=404, name="x")
        bob.get(at(books, "stuck"), status=404)
