"""The mail server's settings: what makes a hub refuse to start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledgerport import wiring
from ledgerport.settings import Settings, SmtpSettings


def settings(folder: Path, **smtp: Any) -> Settings:
    return Settings(_env_file=None, home=folder, smtp=SmtpSettings(**smtp))


@pytest.mark.parametrize(
    ("smtp", "told"),
    [
        ({"host": "mail.example.com"}, "LEDGERPORT_SMTP__SENDER is missing"),
        ({"host": "mail.example.com", "sender": "Ledgerport"}, "no e-mail address"),
        (
            {"host": "mail.example.com", "sender": "a@example.com", "security": "none", "username": "a"},
            "a password would travel in clear",
        ),
        ({"host": "m.example.com", "sender": "a@example.com", "ca_file": Path("not there")}, "there is no such file"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_told_before_anything_starts(
    tmp_path: Path, smtp: dict[str, Any], told: str
) -> None:
    with pytest.raises(wiring.CannotStart, match=told):
        wiring.build(settings(tmp_path, **smtp))


def test_the_mail_server_reaches_the_hub_and_none_is_none(tmp_path: Path) -> None:
    hub = wiring.build(settings(tmp_path, host="mail.example.com", sender="Ledgerport <hub@example.com>"))
    wiring.close(hub)
    assert hub.mail is not None
    assert (hub.mail.host, hub.mail.port, hub.mail.security) == ("mail.example.com", 587, "starttls")
    hub = wiring.build(settings(tmp_path))
    wiring.close(hub)
    assert hub.mail is None
