"""Every setting, read from the environment (`LEDGERPORT_...`, nested with `__`) or a `.env` file.

`wiring.py` builds a hub from it and `serving.py` runs one; everybody else receives plain values.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import AnyHttpUrl, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    # Plugins that may load, by entry-point name; empty: all that are installed.
    plugins_allow: list[str] = []
    # How many jobs run at once in one process.
    worker_threads: int = Field(default=8, ge=1, le=64)
    # How long one hook call may take, in seconds, before the plugin counts as hanging.
    hook_seconds: float = Field(default=150.0, gt=0)
    # How long one request to a provider may wait for its answer, in seconds of the hub's clock.
    request_seconds: float = Field(default=130.0, gt=0)
    clock: ClockSettings = ClockSettings()

    @property
    def embedded(self) -> bool:
        """True when nothing outside this process is needed."""
        return not self.database_url and not self.redis_url
