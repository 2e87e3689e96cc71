"""Where Chroma keeps the vectors: a folder that belongs to one process at a time, or a server for many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from ledgerport.memory.errors import MemoryAway, MemoryBusy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from chromadb.api.client import Client


class Store(Protocol):
    """Opens Chroma. `where` names it for people."""

    where: str

    def open(self) -> Client: ...

    def close(self, client: Client) -> None: ...


class FolderStore:
    """Chroma inside this process, over a folder.

    A lock of the operating system is held for as long as it is open, and given back even when the process is killed:
    a second process on the folder would not see what the first one writes, without any error.
    """

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self._folder = folder
        self._held: BinaryIO | None = None

    def open(self) -> Client:
        """Raises MemoryBusy when another process (or another hub in this one) has it open."""
        import chromadb  # noqa: PLC0415 - see chroma.py
        from chromadb.config import Settings  # noqa: PLC0415

        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = (self._folder / "in-use.lock").open("a+b")
        try:
            _take(held)
        except OSError:
            held.close()
            raise MemoryBusy(
                f"The memory of past prices in {self.where} is open in another process. Ask there (the console's page "
                "Past prices, or GET /v1/memory/search), or stop that process. For several processes run a Chroma "
                "server and set LEDGERPORT_MEMORY__CHROMA_URL."
            ) from None
        try:
            made = chromadb.PersistentClient(self.where, settings=Settings(anonymized_telemetry=False))
        except BaseException:
            held.close()
            raise
        self._held = held
        return cast("Client", made)

    def close(self, client: Client) -> None:
        try:
            client.close()
        finally:
            if self._held is not None:
                # Closing gives the lock back.
                self._held.close()
                self._held = None


class ServerStore:
    """A Chroma server (`chroma run`), for any number of processes. `seconds`: how long one request may take."""

    def __init__(self, url: str, *, token: SecretStr, seconds: float) -> None:
        self.where = url
        self._token = token.get_secret_value()
        self._seconds = seconds

    def open(self) -> Client:
        """Raises MemoryAway when it does not answer."""
        import chromadb  # noqa: PLC0415 - see chroma.py
        from chromadb.config import Settings  # noqa: PLC0415

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        parts = urlsplit(self.where)
        secure = parts.scheme == "https"
        try:
            # Chroma's client asks the server while it is made, and then waits for ever: ask once ourselves before.
            httpx.get(f"{self.where}/api/v2/heartbeat", headers=headers, timeout=self._seconds)
        except httpx.HTTPError as error:
            raise MemoryAway(
                f"The Chroma server at {self.where} cannot be reached ({type(error).__name__})."
            ) from error
        made = chromadb.HttpClient(
            host=parts.hostname or "",
            port=parts.port or (443 if secure else 80),
            ssl=secure,
            headers=headers,
            settings=Settings(anonymized_telemetry=False),
        )
        client = cast("Client", made)
        # No setting of Chroma's limits the time of a request.
        client._server._session.timeout = self._seconds  # type: ignore[attr-defined]
        return client

    def close(self, client: Client) -> None:
        client.close()


def _take(handle: BinaryIO) -> None:
    """Lock the file for this handle. Raises OSError when another handle has it, in whatever process."""
    if sys.platform == "win32":
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
