"""Servers and shared data for the tests: found, else started, else a loud skip that CI turns into a failure."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from hypothesis import settings
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from ledgerport.db.migrate import upgrade
from ledgerport.db.session import open_engine

if sys.platform != "win32":
    import fcntl

# A busy machine is no failure: how long an example takes is not judged. `ci` besides repeats the same examples.
settings.register_profile("patient", settings.get_profile("ci" if "CI" in os.environ else "default"), deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]
NO_SKIPS = os.environ.get("LEDGERPORT_NO_SKIPS") == "1"
# fixture -> the marker that every test using it carries, so that `-m "not postgres"` works.
NEEDS = {
    "chromium": "browser",
    "postgres_server": "postgres",
    "redis_server": "redis",
    "shared": "shared_data",
}
NO_POSTGRES = "no PostgreSQL: set DATABASE_URL, or install the server (apt-get install postgresql)"
NO_REDIS = "no Redis: set REDIS_URL, or install the server (apt-get install redis-server)"
NO_CHROMIUM = "no Chromium: set LEDGERPORT_CHROMIUM, or install it (apt-get install chromium)"
NO_SHARED = "no shared data: it stands beside the checkout as ../shared, or where LEDGERPORT_SHARED says"


def shared_folder() -> Path:
    return Path(os.environ.get("LEDGERPORT_SHARED") or ROOT.parent / "shared")


# --- markers and skips ------------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with what it needs. Where skips are forbidden, tests of data that cannot be installed leave."""
    for item in items:
        for fixture, marker in NEEDS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
    if NO_SKIPS and not shared_folder().is_dir():
        gone = [item for item in items if item.get_closest_marker("shared_data")]
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=gone)
        config.stash[LEFT_OUT] = len(gone)


