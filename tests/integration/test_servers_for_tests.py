"""The servers that other tests ask for: really there, empty, and gone afterwards."""

from __future__ import annotations

import psycopg
import pytest
import redis
from sqlalchemy.engine import URL, make_url
from tests.conftest import connect, throw_away_cluster, throw_away_database


def query(url: str, statement: str) -> object:
    with connect(make_url(url)) as connection:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]


def test_the_session_database_answers(postgres_url: str) -> None:
    assert query(postgres_url, "SELECT current_database()") == make_url(postgres_url).database


def test_a_fresh_database_has_no_tables(empty_postgres_url: str) -> None:
    assert query(empty_postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_a_throw_away_database_is_gone_afterwards(postgres_server: URL) -> None:
    with throw_away_database(postgres_server) as url:
        name = make_url(url).database
        assert query(url, "SELECT 1") == 1

    with connect(postgres_server) as admin:
        assert admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None


def test_a_cluster_of_the_systems_binaries_starts_and_stops() -> None:
    with throw_away_cluster() as server:
        assert query(server.render_as_string(hide_password=False), "SELECT 1") == 1

    with pytest.raises(psycopg.OperationalError, match="refused"):
        connect(server)


def test_redis_is_empty_at_the_start_of_a_test_and_takes_keys(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("key", "1")
        assert client.get("key") == b"1"


def test_redis_forgot_what_the_test_before_wrote(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
