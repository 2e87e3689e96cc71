"""The sandbox's state: JSON documents with look-up keys in SQLite.

Twenty thousand invoices with half a million lines must not sit in memory, so documents live in a file (a temporary
one by default, removed at close) and only what a request needs is parsed. One connection, one thread, one transaction
per request.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_SCHEMA = """
CREATE TABLE IF NOT EXISTS docs(
  seq INTEGER PRIMARY KEY, company TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  doc BLOB NOT NULL, row BLOB NOT NULL,
  sort TEXT NOT NULL, active INTEGER NOT NULL, deleted INTEGER NOT NULL, updated REAL NOT NULL,
  UNIQUE(company, kind, id));
CREATE INDEX IF NOT EXISTS docs_updated ON docs(company, kind, updated);
CREATE INDEX IF NOT EXISTS docs_sort ON docs(company, kind, sort, seq);
CREATE TABLE IF NOT EXISTS keys(
  company TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY(company, key, value, kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_of ON keys(company, kind, id);
CREATE TABLE IF NOT EXISTS numbers(company TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY(company, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers(company TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL, about TEXT NOT NULL,
  status INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(company, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it lies in the store; `row` is its line in the ledger (empty bytes: none)."""

    kind: str
    id: str
    doc: bytes
    row: bytes
    active: bool
    deleted: bool
    updated: float

    def parsed(self) -> dict[str, Any]:
        """The document."""
        value: dict[str, Any] = orjson.loads(self.doc)
        return value


_PEEKED = 8192
_COLUMNS = "kind, id, doc, row, active, deleted, updated"


class Store:
    """Documents by (company, kind, id). `path` None: a temporary file deleted at close; ":memory:" stays in memory."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        temporary: Path | None = None
        if path is None:
            handle, name = tempfile.mkstemp(prefix="sandbox-", suffix=".sqlite")
            os.close(handle)
            temporary = Path(name)
            path = name
        # The app runs on one event loop, but the loop's thread is not the one that built it.
        self._db = sqlite3.connect(
            os.fspath(path), isolation_level=None, check_same_thread=False, cached_statements=256
        )
        # A sandbox may lose its last second when the machine dies; it need not sync the disk for every request.
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "temp_store=MEMORY", "cache_size=-32000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        # Also when nobody closes it: at the end of the object or of the process.
        self._end = weakref.finalize(self, _discard, self._db, temporary)
        self._depth = 0
        self._peeked: dict[tuple[str, str, str], dict[str, Any]] = {}

    def close(self) -> None:
        """Close, and remove the temporary file. Closing twice is allowed."""
        self._end()

    def clear(self) -> None:
        """Forget all documents, keys, numbers, answers and facts."""
        self._peeked.clear()
        with self.transaction():
            for table in ("docs", "keys", "numbers", "answers", "facts"):
                self._db.execute(f"DELETE FROM {table}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a nested one is a savepoint, so one refused record of a batch leaves nothing behind."""
        outer = self._depth == 0
        name = f"s{self._depth}"
        self._db.execute("BEGIN IMMEDIATE" if outer else f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._peeked.clear()
            self._db.execute("ROLLBACK" if outer else f"ROLLBACK TO {name}")
            if not outer:
                self._db.execute(f"RELEASE {name}")
            raise
        self._depth -= 1
        self._db.execute("COMMIT" if outer else f"RELEASE {name}")

    def insert(
        self,
        company: str,
        kind: str,
        id: str,
        doc: dict[str, Any],
        *,
        updated: float,
        sort: str = "",
        active: bool = True,
        row: dict[str, Any] | None = None,
        keys: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Add a document that is not there yet. Raises sqlite3.IntegrityError when the id is taken."""
        self._db.execute(
            "INSERT INTO docs(company, kind, id, doc, row, sort, active, deleted, updated) VALUES (?,?,?,?,?,?,?,0,?)",
            (company, kind, id, orjson.dumps(doc), orjson.dumps(row) if row else b"", sort, active, updated),
        )
        self._index(company, kind, id, keys)

    def replace(
        self,
        company: str,
        kind: str,
        id: str,
        doc: dict[str, Any],
        *,
        updated: float,
        sort: str = "",
        active: bool = True,
        row: dict[str, Any] | None = None,
        keys: Iterable[tuple[str, str]] | None = None,
        deleted: bool = False,
    ) -> None:
        """Write a document that is there; `keys` None leaves its look-up keys as they are. Raises KeyError when it is
        absent.
        """
        changed = self._db.execute(
            "UPDATE docs SET doc=?, row=?, sort=?, active=?, deleted=?, updated=? WHERE company=? AND kind=? AND id=?",
            (orjson.dumps(doc), orjson.dumps(row) if row else b"", sort, active, deleted, updated, company, kind, id),
        )
        if changed.rowcount != 1:
            raise KeyError((company, kind, id))
        self._peeked.pop((company, kind, id), None)
        if keys is not None:
            self._db.execute("DELETE FROM keys WHERE company=? AND kind=? AND id=?", (company, kind, id))
            self._index(company, kind, id, keys)

    def _index(self, company: str, kind: str, id: str, keys: Iterable[tuple[str, str]]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO keys(company, key, value, kind, id) VALUES (?,?,?,?,?)",
            [(company, key, value, kind, id) for key, value in keys],
        )

    def get(self, company: str, kind: str, id: str) -> Stored | None:
        """The document, deleted ones included."""
        found = self._db.execute(
            f"SELECT {_COLUMNS} FROM docs WHERE company=? AND kind=? AND id=?", (company, kind, id)
        ).fetchone()
        return _stored(found) if found else None

    def peek(self, company: str, kind: str, id: str) -> dict[str, Any] | None:
        """A living document, parsed once and kept for the next request: the caller must not change it.

        For what other documents refer to all the time: an invoice of 25 lines names 25 items.
        """
        place = (company, kind, id)
        doc = self._peeked.get(place)
        if doc is None:
            found = self.get(company, kind, id)
            if found is None or found.deleted:
                return None
            if len(self._peeked) >= _PEEKED:
                self._peeked.clear()
            doc = self._peeked[place] = found.parsed()
        return doc

    def find(self, company: str, key: str, value: str) -> list[tuple[str, str]]:
        """(kind, id) of every document indexed under this key and value."""
        return self._db.execute(
            "SELECT kind, id FROM keys WHERE company=? AND key=? AND value=?", (company, key, value)
        ).fetchall()

    def find_containing(self, company: str, key: str, text: str) -> list[tuple[str, str]]:
        """The same for every value that contains the text; reads all values of the key."""
        return self._db.execute(
            "SELECT kind, id FROM keys WHERE company=? AND key=? AND instr(value, ?) > 0", (company, key, text)
        ).fetchall()

    def scan(
        self,
        company: str,
        kind: str,
        *,
        since: float | None = None,
        deleted: bool | None = False,
        active: bool | None = None,
        by_sort: bool = False,
        newest_first: bool = False,
        limit: int = -1,
        offset: int = 0,
    ) -> Iterator[Stored]:
        """Documents of a kind in order of creation (or of their sort text); `since`: changed then or later.

        `newest_first` turns the order round.
        """
        where, values = _conditions(company, kind, since, deleted, active)
        order = "sort, seq" if by_sort else ("updated, seq" if since is not None else "seq")
        if newest_first:
            order = ", ".join(f"{column} DESC" for column in order.split(", "))
        cursor = self._db.execute(
            f"SELECT {_COLUMNS} FROM docs WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", (*values, limit, offset)
        )
        for found in cursor:
            yield _stored(found)

    def count(self, company: str, kind: str, *, active: bool | None = None, since: float | None = None) -> int:
        """How many documents of a kind are there (`since`: changed then or later), deleted ones left out."""
        where, values = _conditions(company, kind, since, False, active)
        (number,) = self._db.execute(f"SELECT count(*) FROM docs WHERE {where}", values).fetchone()
        return int(number)

    def rows(self, company: str, kind: str) -> Iterator[bytes]:
        """The ledger rows of a kind, as JSON, in order of creation."""
        cursor = self._db.execute(
            "SELECT row FROM docs WHERE company=? AND kind=? AND deleted=0 AND row<>x'' ORDER BY seq", (company, kind)
        )
        for (row,) in cursor:
            yield row

    def number(self, company: str, name: str, *, add: int = 0) -> int:
        """A named whole number of a company (0 when never set), after adding `add` to it."""
        if add:
            (value,) = self._db.execute(
                "INSERT INTO numbers VALUES (?,?,?) ON CONFLICT(company, name) DO UPDATE SET "
                "value=value+excluded.value "
                "RETURNING value",
                (company, name, add),
            ).fetchone()
            return int(value)
        found = self._db.execute("SELECT value FROM numbers WHERE company=? AND name=?", (company, name)).fetchone()
        return int(found[0]) if found else 0

    def answer(self, company: str, key: str) -> tuple[float, str, int, bytes] | None:
        """What was answered to an idempotency key: (when, about which operation, status, body)."""
        found: tuple[float, str, int, bytes] | None = self._db.execute(
            "SELECT at, about, status, body FROM answers WHERE company=? AND key=?", (company, key)
        ).fetchone()
        return found

    def keep_answer(self, company: str, key: str, at: float, about: str, status: int, body: bytes) -> None:
        """Remember the answer to an idempotency key; a later one replaces it."""
        self._db.execute("INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?)", (company, key, at, about, status, body))

    def fact(self, name: str) -> Any:
        """A named JSON value of the whole sandbox, or None."""
        found = self._db.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
        return orjson.loads(found[0]) if found else None

    def keep_fact(self, name: str, value: Any) -> None:
        """Remember a named JSON value."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (name, orjson.dumps(value)))


def _discard(db: sqlite3.Connection, temporary: Path | None) -> None:
    db.close()
    if temporary is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(str(temporary) + suffix).unlink(missing_ok=True)


def _conditions(
    company: str, kind: str, since: float | None, deleted: bool | None, active: bool | None
) -> tuple[str, list[Any]]:
    where, values = "company=? AND kind=?", [company, kind]
    more: list[Any] = []
    for column, wanted in (("deleted", deleted), ("active", active)):
        if wanted is not None:
            where += f" AND {column}=?"
            more.append(int(wanted))
    if since is not None:
        where += " AND updated>=?"
        more.append(since)
    return where, [*values, *more]


def _stored(found: tuple[Any, ...]) -> Stored:
    kind, id, doc, row, active, deleted, updated = found
    return Stored(kind, id, doc, row, bool(active), bool(deleted), updated)
