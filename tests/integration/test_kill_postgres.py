"""Workers are killed over PostgreSQL: its locks and transactions must keep what SQLite's do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.killing.steps import Step, each, kill_once
from tests.stage import PROVIDERS

from ledgerport.contract import Kind

STEPS = [
    Step("claim committed", Kind.ITEM),
    Step("request left", Kind.INVOICE),
    Step("answer came", Kind.PAYMENT),
    Step("settled, not committed", Kind.PAYMENT),
]


@each(STEPS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_on_postgresql_a_worker_killed_at_this_point_loses_and_doubles_nothing(
    tmp_path: Path, postgres_url: str, provider: str, step: Step
) -> None:
    kill_once(tmp_path, provider, step, database_url=postgres_url)
