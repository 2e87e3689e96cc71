"""Recordings of checks on a real company: a cassette for each check, and one of how the books were opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledgerport.testing.checks import CannotBeTried

OPENING = "opening"


@dataclass
class Tapes:
    """A folder of cassettes. `record`: they are written, else replayed without a network.

    `note` says where a recording comes from. `told` is what a replay must know to ask for the same, written into each
    cassette; no secret is among it.
    """

    folder: Path
    record: bool
    note: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def turning(self, name: str) -> Iterator[None]:
        """Record or replay what is said meanwhile. Raises CannotBeTried where there is no such cassette."""
        path = self.folder / f"{name}.yaml"
        if not self.record and not path.is_file():
            raise CannotBeTried(f"There is no cassette {name}.yaml. Record it: --against live with the same folder.")
        # Where pytest-recording is installed it must see vcrpy's modules first, to rewrite their assertions.
        from vcr import VCR  # type: ignore[import-untyped]  # noqa: PLC0415

        from ledgerport.testing.cassettes import NotedPersister, cassette_config  # noqa: PLC0415

        config = cassette_config(record=self.record)
        if self.record:
            # pytest-recording's "rewrite" in vcrpy's own words.
            path.unlink(missing_ok=True)
            config["record_mode"] = "all"
        machine = VCR(**config)
        machine.register_persister(NotedPersister)
        with machine.use_cassette(str(path)) as cassette:
            # vcrpy keeps what it is told while recording, and answers what was kept in a replay.
            if self.record:
                # It becomes a comment at the head of the file.
                cassette.get_metadata("note", self.note)
            self.told = {key: cassette.get_metadata(key, value) for key, value in self.told.items()}
            yield
            assert self.record or cassette.all_played, f"{name}.yaml holds requests that the plugin no longer makes"
