"""How far an import is, in words and figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport.services.imports.show_imports import ImportView


@dataclass(frozen=True, kw_only=True)
class ImportProgress:
    """`total` 0: nobody knows how many there are, as while reading. `over`: no job is at it any more."""

    done: int
    total: int
    words: str
    over: bool


def import_progress(shown: ImportView) -> ImportProgress:
    """`1,290 customers read`; `120 of 214 customers brought over`; and why it waits, when it does."""
    if shown.state == "reading" or (shown.state == "stopped" and shown.phase == "reading"):
        seen = shown.listed + shown.known
        done, total = seen, 0
        words = f"{_count(seen, shown.kind)} read"
        if shown.known:
            words += f", {shown.known:,} of them {'is' if shown.known == 1 else 'are'} here already"
    else:
        done = shown.created + shown.linked + shown.failed
        total = done + shown.to_bring
        words = f"{done:,} of {_count(total, shown.kind)} brought over"
    waits = shown.reason.rstrip(".") if shown.works else ""
    return ImportProgress(
        done=done, total=total, words=f"{words} \N{MIDDLE DOT} {waits}" if waits else words, over=not shown.works
    )


def _count(number: int, kind: str) -> str:
    return f"{number:,} {kind}{'' if number == 1 else 's'}"