LEFT_OUT = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells its controller what it left out; skips and failures travel by themselves."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker collects the whole suite, so each of them left out the same tests."""
    if left_out := getattr(node, "workeroutput", {}).get("left_out", 0):
        node.config.stash[LEFT_OUT] = left_out


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and LEDGERPORT_NO_SKIPS=1 forbids that: {reason_of(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself as a whole counts like a skipped test."""
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and LEDGERPORT_NO_SKIPS=1 forbids that: {reason_of(report)}"
    return report


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The text given to skip(); pytest keeps it as the last of (path, line, "Skipped: text")."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What did not run is said in capitals, with a count and the remedy."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = reason_of(report).removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    if left_out := config.stash.get(LEFT_OUT, 0):
        reasons[NO_SHARED] = left_out
    if reasons:
        terminalreporter.section("NOT TESTED HERE", sep="!", yellow=True, bold=True)
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"{count:4} tests did not run: {reason}", yellow=True)


# --- shared data ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with providers' recorded answers, specs and data; read-only."""
    if not shared_folder().is_dir():
        pytest.skip(NO_SHARED)
    return shared_folder()


# --- Chromium ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program to drive: LEDGERPORT_CHROMIUM, else the first that is installed."""
    names = [os.environ.get("LEDGERPORT_CHROMIUM") or "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None) or pytest.skip(NO_CHROMIUM)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A server on which databases may be made: DATABASE_URL, else the local one, else one started for this session."""
    with ExitStack() as stack:
        given = os.environ.get("DATABASE_URL", "")
        if given.startswith("postgres"):
            yield make_url(given).set(drivername="postgresql+psycopg")
            return
        local = URL.create("postgresql+psycopg", username="postgres", host="127.0.0.1", port=5432, database="postgres")
        by_socket = local.set(host="/var/run/postgresql")
        url = next((candidate for candidate in (local, by_socket) if answers(candidate)), None)
        yield url or stack.enter_context(throw_away_cluster())


@pytest.fixture(scope="session")
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """An SQLAlchemy address (`postgresql+psycopg://`) of one database, shared by the session and dropped after it."""
    with throw_away_database(postgres_server) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: URL) -> Iterator[str]:
    """The same, but a new and empty database for each test; costs about 50 ms."""
    with throw_away_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: URL) -> Iterator[str]:
    """The name of a database at the newest schema, for copies: migrating one for each test would take most of it."""
    with throw_away_database(postgres_server) as url:
        engine = open_engine(url, pool_size=1)
        upgrade(engine)
        engine.dispose()
        yield make_url(url).database or ""


@pytest.fixture
def migrated_postgres_url(postgres_server: URL, migrated_template: str) -> Iterator[str]:
    """A new database for each test, at the newest schema and without a row."""
    with throw_away_database(postgres_server, migrated_template) as url:
        yield url


@contextmanager
def throw_away_database(server: URL, template: str = "template0") -> Iterator[str]:
    name = f"ledgerport_test_{uuid.uuid4().hex[:12]}"
    with connect(server) as admin:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with connect(server) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def connect(server: URL) -> psycopg.Connection:
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def answers(server: URL) -> bool:
    try:
        connect(server).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def throw_away_cluster() -> Iterator[URL]:
    """A cluster of the system's binaries in a temporary folder. PostgreSQL refuses root, so root runs it as nobody."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip(NO_POSTGRES)
    user = "nobody" if os.name == "posix" and os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="ledgerport-pg-") as folder:
        data, port = Path(folder) / "data", free_port()
        if user:
            shutil.chown(folder, user=user)

        def pg(program: str, *arguments: str) -> None:
            command = [str(programs / program), *arguments]
            log = subprocess.run(
                command, user=user, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=90
            )
            assert log.returncode == 0, f"{program} failed: {log.stderr.decode()}{log.stdout.decode()}"

        pg("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=200"
        pg("pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(data / "log"), "-o", options, "start")
        try:
            yield URL.create(
                "postgresql+psycopg", username="postgres", host="127.0.0.1", port=port, database="postgres"
            )
        finally:
            pg("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")


def postgres_programs() -> Path | None:
    """The folder that holds initdb and pg_ctl; Debian keeps them off the PATH, the newest version last."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


# --- Redis ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """REDIS_URL, else a server of our own (nobody else's keys at risk), else an empty database of the local server."""
    with ExitStack() as stack:
        program = shutil.which("redis-server")
        if os.environ.get("REDIS_URL"):
            yield os.environ["REDIS_URL"]
        elif program:
            yield stack.enter_context(throw_away_redis(program))
        else:
            yield empty_local_redis() or pytest.skip(NO_REDIS)


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """The address of a Redis database that is empty before the test and emptied after it.

    Processes that test beside this one may have been given the same database: one at a time.
    """
    with one_at_a_time(redis_server), redis.Redis.from_url(redis_server, socket_timeout=10) as client:
        client.flushdb()
        yield redis_server
        client.flushdb()


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold the lock of this name, over all processes of this user; the system gives a dead process's back."""
    digest = hashlib.sha256(f"{Path.home()} {name}".encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"ledgerport-tests-{digest}.lock").open("ab") as handle:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def throw_away_redis(program: str) -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ledgerport-redis-") as folder:
        command = [
            program,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder,
        ]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
            url = f"redis://127.0.0.1:{port}/0"
            try:
                wait_until(lambda: redis_answers(url), seconds=20, what="the Redis server of the tests")
                yield url
            finally:
                server.terminate()


def empty_local_redis() -> str | None:
    """A numbered database of the server on this machine that nobody uses; what it holds is flushed by the tests."""
    for number in range(15, 0, -1):
        url = f"redis://127.0.0.1:6379/{number}"
        if not redis_answers(url):
            return None
        with redis.Redis.from_url(url, socket_timeout=5) as client:
            if client.dbsize() == 0:
                return url
    return None


def redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.exceptions.RedisError:
        return False


# --- small helpers ----------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Ask again every 50 ms until the condition holds; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        time.sleep(0.05)
