"""The vault: what is sealed opens in its own place and nowhere else."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ledgerport.vault import Vault, VaultError, make_key_file, parse_keys

OLD, NEW = b"o" * 32, b"n" * 32
PLACE: dict[str, Any] = {"tenant_id": 7, "row": "grant:12", "kind": "refresh", "generation": 3}


def line(name: str, key: bytes) -> SecretStr:
    return SecretStr(f"{name}:{base64.b64encode(key).decode()}")


def test_what_was_sealed_opens_in_its_own_place() -> None:
    vault = Vault({"new": NEW})
    assert vault.open(vault.seal(SecretStr("RT1-secret"), **PLACE), **PLACE).get_secret_value() == "RT1-secret"


@pytest.mark.parametrize(
    "moved", [{"tenant_id": 8}, {"row": "grant:13"}, {"kind": "access"}, {"generation": 4}], ids=lambda m: next(iter(m))
)
def test_a_ciphertext_moved_to_another_place_does_not_open(moved: dict[str, Any]) -> None:
    vault = Vault({"new": NEW})
    cipher = vault.seal(SecretStr("RT1-secret"), **PLACE)
    with pytest.raises(VaultError, match="does not open") as refused:
        vault.open(cipher, **(PLACE | moved))
    assert "RT1-secret" not in str(refused.value)


def test_every_changed_byte_is_noticed() -> None:
    vault = Vault({"new": NEW})
    cipher = vault.seal(SecretStr("RT1-secret"), **PLACE)
    for place in range(len(cipher)):
        changed = cipher[:place] + bytes((cipher[place] ^ 1,)) + cipher[place + 1 :]
        with pytest.raises(VaultError):
            vault.open(changed, **PLACE)


@pytest.mark.parametrize("junk", [b"", b"\x01", b"\x01\x03new", b"plain text of a token"])
def test_what_no_vault_has_sealed_is_refused_by_row(junk: bytes) -> None:
    with pytest.raises(VaultError, match="refresh of grant:12"):
        Vault({"new": NEW}).open(junk, **PLACE)


def test_after_a_rotation_old_ciphertexts_still_open_and_new_ones_use_the_first_key() -> None:
    old = Vault({"old": OLD}).seal(SecretStr("RT1-secret"), **PLACE)
    both = Vault({"new": NEW, "old": OLD})
    assert both.open(old, **PLACE).get_secret_value() == "RT1-secret"
    assert not both.sealed_with_newest(old)
    assert both.sealed_with_newest(both.seal(SecretStr("x"), **PLACE))


def test_a_missing_key_is_named() -> None:
    cipher = Vault({"old": OLD}).seal(SecretStr("RT1-secret"), **PLACE)
    with pytest.raises(VaultError, match="'old', which is not among"):
        Vault({"new": NEW}).open(cipher, **PLACE)


def test_the_same_text_never_gives_the_same_ciphertext() -> None:
    vault = Vault({"new": NEW})
    assert vault.seal(SecretStr("RT1-secret"), **PLACE) != vault.seal(SecretStr("RT1-secret"), **PLACE)


def test_keys_are_read_in_their_order() -> None:
    assert list(parse_keys([line("new", NEW), line("old", OLD)])) == ["new", "old"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([SecretStr("no-colon")], "number 1 is not written as name:base64"),
        ([line("new", NEW), SecretStr("old:!!!")], "number 2 .'old'. is not base64"),
        ([line("short", b"s" * 16)], "has 16 bytes; it must have 32"),
        ([line("same", NEW), line("same", OLD)], "Two vault keys are named 'same'"),
    ],
)
def test_a_key_written_badly_is_named_by_its_place_and_not_shown(lines: list[SecretStr], words: str) -> None:
    with pytest.raises(VaultError, match=words) as refused:
        parse_keys(lines)
    assert "!!!" not in str(refused.value)


def test_a_vault_without_keys_is_refused() -> None:
    with pytest.raises(VaultError, match="no key"):
        Vault({})


def test_a_key_file_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "home" / "vault.key"
    first = make_key_file(path)
    assert make_key_file(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(next(iter(parse_keys(first).values()))) == 32


def test_starters_at_the_same_moment_end_with_one_key(tmp_path: Path) -> None:
    path, gate, seen = tmp_path / "vault.key", threading.Barrier(16), []

    def start() -> None:
        gate.wait()
        seen.append(make_key_file(path)[0].get_secret_value())

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 16
    assert len(set(seen)) == 1
    assert [left.name for left in tmp_path.iterdir()] == ["vault.key"]


def test_an_empty_key_file_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_text("")
    with pytest.raises(VaultError, match=r"vault\.key is empty"):
        make_key_file(path)
    assert path.read_text() == ""
