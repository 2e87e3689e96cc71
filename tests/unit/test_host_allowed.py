"""An operator says which plugins may load, and where it matters, which very code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, entry_points
from pathlib import Path

import pytest
from pydantic import ValidationError

from ledgerport import wiring
from ledgerport.host import GROUP, find_plugins, read_allowed
from ledgerport.plugin_files import plugin_files
from ledgerport.settings import Settings

ZEROS = "0" * 64


@pytest.fixture(scope="module")
def wave() -> str:
    """The hash of an installed plugin's code."""
    (point,) = entry_points(group=GROUP, name="wave")
    files = plugin_files(point)
    assert files is not None
    return files.sha256


def test_a_name_alone_allows_any_code_and_a_hash_only_its_own(wave: str) -> None:
    assert [each.terms.slug for each in find_plugins(allow=["wave"]).providers] == ["wave"]
    assert [each.terms.slug for each in find_plugins(allow=[f"wave@sha256:{wave}"]).providers] == ["wave"]


def test_other_code_is_quarantined_with_both_hashes_and_never_imported(wave: str) -> None:
    # In a process of its own: here the plugin was imported long ago.
    ran = subprocess.run(
        [sys.executable, "-c", _LOOK, f"wave@sha256:{ZEROS}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    reason, imported = ran.stdout.splitlines()
    assert wave in reason
    assert ZEROS in reason
    assert imported == "False"


_LOOK = """
import sys
from ledgerport.host import find_plugins
host = find_plugins(allow=[sys.argv[1]])
assert host.providers == ()
print(host.quarantined[0].reason)
print("ledgerport_wave" in sys.modules)
"""


def test_two_hashes_of_one_name_allow_either_so_that_an_upgrade_is_allowed_before_it_is_made(wave: str) -> None:
    allow = [f"wave@sha256:{ZEROS}", f"wave@sha256:{wave.upper()}"]
    assert [each.terms.slug for each in find_plugins(allow=allow).providers] == ["wave"]


@pytest.mark.parametrize("entry", ["wave@md5:1", "wave@sha256:", f"@sha256:{ZEROS}", f"wave@sha256:{ZEROS}0", "a@b"])
def test_an_entry_that_is_neither_stops_the_hub_with_its_own_words(entry: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither a plugin's name nor"):
        read_allowed([entry])
    with pytest.raises(wiring.CannotStart, match="LEDGERPORT_PLUGINS_ALLOW"):
        wiring.build(Settings(_env_file=None, home=tmp_path, plugins_allow=[entry]))


@pytest.fixture
def allowed() -> Iterator[None]:
    name = "LEDGERPORT_PLUGINS_ALLOW"
    before = os.environ.pop(name, None)
    yield
    os.environ.pop(name, None)
    if before is not None:
        os.environ[name] = before


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    "given",
    [f"quickbooks, wave@sha256:{ZEROS}", f'["quickbooks", "wave@sha256:{ZEROS}"]', f"quickbooks,wave@sha256:{ZEROS},"],
)
def test_the_setting_is_read_with_commas_or_as_json(given: str) -> None:
    os.environ["LEDGERPORT_PLUGINS_ALLOW"] = given
    assert Settings(_env_file=None).plugins_allow == ["quickbooks", f"wave@sha256:{ZEROS}"]


@pytest.mark.usefixtures("allowed")
def test_half_a_json_list_is_refused() -> None:
    os.environ["LEDGERPORT_PLUGINS_ALLOW"] = '["quickbooks"'
    with pytest.raises((ValidationError, ValueError)):
        Settings(_env_file=None)


def test_the_plugins_of_the_house_have_a_hash_each() -> None:
    hashes = {point.name: plugin_files(point) for point in entry_points(group=GROUP)}
    told = {files.sha256 for files in hashes.values() if files is not None}
    assert len(told) == len(hashes) >= 4
    assert distribution("ledgerport-wave").version == hashes["wave"].version  # type: ignore[union-attr]
