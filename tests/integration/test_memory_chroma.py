"""The index over a folder: what is kept, what is found, and that the folder belongs to one process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.errors import MemoryBusy, MemoryRefused
from ledgerport.memory.stores import FolderStore

SIZE = 16
CHANCE = numpy.random.default_rng(7)


def index(folder: Path, *, model: str = "voyage-3.5", dimension: int = SIZE) -> ChromaIndex:
    return ChromaIndex(FolderStore(folder), model=model, dimension=dimension)


def vector(*numbers: float, size: int = SIZE) -> bytes:
    """`numbers` in front, noughts behind."""
    return numpy.array([*numbers, *[0.0] * (size - len(numbers))], dtype="<f4").tobytes()


NORTH, EAST, NORTH_EAST = vector(1, 0), vector(0, 1), vector(1, 1)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[ChromaIndex]:
    opened = index(tmp_path / "memory")
    yield opened
    opened.close()


def test_the_nearest_come_first_with_their_cosine_similarity(there: ChromaIndex) -> None:
    there.put(1, "line", [("north", NORTH), ("east", EAST), ("both", vector(3, 3))])

    found = there.near(1, "line", NORTH, 2)

    assert [near.id for near in found] == ["north", "both"]
    assert [near.similarity for near in found] == pytest.approx([1.0, 0.5**0.5], abs=1e-6)
    assert all(-1.0 <= near.similarity <= 1.0 for near in found)


def test_opposite_things_are_less_than_nothing_alike(there: ChromaIndex) -> None:
    there.put(1, "line", [("south", vector(-1))])

    assert there.near(1, "line", NORTH, 5)[0].similarity == pytest.approx(-1.0)


def test_of_an_empty_memory_nothing_is_near(there: ChromaIndex) -> None:
    assert there.near(1, "line", NORTH, 5) == []
    assert there.count(1, "line") == 0


def test_put_twice_it_is_there_once_with_the_newer_vector(there: ChromaIndex) -> None:
    there.put(1, "document", [("invoice:1", NORTH)])
    there.put(1, "document", [("invoice:1", EAST)])

    assert there.count(1, "document") == 1
    assert there.near(1, "document", EAST, 1)[0].similarity == pytest.approx(1.0)


def test_named_twice_in_one_go_the_last_counts(there: ChromaIndex) -> None:
    there.put(1, "line", [("a", NORTH), ("b", NORTH), ("a", EAST)])

    assert there.count(1, "line") == 2
    assert there.near(1, "line", EAST, 1)[0].id == "a"


def test_nothing_is_put_or_removed_for_nothing(there: ChromaIndex) -> None:
    there.put(1, "line", [])
    there.remove(1, "line", [])
    there.remove(1, "line", ["never there"])

    assert there.count(1, "line") == 0


def test_more_passages_than_chroma_takes_at_once(there: ChromaIndex) -> None:
    rows = CHANCE.normal(size=(6000, SIZE)).astype("<f4")

    there.put(1, "line", [(f"{number}", row.tobytes()) for number, row in enumerate(rows)])
    assert there.count(1, "line") == 6000
    assert there.near(1, "line", rows[5999].tobytes(), 1)[0].id == "5999"

    there.remove(1, "line", [f"{number}" for number in range(5000)])
    assert there.count(1, "line") == 1000


def test_another_tenants_passages_are_never_found(there: ChromaIndex) -> None:
    there.put(1, "line", [("mine", NORTH)])
    there.put(11, "line", [("theirs", NORTH)])

    assert [near.id for near in there.near(1, "line", NORTH, 10)] == ["mine"]
    assert there.near(2, "line", NORTH, 10) == []


def test_lines_and_documents_are_kept_apart(there: ChromaIndex) -> None:
    there.put(1, "line", [("line", NORTH)])
    there.put(1, "document", [("invoice:1", NORTH)])

    assert [near.id for near in there.near(1, "document", NORTH, 10)] == ["invoice:1"]


def test_a_tenant_that_is_dropped_leaves_the_others(there: ChromaIndex) -> None:
    for tenant in (1, 11):
        there.put(tenant, "line", [("a", NORTH)])
        there.put(tenant, "document", [("invoice:1", NORTH)])

    there.drop(1)

    assert (there.count(1, "line"), there.count(1, "document")) == (0, 0)
    assert (there.count(11, "line"), there.count(11, "document")) == (1, 1)
    there.put(1, "line", [("b", EAST)])
    assert [near.id for near in there.near(1, "line", EAST, 10)] == ["b"]


def test_dropping_takes_the_vectors_of_every_model_along(tmp_path: Path) -> None:
    before = index(tmp_path, model="voyage-3")
    before.put(1, "line", [("a", NORTH)])
    before.close()
    now = index(tmp_path, model="voyage-4")
    now.drop(1)
    now.close()

    again = index(tmp_path, model="voyage-3")
    assert again.count(1, "line") == 0
    again.close()


def test_what_was_put_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    first = index(tmp_path)
    first.put(1, "line", [("a", NORTH)])
    first.close()

    second = index(tmp_path)
    assert second.near(1, "line", NORTH, 1)[0].id == "a"
    second.close()


def test_a_closed_index_opens_again_by_itself(there: ChromaIndex) -> None:
    there.put(1, "line", [("a", NORTH)])
    there.close()
    there.close()

    assert there.count(1, "line") == 1


def test_other_models_and_dimensions_have_vectors_of_their_own(tmp_path: Path) -> None:
    first = index(tmp_path)
    first.put(1, "line", [("a", NORTH)])
    first.close()

    for other in (index(tmp_path, model="voyage-4"), index(tmp_path, dimension=8)):
        assert other.count(1, "line") == 0
        other.close()


def test_a_vector_of_another_dimension_is_refused_with_what_to_do(there: ChromaIndex) -> None:
    for act in (
        lambda: there.put(1, "line", [("a", vector(1, size=8))]),
        lambda: there.near(1, "line", vector(1, size=8), 1),
    ):
        with pytest.raises(MemoryRefused, match="LEDGERPORT_MEMORY__DIMENSION was changed"):
            act()


def test_threads_may_put_and_ask_at_once(there: ChromaIndex) -> None:
    rows = CHANCE.normal(size=(8, 50, SIZE)).astype("<f4")
    wrong: list[str] = []

    def fill(number: int) -> None:
        there.put(1, "line", [(f"{number}-{at}", row.tobytes()) for at, row in enumerate(rows[number])])
        if (first := there.near(1, "line", rows[number][0].tobytes(), 1)[0].id) != f"{number}-0":
            wrong.append(first)

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert wrong == []
    assert there.count(1, "line") == 400


OTHER_PROCESS = """
import sys
from pathlib import Path
from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.errors import MemoryFault
from ledgerport.memory.stores import FolderStore

