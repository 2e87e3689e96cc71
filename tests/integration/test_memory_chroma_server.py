"""The index over a Chroma server: several processes, restarts, and a server that does not answer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy
import pytest
from pydantic import SecretStr
from tests.conftest import free_port, wait_until

from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.errors import MemoryAway
from ledgerport.memory.stores import ServerStore

SIZE = 16
NORTH = numpy.eye(SIZE, dtype="<f4")[0].tobytes()
EAST = numpy.eye(SIZE, dtype="<f4")[1].tobytes()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/heartbeat", timeout=2).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def chroma(folder: Path, port: int) -> Iterator[str]:
    """A server of Chroma's own over `folder`; its address."""
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    assert program is not None
    command = [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as server:
        (folder / "pid").write_text(str(server.pid))
        try:
            wait_until(lambda: answers(url), seconds=60, what="the Chroma server of the tests")
            yield url
        finally:
            server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma(tmp_path_factory.mktemp("chroma"), free_port()) as url:
        yield url


def index(url: str, *, seconds: float = 20.0) -> ChromaIndex:
    return ChromaIndex(
        ServerStore(url, token=SecretStr("told to no server that does not ask"), seconds=seconds),
        model="voyage-3.5",
        dimension=SIZE,
    )


def test_what_one_process_puts_another_finds(server: str) -> None:
    api, worker = index(server), index(server)
    worker.put(1, "line", [("a", NORTH)])
    assert [near.id for near in api.near(1, "line", NORTH, 5)] == ["a"]

    worker.put(1, "line", [("b", EAST)])

    assert [near.id for near in api.near(1, "line", EAST, 1)] == ["b"]
    assert api.near(1, "line", NORTH, 1)[0].similarity == pytest.approx(1.0)
    api.close()
    worker.close()


def test_a_tenant_that_another_process_dropped_is_empty_and_can_be_filled_again(server: str) -> None:
    api, worker = index(server), index(server)
    api.put(2, "line", [("a", NORTH)])
    assert worker.count(2, "line") == 1

    worker.drop(2)

    assert api.near(2, "line", NORTH, 5) == []
    api.put(2, "line", [("b", NORTH)])
    assert worker.count(2, "line") == 1
    api.close()
    worker.close()


def test_more_collections_than_a_page_are_all_looked_through(server: str) -> None:
    there = index(server)
    for tenant in range(100, 160):
        there.put(tenant, "line", [("a", NORTH)])

    there.drop(159)

    assert there.count(159, "line") == 0
    assert there.count(158, "line") == 1
    there.close()


def test_it_goes_on_after_the_server_was_away(tmp_path: Path) -> None:
    port = free_port()
    with chroma(tmp_path, port) as url:
        there = index(url, seconds=5)
        there.put(1, "line", [("a", NORTH)])

    with pytest.raises(MemoryAway):
        there.count(1, "line")

    with chroma(tmp_path, port):
        assert there.count(1, "line") == 1
    there.close()


def test_a_server_that_is_not_there_waits() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(MemoryAway, match=f"The Chroma server at {url} cannot be reached"):
            index(url).count(1, "line")


def test_a_server_that_takes_the_call_and_says_nothing_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        with pytest.raises(MemoryAway):
            index(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.3).count(1, "line")


def test_a_server_that_falls_silent_is_given_up_and_asked_again(tmp_path: Path) -> None:
    with chroma(tmp_path, free_port()) as url:
        there = index(url, seconds=3)
        there.put(1, "line", [("a", NORTH)])
        process = int((tmp_path / "pid").read_text())

        os.kill(process, signal.SIGSTOP)
        with pytest.raises(MemoryAway):
            there.near(1, "line", NORTH, 1)
        os.kill(process, signal.SIGCONT)

        wait_until(lambda: answers(url), seconds=20, what="the server that goes on")
        assert there.count(1, "line") == 1
        there.close()
