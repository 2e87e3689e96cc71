"""Voyage's embeddings through its own client, its failures translated into our decisions.

The client is told to try once: pauses are decided by whoever asks, since the client does not read Retry-After. It is
imported at the first request. It comes with an extra of ours and takes a second to load, which a hub whose memory is
switched off must not pay (and one that is switched on should not pay at every command).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ledgerport.memory.errors import MemoryAway, MemoryFault, MemoryRefused
from ledgerport.memory.port import Embedded, Purpose
from ledgerport.memory.prices import MODELS

if TYPE_CHECKING:
    from voyageai.client import Client
    from voyageai.error import VoyageError

_MOST_DETAIL = 300
# Answers without a fault of ours: a time-out on the way, too much at once.
_LATER = {408, 425, 429}


class VoyageEmbedder:
    """Vectors from Voyage.

    `address`: where its API is, with the version; empty: the client's own. `seconds`: how long one request may take.
    `pause_in`: reads Retry-After and Date headers into a span, None when they name none.
    """

    def __init__(
        self,
        *,
        api_key: SecretStr,
        model: str,
        dimension: int,
        seconds: float,
        pause_in: Callable[[str, str], timedelta | None],
        address: str = "",
    ) -> None:
        self.model = model
        self.dimension = dimension
        self._api_key = api_key
        self._address = address.rstrip("/")
        self._seconds = seconds
        self._pause_in = pause_in
        self._lock = threading.Lock()
        self._made: Client | None = None

    def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Embedded:
        client = self._client()
        try:
            answer = client.embed(
                list(texts), model=self.model, input_type=purpose, output_dimension=self._asked_dimension()
            )
        except Exception as error:
            # An answer in no known shape ends in any error inside the client.
            raise self._fault(error) from error
        return Embedded(vectors=self._vectors(answer.embeddings, len(texts)), tokens=answer.total_tokens)

    def _client(self) -> Client:
        with self._lock:
            if self._made is None:
                from voyageai.client import Client  # noqa: PLC0415 - see the module

                self._made = Client(
                    api_key=self._api_key.get_secret_value(),
                    max_retries=0,
                    timeout=self._seconds,
                    base_url=self._address or None,
                )
            return self._made

    def _asked_dimension(self) -> int | None:
        """A model with one dimension takes none in the request."""
        known = MODELS.get(self.model)
        return None if known and len(known.dimensions) == 1 else self.dimension

    def _vectors(self, rows: Sequence[Sequence[float]], texts: int) -> list[bytes]:
        """Raises MemoryRefused when it is not one finite vector of our dimension for each text."""
        import numpy  # noqa: PLC0415 - comes with voyageai

        try:
            made = numpy.asarray(rows, dtype="<f4")
        except (TypeError, ValueError) as error:
            raise MemoryRefused("Voyage answered with something that is no list of vectors.") from error
        if made.shape != (texts, self.dimension) or not numpy.isfinite(made).all():
            raise MemoryRefused(
                f"Voyage answered {texts} texts with {_shape(made.shape)}; "
                f"LEDGERPORT_MEMORY__DIMENSION is {self.dimension}."
            )
        return [row.tobytes() for row in made]

    def _fault(self, error: Exception) -> MemoryFault:
        """What an error of the client means for us."""
        import voyageai.error as voyage  # noqa: PLC0415 - see the module

        if not isinstance(error, voyage.VoyageError):
            return MemoryAway(f"Voyage's answer cannot be read ({type(error).__name__}).")
        if isinstance(error, voyage.Timeout):
            return MemoryAway(f"Voyage did not answer within {self._seconds:g} seconds.")
        if isinstance(error, voyage.APIConnectionError):
            return MemoryAway("Voyage cannot be reached.")
        status = error.http_status or 0
        headers: Mapping[str, str] = error.headers
        after = self._pause_in(headers.get("Retry-After", ""), headers.get("Date", ""))
        said = self._said(error)
        if status in _LATER:
            return MemoryAway(f"Voyage asks for a pause (HTTP {status}).{said}", after=after, throttled=status == 429)
        if status in (401, 403):
            return MemoryRefused(
                f"Voyage does not accept the API key (HTTP {status}). Check LEDGERPORT_MEMORY__API_KEY.{said}"
            )
        if status == 404:
            return MemoryRefused(f"Voyage's address answers with HTTP 404. Check LEDGERPORT_MEMORY__ADDRESS.{said}")
        if 400 <= status < 500:
            return MemoryRefused(f"Voyage does not take what was sent (HTTP {status}).{said}")
        if status < 400:
            return MemoryAway(f"Voyage's answer cannot be read (HTTP {status}).", after=after)
        return MemoryAway(f"Voyage has trouble of its own (HTTP {status}).", after=after)

    def _said(self, error: VoyageError) -> str:
        """Voyage's own words on a refusal, without our key should they quote it."""
        body = error.json_body
        detail = str(body.get("detail", "")) if isinstance(body, dict) else ""
        detail = detail.replace(self._api_key.get_secret_value(), "***")[:_MOST_DETAIL]
        return f' It says: "{detail}"' if detail else ""


def _shape(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} vectors of {shape[1]} numbers" if len(shape) == 2 else "vectors of several lengths"
