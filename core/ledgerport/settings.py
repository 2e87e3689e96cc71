"""Every setting, read from the environment (`LEDGERPORT_...`, nested with `__`) or a `.env` file.

`wiring.py` builds a hub from it and `serving.py` runs one; everybody else receives plain values.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class ProviderSettings(BaseModel):
    """Our app at one provider: `LEDGERPORT_PROVIDERS__QUICKBOOKS__CLIENT_ID` and so on."""

    # The id and secret that the provider's developer portal gave us.
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    # Sends everything of this provider to another origin: its test environment, or a local sandbox.
    address: AnyHttpUrl | None = None
    # Sends API calls alone to another origin, sign-ins as usual: a provider's own test companies.
    api_address: AnyHttpUrl | None = None
    # The verifier for webhook signatures.
    webhook_secret: SecretStr = SecretStr("")


class SmtpSettings(BaseModel):
    """The mail server that takes letters about notices: `LEDGERPORT_SMTP__HOST` and so on. No host: no letters."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    # `starttls` (usually port 587), `tls` (usually 465), or `none` for a server on this machine or a trusted network.
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    # Whom letters are from: `ledgerport@example.com`, or with a name `Ledgerport <ledgerport@example.com>`.
    sender: str = ""
    # A file with the certificates of who vouches for the server; empty: those that this machine trusts.
    ca_file: Path | None = None


class MemorySettings(BaseModel):
    """The memory of past prices: `LEDGERPORT_MEMORY__API_KEY` and so on. `RAG_BILLING_EMBED_ENABLED` switches it on."""

    # Voyage's key; what is embedded is charged to its account.
    api_key: SecretStr = SecretStr("")
    # Where Voyage's API is, with its version (`https://.../v1`); empty: where Voyage says. Or a local sandbox.
    address: AnyHttpUrl | None = None
    # A part of Chroma's names, which take these characters.
    model: str = Field(default="voyage-3.5", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
    # Numbers in a vector. Vectors of two models or dimensions are kept apart, and the older ones are not asked.
    dimension: int = Field(default=1024, ge=1, le=8192)
    # How similar (cosine) a line must be to what was asked to count as the same thing.
    threshold: float = Field(default=0.35, ge=0, le=1)
    # A Chroma server, `http://host:8000`: needed as soon as several processes run. Empty: a folder of this process.
    chroma_url: AnyHttpUrl | None = None
    # Sent to that server as a bearer token, where it asks for one.
    chroma_token: SecretStr = SecretStr("")
    # The folder; empty: `memory` in `home`.
    folder: Path | None = None
    # Dollars per million tokens, where the price table is out of date or does not know the model.
    price_per_million: Decimal | None = Field(default=None, ge=0)
    # What Voyage allows this account in a minute; empty: what it gives an account of its first usage tier.
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    # How long one request to Voyage or Chroma may take, in seconds.
    request_seconds: float = Field(default=30.0, gt=0, le=600)


class ClockSettings(BaseModel):
    """For rehearsals: runs `rate` times as fast, and shows `at` when the machine shows `since` (seconds since 1970)."""

    rate: float = Field(default=1.0, gt=0, le=10_000)
    at: datetime | None = None
    since: float | None = None


class Settings(BaseSettings):
    """All settings. With none set the hub runs embedded: SQLite, in-process jobs, loopback only."""

    model_config = SettingsConfigDict(
        env_prefix="LEDGERPORT_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    # Where the embedded mode keeps its database and keys.
    home: Path = Path(".ledgerport")
    # `sqlite:///path` or `postgresql://...`; empty: a SQLite file in `home`.
    database_url: str = ""
    # `redis://...`; empty: jobs run inside this process.
    redis_url: str = ""
    # The address at which browsers reach the hub; providers send them back to `<public_url>/oauth/<provider>/callback`.
    public_url: str = "http://127.0.0.1:8080"
    # Keys that encrypt tokens, `name:base64 of 32 bytes`, newest first; empty: one is made in `home`.
    vault_keys: list[SecretStr] = []
    # Signs the browser's connect cookie; empty: one is made in `home`.
    session_secret: SecretStr = SecretStr("")
    # Our apps at the providers, by slug.
    providers: dict[str, ProviderSettings] = {}
    # Plugins that may load, by entry-point name, `quickbooks,acme`; empty: all that are installed. With a hash,
    # `acme@sha256:...` as `ledgerport providers list` shows it, only that very code loads.
    plugins_allow: Annotated[list[str], NoDecode] = []
    # So many failures in a row that are a plugin's own fault, and it rests: this many seconds of the hub's clock, twice
    # as long after each trial that fails, up to the longest rest.
    plugin_failures: int = Field(default=5, ge=1)
    plugin_rest_seconds: float = Field(default=30.0, gt=0)
    plugin_longest_rest_seconds: float = Field(default=600.0, gt=0)
    # Logs every hook call: what went in and came out without secrets and personal data, and how long it took.
    trace_hooks: bool = False
    # How many jobs run at once in one process.
    worker_threads: int = Field(default=8, ge=1, le=64)
    # How long one hook call may take, in seconds, before the plugin counts as hanging.
    hook_seconds: float = Field(default=150.0, gt=0)
    # How long one request to a provider may wait for its answer, in seconds of the hub's clock.
    request_seconds: float = Field(default=130.0, gt=0)
    smtp: SmtpSettings = SmtpSettings()
    clock: ClockSettings = ClockSettings()
    # Remembers past prices with Voyage and Chroma. The alias takes our prefix away: `RAG_BILLING_EMBED_ENABLED`.
    rag_billing_embed_enabled: bool = Field(default=False, validation_alias="rag_billing_embed_enabled")
    memory: MemorySettings = MemorySettings()

    @field_validator("plugins_allow", mode="before")
    @classmethod
    def _by_commas(cls, given: object) -> object:
        """`quickbooks,xero`, or a JSON list as other lists are given."""
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            return json.loads(given)
        return [entry.strip() for entry in given.split(",") if entry.strip()]

    @property
    def embedded(self) -> bool:
        """True when nothing outside this process is needed."""
        return not self.database_url and not self.redis_url
