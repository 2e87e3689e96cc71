"""What can go wrong in the memory, as decisions.

- MemoryFault
  - MemoryAway: nothing is wrong with us, the same again later
  - MemoryRefused: it will never work as it is, a person must act
  - MemoryBusy: the folder belongs to another process, so ask that one, or use a Chroma server

`sentence` is for people and free of secrets; it says what to do where somebody can do something. Billing never sees any
of these: they stay with the job that fills the memory and with whoever asks it.
"""

from __future__ import annotations

from datetime import timedelta


class MemoryFault(Exception):
    """Base of the closed tree; never raised itself."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class MemoryAway(MemoryFault):
    """Voyage or Chroma does not answer, or has trouble of its own: the same again `after` a span; None: as you see fit.

    `throttled` tells Voyage's limit (hold every request of this key) from trouble with this one request.
    """

    def __init__(self, sentence: str, *, after: timedelta | None = None, throttled: bool = False) -> None:
        super().__init__(sentence)
        self.after = after
        self.throttled = throttled


class MemoryRefused(MemoryFault):
    """A wrong key, a request that Voyage does not take, vectors of another dimension: a person must act."""


class MemoryBusy(MemoryFault):
    """The folder of the vectors is open in another process, and two would spoil each other's view of it."""
