"""One letter to one person, handed to the mail server."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import NamedTuple

from ledgerport.services.context import MailServer

# Real seconds for each step of the conversation.
_SECONDS = 10.0
_SUBJECT = 150
# From this code on a mail server means it for good.
_FOR_GOOD = 500


class NotDelivered(Exception):
    """It did not arrive. `for_good`: trying again will not help."""

    def __init__(self, words: str, *, for_good: bool = False) -> None:
        super().__init__(words)
        self.words = words[:500]
        self.for_good = for_good


class Letter(NamedTuple):
    """What is sent. `uid` becomes the message's id, by which mail programs know a repetition."""

    uid: str
    to: str
    subject: str
    text: str
    at: datetime


def send_letter(server: MailServer, letter: Letter) -> None:
    """Hand a letter in. Raises NotDelivered."""
    try:
        message = _message(server, letter)
        with _connection(server) as smtp:
            if server.security == "starttls":
                smtp.starttls(context=_context(server))
            if server.username:
                smtp.login(server.username, server.password.get_secret_value())
            smtp.send_message(message, from_addr=parseaddr(server.sender)[1], to_addrs=[letter.to])
    except smtplib.SMTPRecipientsRefused as error:
        code, told = next(iter(error.recipients.values()), (0, b""))
        raise NotDelivered(_said(server, code, told), for_good=code >= _FOR_GOOD) from error
    except smtplib.SMTPResponseException as error:
        # A refused password or sender is a matter of settings, which somebody will mend; a refused letter stays so.
        for_good = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= _FOR_GOOD
        raise NotDelivered(_said(server, error.smtp_code, error.smtp_error), for_good=for_good) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(
            f"The mail server {server.host} could not be used: {error or type(error).__name__}"
        ) from error
    except ValueError as error:
        raise NotDelivered(f"This letter cannot be written: {error}", for_good=True) from error


def _connection(server: MailServer) -> smtplib.SMTP:
    # Without a name of ours the library would ask the resolver for one, which may take long.
    ours = parseaddr(server.sender)[1].rpartition("@")[2]
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=ours, timeout=_SECONDS, context=_context(server)
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=ours, timeout=_SECONDS)


def _context(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca_file or None)


def _message(server: MailServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = letter.to
    # One line: a name with a line break in it must not begin a header of its own.
    message["Subject"] = " ".join(letter.subject.split())[:_SUBJECT]
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.uid}@{parseaddr(server.sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _said(server: MailServer, code: int, told: bytes | str) -> str:
    words = told.decode(errors="replace") if isinstance(told, bytes) else told
    return f"The mail server {server.host} refused it: {code} {' '.join(words.split())}"
