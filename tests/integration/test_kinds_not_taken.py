"""A provider that takes only some kinds: what it does not take stays here, and nothing waits for it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.killing.shop import customer
from tests.integration.picky_books import Picky, picky

from ledgerport.contract import Customer, Estimate, Kind, KindTerms
from ledgerport.db.models import Task
from ledgerport.host import Host, Provider
from ledgerport.services.show_runs import show_run
from ledgerport.services.sync_connection import sync_connection


def _without_estimates(books: Picky, *, declared: bool) -> Picky:
    """The same books, whose plugin does not declare estimates, or declares that they are not sent."""
    kinds: dict[Kind, KindTerms] = {
        kind: its for kind, its in books.plugin.terms.kinds.items() if kind is not Kind.ESTIMATE
    }
    if declared:
        kinds[Kind.ESTIMATE] = KindTerms(push=False)
    books.plugin.terms = dataclasses.replace(books.plugin.terms, kinds=kinds)
    host = Host([Provider(books.plugin.terms, books.plugin, "picky 1", 30.0)])
    return dataclasses.replace(books, hub=dataclasses.replace(books.hub, host=host))


def _estimate(ref: str) -> dict[str, Any]:
    line = {"description": "Look at it", "quantity": "1", "unit_price": "50.00"}
    head = {"kind": "estimate", "ref": ref, "number": ref, "customer": "C1", "issued_on": "2026-05-04"}
    return {**head, "lines": [line]}


@pytest.mark.parametrize("declared", [False, True])
def test_a_kind_that_a_provider_does_not_take_opens_no_task_there(tmp_path: Path, declared: bool) -> None:
    books = _without_estimates(picky(tmp_path), declared=declared)

    books.save(customer(1), _estimate("E-1"))
    books.drain()

    with books.hub.database.everything(read=True) as session:
        kinds = {task.kind for task in session.scalars(select(Task))}
    assert kinds == {Kind.CUSTOMER}
    assert len(books.plugin.pushed(Customer)) == 1
    assert books.plugin.pushed(Estimate) == []


def test_a_run_ends_although_there_are_records_that_the_provider_does_not_take(tmp_path: Path) -> None:
    books = _without_estimates(picky(tmp_path), declared=False)
    books.save(customer(1), _estimate("E-1"))

    run = sync_connection(books.hub, tenant_id=books.tenant, provider="picky")
    books.drain()

    assert run.total == 1
    assert show_run(books.hub, tenant_id=books.tenant, run_id=run.run_id).state == "finished"
