"""A provider that is signed in to by an API key: neither a dry run nor a doctor's bundle shows the key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.keyed_books import BLUE, OFFICE, Till, till

from ledgerport.contract import Kind
from ledgerport.services.connect_with_key import connect_at_once
from ledgerport.services.dry_run import dry_run
from ledgerport.services.plugin_doctor import diagnose

KEY = "till-key-of-blue"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path / "home") as opened:
        connect_at_once(opened.hub, tenant_id=opened.tenant_id, provider="till", key=SecretStr(KEY), field=OFFICE)
        opened.save_customer("C-1", "Jon Doe")
        yield opened


@pytest.mark.parametrize("with_reads", [False, True])
def test_a_dry_run_shows_what_tells_the_company_and_not_the_key(books: Till, with_reads: bool) -> None:
    run = dry_run(
        books.hub, tenant_id=books.tenant_id, provider="till", kind=Kind.CUSTOMER, ref="C-1", with_reads=with_reads
    )
    (request,) = run.parts[0].steps[0].requests
    assert request.address == f"{books.url}/v1/companies/{BLUE}/customers"
    assert json.loads(request.body) == {"name": "Jon Doe"}
    assert request.headers["x-office"] == OFFICE
    assert "x-till-key" not in request.headers
    assert KEY not in repr(run)
    assert books.sandbox.customers[BLUE] == []


def test_a_bundle_tells_how_a_key_travels_and_not_the_key(books: Till) -> None:
    told = diagnose(books.hub, provider="till").sections
    assert told["terms"]["api_key"]["header"] == "X-Till-Key"
    assert told["connections"]["rows"][0]["sign_in"] == "good"
    assert KEY not in json.dumps(told)
