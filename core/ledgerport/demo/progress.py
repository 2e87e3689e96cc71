"""Progress while the demo works: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn

# Seconds between two lines where there is no terminal to draw on.
_LINE_EVERY = 5.0


class Stage:
    """Says what goes on: `step` for what is done, `progress` for what takes a while."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said_at = float("-inf")

    def step(self, words: str) -> None:
        self.done()
        self.console.print(escape(words), highlight=False, soft_wrap=True)

    def progress(self, what: str, now: int, total: int | None, words: str = "") -> None:
        """`what` is fixed for one progress; `words` may change with every call."""
        figures = f"{now:,} of {total:,}" if total is not None else f"{now:,}"
        tail = f" · {words}" if words else ""
        if not self.console.is_terminal:
            if time.monotonic() - self._said_at >= _LINE_EVERY:
                self._said_at = time.monotonic()
                self.console.print(f"  {what}: {figures}{tail}", highlight=False, markup=False, soft_wrap=True)
            return
        if self._bar is None:
            columns = (TextColumn("  {task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[words]}"))
            self._bar = Progress(*columns, console=self.console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task(escape(what), total=total, words="")
        if self._task is not None:
            self._bar.update(self._task, completed=now, total=total, words=escape(figures + tail))

    def done(self) -> None:
        """What was in progress has ended."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None
        self._said_at = float("-inf")
