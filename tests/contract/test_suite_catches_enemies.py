"""The test of the conformance suite: it fails every plugin that breaks its contract, and passes the honest one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.enemies.disguises import LET_GO
from tests.enemies.installed import ENEMIES, HONEST, Enemy, installed

from ledgerport.conformance import CheckResult, Outcome
from ledgerport.settings import Settings
from ledgerport.testing.checks import left_out
from ledgerport.testing.desk import Desk
from ledgerport.testing.run import choose, judge, run_conformance
from ledgerport.testing.subject import find_subject

# Real seconds; every honest answer takes a fraction of one.
_HOOK_SECONDS = 3.0


class HastyDesk(Desk):
    """It waits less long for a hook that hangs."""

    def _settings(self) -> Settings:
        return super()._settings().model_copy(update={"hook_seconds": _HOOK_SECONDS})


@pytest.fixture(scope="module", autouse=True)
def enemies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(tmp_path_factory.mktemp("enemies")):
        yield


def judged(slug: str, names: tuple[str, ...], home: Path) -> list[CheckResult]:
    subject = find_subject(slug)
    desk = HastyDesk(subject, home)
    try:
        chosen = choose(names=names)
        assert [left_out(check, subject) for check in chosen] == [None] * len(names)
        return [judge(check, desk) for check in chosen]
    finally:
        LET_GO.set()
        desk.close()
        LET_GO.clear()


@pytest.mark.parametrize("enemy", ENEMIES, ids=str)
def test_the_suite_catches(tmp_path: Path, enemy: Enemy) -> None:
    for found in judged(enemy.slug, enemy.caught_by, tmp_path):
        assert found.outcome is Outcome.FAILED, f"{found.name} lets {enemy} pass"
        assert found.reason, "a failure must say what was seen"


@pytest.mark.timeout(300)
def test_the_honest_plugin_passes_every_check_that_is_asked() -> None:
    result = run_conformance(HONEST)
    failed = {found.name: found.reason for found in result.checks if found.outcome is Outcome.FAILED}
    assert failed == {}
    asked = [found for found in result.checks if found.outcome is not Outcome.NOT_ASKED]
    assert {name for enemy in ENEMIES for name in enemy.caught_by} <= {found.name for found in asked}
    assert len(asked) >= 60
