"""Grades plugins by what each ships about itself; a result that was won with other code than was loaded is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ledgerport.conformance import Grade, Level, grade, read_quality, read_result
from ledgerport.contract import CONTRACT_VERSION
from ledgerport.plugin_files import CONFORMANCE, QUALITY, PluginFiles

_T = TypeVar("_T")


class _Unreadable(Exception):
    """The sentence that tells which file, and why."""


def grade_plugin(provider: str, files: PluginFiles | None) -> Grade:
    """`files`: those the plugin was loaded from (`Provider.files`). What cannot be read is a reason, no error."""
    if files is None:
        return _ungraded("It is not installed as a distribution, so nobody can tell which code it is.")
    try:
        result = _read(files.find(CONFORMANCE), read_result)
        quality = _read(files.find(QUALITY), read_quality)
    except _Unreadable as error:
        return _ungraded(str(error))
    return grade(result, quality, provider=provider, sha256=files.sha256, contract=CONTRACT_VERSION)


def _read(path: Path | None, parse: Callable[[str], _T]) -> _T | None:
    if path is None:
        return None
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _Unreadable(f"Its {path.name} cannot be read: {error}.") from error


def _ungraded(reason: str) -> Grade:
    return Grade(level=Level.NOT_GRADED, safe_for_money=False, reasons=(reason,), risks=(reason,))
