"""A plugin that is broken, hangs, lies or vanishes in the middle of its work harms nobody but its own tenant, and when
it is mended everything of that tenant arrives once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.enemies.disguises import LET_GO
from tests.enemies.installed import ENEMIES
from tests.integration.enemy_house import House, house

from ledgerport.services.plugin_circuits import resting
from ledgerport.services.plugin_overview import plugin_overview


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made
    LET_GO.clear()


NOT_LOADED = {
    "raises_at_import": ("quarantined", "libledger.so.3"),
    "wrong_signature": ("quarantined", "push_customer"),
    "wrong_contract": ("quarantined", "it needs contract 99"),
    None: ("missing", "No plugin for it is installed"),
}


@pytest.mark.parametrize("disguise", NOT_LOADED, ids=str)
def test_a_plugin_that_does_not_load_any_more_stops_its_own_connection_and_loses_nothing(
    here: House, disguise: str | None
) -> None:
    state, reason = NOT_LOADED[disguise]
    with here.hub(disguise) as hub:
        here.bring_more(hub)
        here.work(hub)
        here.assert_honest_books_agree(hub)
        (view,) = [plugin for plugin in plugin_overview(hub).plugins if plugin.provider == "other"]
        assert (view.state, view.connections) == (state, 1)
        assert reason in view.reason
        (notice,) = here.notices(hub)
        assert "nothing is lost" in notice
    with here.hub("nothing") as hub:
        here.work(hub)
        here.assert_all_books_agree(hub)
        assert here.notices(hub) == []


@pytest.mark.parametrize(("disguise", "hook"), [("hangs", "push_customer"), ("falls_over", "find_customers")])
def test_a_plugin_that_fails_again_and_again_rests_and_once_mended_everything_arrives_once(
    here: House, disguise: str, hook: str
) -> None:
    with here.hub(disguise) as hub:
        here.bring_more(hub)
        here.work(hub, rounds=1)
        here.assert_honest_books_agree(hub)
        (rest,) = resting(hub)
        assert (rest.provider, rest.failures >= 5) == ("other", True)
        assert rest.why.startswith(hook)
        assert any("rests and is tried again" in text for text in here.notices(hub))
        here.work(hub)
        here.assert_honest_books_agree(hub)
        LET_GO.set()
        here.restart(hub)
    with here.hub("nothing") as hub:
        here.retry(hub)
        here.work(hub, rounds=40)
        here.assert_all_books_agree(hub)


def test_what_a_plugin_answered_nonsense_about_is_looked_for_and_arrives_once(here: House) -> None:
    with here.hub("returns_nonsense") as hub:
        here.bring_more(hub)
        here.work(hub)
        here.assert_honest_books_agree(hub)
    with here.hub("nothing") as hub:
        here.work(hub, rounds=40)
        here.assert_all_books_agree(hub)


QUIET = sorted(
    {enemy.disguise for enemy in ENEMIES} - {str(each) for each in NOT_LOADED} - {"returns_nonsense", "hangs"}
)


@pytest.mark.parametrize("disguise", QUIET)
def test_whatever_a_plugin_does_in_its_own_books_the_others_agree_to_the_cent(here: House, disguise: str) -> None:
    with here.hub(disguise) as hub:
        here.bring_more(hub)
        here.work(hub)
        here.assert_honest_books_agree(hub)


def test_a_plugin_that_hangs_holds_a_worker_no_longer_than_its_time(here: House) -> None:
    with here.hub("hangs") as hub:
        here.bring_more(hub)
        here.work(hub, rounds=1)
        provider = hub.host.for_provider("other")
        assert 0 < provider.hung <= 2 * provider.terms.concurrency
        here.assert_honest_books_agree(hub)
        LET_GO.set()