index = ChromaIndex(FolderStore(Path(sys.argv[1])), model="voyage-3.5", dimension=16)
try:
    print(index.count(1, "line"))
except MemoryFault as fault:
    print(type(fault).__name__, fault.sentence)
"""


def in_another_process(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(folder)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_a_second_process_is_told_who_has_the_folder_and_what_to_do(tmp_path: Path) -> None:
    here = index(tmp_path)
    here.put(1, "line", [("a", NORTH)])

    told = in_another_process(tmp_path)

    assert told.startswith(f"MemoryBusy The memory of past prices in {tmp_path} is open in another process.")
    assert "GET /v1/memory/search" in told and "LEDGERPORT_MEMORY__CHROMA_URL" in told
    here.close()
    assert in_another_process(tmp_path) == "1"


def test_a_second_hub_in_this_process_is_refused_as_well(tmp_path: Path) -> None:
    first, second = index(tmp_path), index(tmp_path)
    first.put(1, "line", [("a", NORTH)])

    with pytest.raises(MemoryBusy):
        second.count(1, "line")
    first.close()
    assert second.count(1, "line") == 1
    second.close()


def test_a_killed_process_leaves_the_folder_free(tmp_path: Path) -> None:
    holding = OTHER_PROCESS + "\nsys.stdout.flush()\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "0"
        here = index(tmp_path)
        with pytest.raises(MemoryBusy):
            here.count(1, "line")
        other.kill()
        other.wait(20)

    assert here.count(1, "line") == 0
    here.close()


def test_a_damaged_folder_says_how_to_make_it_anew(tmp_path: Path) -> None:
    first = index(tmp_path)
    first.put(1, "line", [("a", NORTH)])
    first.close()
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database" * 1000)

    damaged = index(tmp_path)
    with pytest.raises(MemoryRefused, match="delete that folder and run `ledgerport memory rebuild`"):
        damaged.count(1, "line")
    damaged.close()
