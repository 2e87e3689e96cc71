"""What the built-in plugins ship about themselves is true of the code beside it, and as good as the project wants."""

from __future__ import annotations

import tomllib

import pytest
from tests.architecture.plugin_results import COMMAND, ROOT, built_in, stale

from ledgerport.conformance import Level
from ledgerport.host import Host, find_plugins
from ledgerport.plugin_files import CONFORMANCE, QUALITY
from ledgerport.services.plugin_grades import grade_plugin


@pytest.fixture(scope="module")
def host() -> Host:
    return find_plugins()


@pytest.mark.parametrize("slug", built_in())
def test_its_result_is_about_the_code_beside_it_and_the_suite_as_it_is(slug: str) -> None:
    assert stale(slug) == "", f"Judge {slug} again: {COMMAND}"


@pytest.mark.parametrize("slug", built_in())
def test_a_built_in_plugin_is_gold_and_safe_for_money(slug: str, host: Host) -> None:
    told = grade_plugin(slug, host.for_provider(slug).files)

    assert (told.reasons, told.risks) == ((), ())
    assert told.level is Level.GOLD


@pytest.mark.parametrize("slug", built_in())
def test_its_wheel_takes_both_files_into_the_package(slug: str) -> None:
    told = tomllib.loads((ROOT / "plugins" / slug / "pyproject.toml").read_text())

    taken = told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert taken == {name: f"ledgerport_{slug}/{name}" for name in (QUALITY, CONFORMANCE)}
