"""Hundreds of values are looked up in an index, not compared with every row of a table."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, select, text, update
from sqlalchemy.pool import StaticPool

from ledgerport.db.among import among

ROWS = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text, unique=True))


@pytest.mark.parametrize(
    "statement",
    [
        select(ROWS.c.name).where(among(ROWS.c.id, "values")),
        select(ROWS.c.id).where(ROWS.c.id > 0, among(ROWS.c.name, "values")),
        update(ROWS).where(among(ROWS.c.id, "values")).values(name="x"),
    ],
    ids=["by primary key", "by another index", "in an update"],
)
def test_sqlite_searches_an_index_for_the_values(statement: object) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    ROWS.metadata.create_all(engine)
    sql = str(statement.compile(engine))  # type: ignore[attr-defined]
    with engine.connect() as connection:
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql.replace('?', 'NULL')}"))]

    assert not any(step.startswith("SCAN rows") for step in plan), plan
    assert any(step.startswith("SEARCH rows USING") for step in plan), plan


def test_only_rows_with_one_of_the_values_are_found() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    ROWS.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(ROWS.insert(), [{"id": number, "name": f"item {number}"} for number in range(1, 6)])
        found = connection.execute(
            select(ROWS.c.id).where(among(ROWS.c.name, "values")), {"values": ["item 2", "item 5"]}
        )

        assert sorted(found.scalars()) == [2, 5]
