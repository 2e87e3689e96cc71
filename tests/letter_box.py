"""A real mail server and a real host app, small, on this machine: what notices are delivered to in tests."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class LetterBox:
    """What a mail server took. `refusal`: what it answers instead of taking a letter."""

    port: int = 0
    ca_file: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    refusal: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, to: str, _options: Any) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        self.receivers.extend(envelope.rcpt_tos)
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        # "Not handled": the server itself says so.
        return AuthResult(success=data.password == b"mail password", handled=False)


class _Controller(Controller):
    """On a free port; its own first look at the server needs no handshake."""

    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port), 5).close()


@contextmanager
def letter_box(folder: Path, *, security: str = "starttls", asks_login: bool = False) -> Iterator[LetterBox]:
    """A mail server on this machine with a certificate of its own."""
    box = LetterBox()
    more: dict[str, Any] = {"authenticator": box.authenticate, "auth_required": asks_login}
    if security != "starttls":
        # It does not count a connection that was encrypted from its beginning.
        more["auth_require_tls"] = False
    if security != "none":
        box.ca_file, context = _certificate(folder)
        more["ssl_context" if security == "tls" else "tls_context"] = context
        more["require_starttls"] = security == "starttls"
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = _Controller(box, hostname="127.0.0.1", port=box.port, **more)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class HostApp:
    """What a host app was sent. `status` and `headers`: what it answers."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def host_app() -> Iterator[HostApp]:
    """An HTTP server that keeps what it is sent."""
    app = HostApp()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            app.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(app.status)
            for name, value in {"Content-Length": "0", **app.headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    app.url = f"http://127.0.0.1:{server.server_port}/hooks/ledgerport"
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _certificate(folder: Path) -> tuple[str, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "mail.crt", folder / "mail.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    return str(cert), context
