"""The migrations lead to the models, on both databases, also when two processes start at once."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from ledgerport.db.migrate import _LOCK, is_current, upgrade
from ledgerport.db.models import Base
from ledgerport.db.session import open_engine


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


def migrate(url: str) -> list[str]:
    """What a process does when it starts; the tables that are there afterwards."""
    engine = open_engine(url)
    upgrade(engine)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    return sorted(tables)


def test_an_empty_database_migrated_is_what_the_models_say(empty_url: str) -> None:
    engine = open_engine(empty_url)
    upgrade(engine)
    with engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
        )
    engine.dispose()
    if empty_url.startswith("sqlite"):
        # Alembic cannot compare a descending column of an index on SQLite; the test below compares the statements.
        differences = [change for change in differences if change[0] not in ("add_index", "remove_index")]
    assert differences == []


def test_on_sqlite_the_indexes_are_made_by_the_same_statements_as_the_models_would(tmp_path: Path) -> None:
    statements = []
    for name, make in (("migrated", upgrade), ("models", Base.metadata.create_all)):
        engine = open_engine(f"sqlite:///{tmp_path / name}.db")
        make(engine)
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
            )
            statements.append({row.name: " ".join(row.sql.split()) for row in rows if "alembic" not in row.name})
        engine.dispose()
    assert statements[0] == statements[1]


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    assert migrate(empty_url) == migrate(empty_url)


def test_three_processes_that_start_at_once_migrate_one_after_the_other(empty_url: str) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("forkserver")) as pool:
        tables = list(pool.map(migrate, [empty_url] * 3))
    assert tables[0] == tables[1] == tables[2]
    assert {*Base.metadata.tables} <= {*tables[0]}


def test_a_start_at_the_newest_schema_waits_for_nobody(empty_postgres_url: str) -> None:
    engine = open_engine(empty_postgres_url)
    upgrade(engine)
    with engine.begin() as busy:
        busy.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        upgrade(engine)
        assert is_current(busy)
    engine.dispose()
