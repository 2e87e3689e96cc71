"""Bringing a database to the newest schema.

The same migrations serve SQLite and PostgreSQL.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_FOLDER = Path(__file__).parent / "migrations"
# Any fixed number does; it only has to be the same in every process that migrates.
_LOCK = 7_051_990


def upgrade(engine: Engine) -> None:
    """Run every migration that is missing.

    Two processes may start at once: the second waits and finds nothing to do.
    """
    with engine.connect().execution_options(ledgerport_read=True) as connection:
        if is_current(connection):
            # The usual start: nobody waits for anybody.
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '120s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(config_for(connection), "head")


def is_current(connection: Connection) -> bool:
    """Whether the database is at the newest schema already."""
    head = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def config_for(connection: Connection) -> Config:
    """Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
