"""The net under a doctor's bundle: what looks like a secret or an e-mail address does not get out.

What goes into a bundle is chosen so that it holds none; but a plugin's own words are in it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledgerport.logs import REDACTED, redact_text
from ledgerport.services.context import Hub

_EMAIL = re.compile(r"[^\s@\"'<>(),;:\[\]{}/=]+@[^\s@\"'<>(),;:\[\]{}/=]+\.[^\s@\"'<>(),;:\[\]{}/=]+")
# A shorter value of ours would be found in every other word.
_LEAST = 6


class Cleaner:
    """Takes our own secrets, what is shaped like one, e-mail addresses and the name of this machine's user out."""

    def __init__(self, hub: Hub) -> None:
        ours = {hub.session_secret.get_secret_value()}
        for app in hub.apps.values():
            ours |= {app.client_id, app.client_secret.get_secret_value(), app.webhook_secret.get_secret_value()}
        if hub.mail is not None:
            ours |= {hub.mail.username, hub.mail.password.get_secret_value()}
        # The longest first: one may be a part of another.
        self._ours = sorted((each for each in ours if len(each) >= _LEAST), key=len, reverse=True)
        self._home = str(Path.home())

    def clean(self, value: Any) -> Any:
        """A value of JSON, cleaned through and through."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self._text(str(name)): self.clean(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(inner) for inner in value]
        return value

    def _text(self, text: str) -> str:
        for secret in self._ours:
            text = text.replace(secret, REDACTED)
        if len(self._home) > 1:
            text = text.replace(self._home, "~")
        return redact_text(_EMAIL.sub("[e-mail]", text))
