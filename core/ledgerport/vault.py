"""Encryption of tokens: AES-256-GCM with a key ring, each ciphertext bound to the place it was made for.

A ciphertext is: one byte of format (1), one byte with the length of the key's name, the name, 12 bytes of nonce, the
sealed text with its tag.
Format, key name, tenant, row, kind and generation are associated data: a ciphertext moved to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

KEY_BYTES = 32
_FORMAT = 1
_NONCE_BYTES = 12
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class VaultError(Exception):
    """A key ring that cannot be used, or a ciphertext that does not open. Names the row, never the content."""


class Vault:
    """Seals and opens secrets. The first key of the ring seals, every key of it opens."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys`: name -> 32 bytes, newest first. Raises VaultError."""
        if not keys:
            raise VaultError("The vault has no key.")
        for name, key in keys.items():
            if not _NAME.fullmatch(name):
                raise VaultError("A vault key's name has 1 to 64 letters, digits, dots, dashes or underscores.")
            if len(key) != KEY_BYTES:
                raise VaultError(f"The vault key {name!r} has {len(key)} bytes; it must have {KEY_BYTES}.")
        self._newest = next(iter(keys))
        self._ring = {name: AESGCM(key) for name, key in keys.items()}

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the ring, newest first."""
        return tuple(self._ring)

    def seal(self, plain: SecretStr, *, tenant_id: int, row: str, kind: str, generation: int) -> bytes:
        """Encrypt for one place: `row` such as `grant:12`, `kind` such as `refresh`. The row must have its id
        already."""
        head = bytes((_FORMAT, len(self._newest))) + self._newest.encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = _bound(head, tenant_id, row, kind, generation)
        return head + nonce + self._ring[self._newest].encrypt(nonce, plain.get_secret_value().encode(), bound)

    def open(self, cipher: bytes, *, tenant_id: int, row: str, kind: str, generation: int) -> SecretStr:
        """Decrypt what was sealed for exactly this place. Raises VaultError."""
        name, head, nonce, sealed = _parts(bytes(cipher), kind, row)
        key = self._ring.get(name)
        if key is None:
            raise VaultError(
                f"The {kind} of {row} was sealed with the key {name!r}, which is not among the vault keys."
            )
        try:
            plain = key.decrypt(nonce, sealed, _bound(head, tenant_id, row, kind, generation))
        except InvalidTag as error:
            raise VaultError(
                f"The {kind} of {row} does not open: it was changed, moved from another row, "
                f"or sealed with another key named {name!r}."
            ) from error
        return SecretStr(plain.decode())

    def sealed_with_newest(self, cipher: bytes) -> bool:
        """Whether a ciphertext already uses the newest key; for rotation."""
        return _parts(bytes(cipher), "secret", "a row")[0] == self._newest


def _bound(head: bytes, tenant_id: int, row: str, kind: str, generation: int) -> bytes:
    return head + json.dumps([tenant_id, row, kind, generation], separators=(",", ":")).encode()


def _parts(cipher: bytes, kind: str, row: str) -> tuple[str, bytes, bytes, bytes]:
    """(key name, head, nonce, sealed). Raises VaultError."""
    start = 2 + cipher[1] if len(cipher) > 2 else 0
    if start == 0 or cipher[0] != _FORMAT or len(cipher) < start + _NONCE_BYTES + 16:
        raise VaultError(f"The {kind} of {row} is not something this vault has sealed.")
    return (
        cipher[2:start].decode("ascii", "replace"),
        cipher[:start],
        cipher[start : start + _NONCE_BYTES],
        cipher[start + _NONCE_BYTES :],
    )


def parse_keys(lines: Sequence[SecretStr]) -> Mapping[str, bytes]:
    """Keys written as `name:base64 of 32 bytes`, newest first. Raises VaultError naming the place in the list, never
    the key."""
    keys: dict[str, bytes] = {}
    for number, line in enumerate(lines, start=1):
        name, colon, text = line.get_secret_value().strip().partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise VaultError(f"Vault key number {number} is not written as name:base64.")
        try:
            key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise VaultError(f"Vault key number {number} ({name!r}) is not base64 after the colon.") from error
        if len(key) != KEY_BYTES:
            raise VaultError(f"Vault key number {number} ({name!r}) has {len(key)} bytes; it must have {KEY_BYTES}.")
        if name in keys:
            raise VaultError(f"Two vault keys are named {name!r}.")
        keys[name] = key
    return MappingProxyType(keys)


def make_key_file(path: Path) -> list[SecretStr]:
    """The keys in `path`, one a line, newest first; made with one new key when the file is not there.

    Two processes that start at once end with one key: the file appears complete or not at all, and the first one stays.
    Raises VaultError when the file is there and empty, OSError when it cannot be written.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        line = f"key-{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            _put_in_place(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    keys = [SecretStr(line.strip()) for line in path.read_text().splitlines() if line.strip()]
    if not keys:
        raise VaultError(f"The key file {path.name} is empty. Put the key back, or remove the file to begin anew.")
    return keys


def _put_in_place(draft: Path, path: Path) -> bool:
    """Give the draft its name unless another process was first; a link, because a rename would replace the other's
    key."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    return True
