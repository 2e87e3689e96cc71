"""Messages between the hub and the process of its index, over pipes: a JSON head and the bytes of vectors.

Frame: length of the head and length of the body (little-endian, 4 and 8 bytes), head, body.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct("<IQ")


def send(pipe: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message. Raises OSError when nobody reads any more."""
    told = json.dumps(head).encode()
    pipe.write(_LENGTHS.pack(len(told), len(body)) + told)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next message; None when the other end is closed, in the middle of a message too."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_size, body_size = _LENGTHS.unpack(lengths)
    told, body = pipe.read(head_size), pipe.read(body_size)
    if len(told) < head_size or len(body) < body_size:
        return None
    head: dict[str, Any] = json.loads(told)
    return head, body
