"""The index in a process of its own: it comes with the first use and goes with its hub, and it may die without harm."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerport.memory.errors import MemoryAway, MemoryBusy, MemoryRefused
from ledgerport.memory.folder_index import FolderIndex

SIZE = 4


def vector(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[FolderIndex]:
    made = FolderIndex(tmp_path / "vectors", model="voyage-3.5", dimension=SIZE)
    yield made
    made.close()


def test_what_is_put_is_found_counted_removed_and_dropped(index: FolderIndex) -> None:
    many = [(f"p{at}", vector(1, at, 0, 0)) for at in range(300)]
    index.put(1, "line", [*many, ("far", vector(0, 0, 1, 0))])
    index.put(2, "line", [("other", vector(1, 0, 0, 0))])
    nearest, next_one = index.near(1, "line", vector(1, 0, 0, 0), 2)
    assert (nearest.id, next_one.id) == ("p0", "p1")
    assert nearest.similarity == pytest.approx(1)
    assert (index.count(1, "line"), index.count(1, "document")) == (301, 0)
    index.remove(1, "line", ["p0", "never there"])
    assert index.count(1, "line") == 300
    index.drop(1)
    assert (index.count(1, "line"), index.count(2, "line")) == (0, 1)


def test_a_dead_process_is_told_once_and_started_again(index: FolderIndex) -> None:
    index.put(1, "line", [("a", vector(1, 0, 0, 0))])
    assert index._process is not None
    os.kill(index._process.pid, signal.SIGKILL)
    with pytest.raises(MemoryAway):
        index.count(1, "line")
    assert index.count(1, "line") == 1


def test_a_process_that_hangs_is_killed(tmp_path: Path) -> None:
    index = FolderIndex(tmp_path / "vectors", model="voyage-3.5", dimension=SIZE, seconds=0.2)
    # Nothing of Python's starts as quickly as that.
    with pytest.raises(MemoryAway):
        index.count(1, "line")
    index.close()


def test_a_folder_belongs_to_one_hub_and_is_free_when_that_closes(index: FolderIndex, tmp_path: Path) -> None:
    other = FolderIndex(tmp_path / "vectors", model="voyage-3.5", dimension=SIZE)
    index.put(1, "line", [("a", vector(1, 0, 0, 0))])
    with pytest.raises(MemoryBusy, match="is open in another process"):
        other.count(1, "line")
    index.close()
    assert other.count(1, "line") == 1
    other.close()


def test_a_hub_that_is_killed_leaves_the_folder_free(index: FolderIndex, tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from ledgerport.memory.folder_index import FolderIndex\n"
        "index = FolderIndex(Path(sys.argv[1]), model='voyage-3.5', dimension=4)\n"
        "index.count(1, 'line'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "vectors")], timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert index.count(1, "line") == 0


def test_another_dimension_is_refused(index: FolderIndex) -> None:
    with pytest.raises(MemoryRefused, match="A vector of 3 numbers does not go with vectors of 4"):
        index.put(1, "line", [("a", vector(1, 0, 0))])


def test_the_hubs_own_process_never_loads_chroma(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ledgerport.memory.folder_index import FolderIndex\n"
        "index = FolderIndex(Path(sys.argv[1]), model='voyage-3.5', dimension=4)\n"
        "index.put(1, 'line', [('a', bytes(16))]); index.close(); print('chromadb' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "vectors")], timeout=60, capture_output=True, text=True
    )
    assert told.stdout.strip() == "False", told.stderr
