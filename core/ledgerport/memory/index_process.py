"""`python -m ledgerport.memory.index_process FOLDER MODEL DIMENSION`: Chroma over a folder, for one hub.

It answers one message after the other on its pipes, and ends when the hub that started it closes them or dies; that
gives the folder's lock back.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import IO, Any

from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.errors import MemoryAway, MemoryFault
from ledgerport.memory.frames import receive, send
from ledgerport.memory.port import Index
from ledgerport.memory.stores import FolderStore


def serve(index: Index, asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the other end closes. A fault is an answer, too."""
    while (message := receive(asked)) is not None:
        head, body = message
        try:
            answer = {"done": _act(index, head, body)}
        except MemoryFault as fault:
            after = fault.after.total_seconds() if isinstance(fault, MemoryAway) and fault.after is not None else None
            answer = {"fault": type(fault).__name__, "sentence": fault.sentence, "after": after}
        try:
            send(answers, answer)
        except OSError:
            return


def _act(index: Index, head: dict[str, Any], body: bytes) -> Any:
    act, tenant_id = head["act"], head["tenant"]
    if act == "put":
        size = len(body) // len(head["ids"])
        parts = (body[start : start + size] for start in range(0, len(body), size))
        index.put(tenant_id, head["what"], list(zip(head["ids"], parts, strict=True)))
    elif act == "near":
        return [(one.id, one.similarity) for one in index.near(tenant_id, head["what"], body, head["limit"])]
    elif act == "remove":
        index.remove(tenant_id, head["what"], head["ids"])
    elif act == "drop":
        index.drop(tenant_id)
    elif act == "count":
        return index.count(tenant_id, head["what"])
    else:
        raise ValueError(f"There is no act {act!r}.")
    return None


def main() -> None:
    folder, model, dimension = sys.argv[1:]
    # A Ctrl-C is for the hub, which then closes the pipes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    index = ChromaIndex(FolderStore(Path(folder)), model=model, dimension=int(dimension))
    try:
        serve(index, sys.stdin.buffer, answers)
    finally:
        index.close()


if __name__ == "__main__":
    main()
