"""What holds for the plugins of the house beside the suite.

Their results are shipped with them, bound to their code and to the suite (tests/architecture/test_plugin_results.py),
which costs a minute each and is not spent twice; the hub is judged by the honest plugin of test_suite_catches_enemies.
"""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from tests.stage import PROVIDERS, plugin_of

from ledgerport.contract import Broken
from ledgerport.host import GROUP, find_plugins


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_hook_asked_with_nonsense_is_broken_and_repeats_nothing_of_it(name: str) -> None:
    with pytest.raises(Broken) as caught:
        plugin_of(name).ask("refresh_token", grant="a secret", endpoint="another secret")
    assert "secret" not in str(caught.value) + caught.value.detail


def test_nothing_that_is_installed_is_in_quarantine() -> None:
    host = find_plugins()
    assert host.quarantined == ()
    assert [each.terms.slug for each in host.providers] == sorted({point.name for point in entry_points(group=GROUP)})
