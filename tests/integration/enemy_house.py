"""One hub with two tenants: one keeps its books by an honest plugin, the other by one that turns against the house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import select, update
from tests.enemies.installed import HONEST, installed_as
from tests.factories import migrated_home
from tests.integration.killing.shop import shop
from tests.integration.killing.world import MORNING, World, assert_books_agree, fill
from tests.stage import CLIENT, Sandbox, connect, hub_for, make_tenant, map_defaults

from ledgerport.contract import ScaledClock
from ledgerport.db.models import Connection, Notice, Task, TaskState
from ledgerport.db.session import database_now
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain
from ledgerport.services.notices_quarantine import check_plugins
from ledgerport.services.plugin_circuits import check_circuits
from ledgerport.services.retry_tasks import retry_all_alike
from ledgerport.settings import ProviderSettings, Settings
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

OTHER = "other"
# Of the first company in a generated sandbox.
COMPANY = "1001"
# Real seconds that a hook may take here; an honest answer takes a fraction of one.
HOOK_SECONDS = 1.5


@dataclass
class House:
    """The honest tenant's world and the other one's, over which hubs with this plugin or that come and go."""

    folder: Path
    clock: ScaledClock
    honest: World
    other: World

    @contextmanager
    def hub(self, disguise: str | None) -> Iterator[Hub]:
        """A process that starts anew with the other plugin in a disguise, or (None) without it."""
        plugins = {HONEST: "nothing", **({OTHER: disguise} if disguise is not None else {})}
        number = len(list(self.folder.glob("plugins-*")))
        with installed_as(self.folder / f"plugins-{number}", plugins), hub_for(self._settings(), self.clock) as hub:
            yield hub

    def _settings(self) -> Settings:
        apps = {
            world.sandbox.provider: ProviderSettings(
                client_id=CLIENT[0], client_secret=SecretStr(CLIENT[1]), address=AnyHttpUrl(world.sandbox.url)
            )
            for world in (self.honest, self.other)
        }
        return Settings(
            _env_file=None,
            home=migrated_home(self.folder / "home"),
            providers=apps,
            plugins_allow=[HONEST, OTHER],
            hook_seconds=HOOK_SECONDS,
        )

    def begin(self) -> None:
        """Both tenants connect, while both plugins are honest, and half of their records arrive."""
        with self.hub("nothing") as hub:
            for world in (self.honest, self.other):
                world.tenant = make_tenant(hub, world.sandbox.provider)
                world.connection = connect(hub, world.sandbox, world.tenant, company=COMPANY)
                map_defaults(hub, world.tenant, world.connection)
                fill(world, hub, shop(customers=2, items=3, invoices=2))
            self.work(hub)

    def bring_more(self, hub: Hub) -> None:
        """New records for both."""
        for world in (self.honest, self.other):
            fill(world, hub, shop(customers=14, items=4, invoices=5))

    def work(self, hub: Hub, rounds: int = 12) -> None:
        """What workers and the scheduler do in turn, the faulty plugin's connection always first; waits pass at once.

        Ends when nothing is due; after so many rounds whatever still waits is left waiting.
        """
        for _ in range(rounds):
            results = [drain(hub, world.connection) for world in (self.other, self.honest)]
            check_plugins(hub)
            check_circuits(hub)
            due = [result.due_at for result in results if result.worked and result.due_at is not None]
            if not due:
                return
            self._pass_time(max(min(due) - self.clock.now(), timedelta(0)))

    def _pass_time(self, span: timedelta) -> None:
        self.clock.at += span
        for world in (self.honest, self.other):
            world.sandbox.control("clock", {"advance": span.total_seconds()})

    def retry(self, hub: Hub) -> None:
        """What a person does about records that the hub gave up: "Retry all like this"."""
        with hub.database.everything(read=True) as session:
            given_up = (Task.connection_id == self.other.connection, Task.state == TaskState.FAILED)
            codes = session.scalars(select(Task.reason_code).where(*given_up).distinct()).all()
        for code in codes:
            retry_all_alike(hub, tenant_id=self.other.tenant, provider=OTHER, reason_code=code)

    def restart(self, hub: Hub) -> None:
        """What the process held is free again, as after its end."""
        with hub.database.everything() as session:
            over = database_now(session) - timedelta(seconds=1)
            held = update(Connection).where(Connection.lease_until.is_not(None))
            session.execute(held.values(lease_until=over))

    def assert_honest_books_agree(self, hub: Hub) -> None:
        assert_books_agree(self.honest, hub, company=COMPANY)

    def assert_all_books_agree(self, hub: Hub) -> None:
        for world in (self.honest, self.other):
            assert_books_agree(world, hub, company=COMPANY)

    def notices(self, hub: Hub) -> list[str]:
        """Open notices of the other tenant; the honest one has none."""
        with hub.database.everything(read=True) as session:
            rows = session.execute(select(Notice.tenant_id, Notice.text).where(Notice.closed_at.is_(None))).all()
        assert [row.text for row in rows if row.tenant_id == self.honest.tenant] == []
        return [row.text for row in rows]


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Two tenants, connected, with a part of their records in the books."""
    clock = ScaledClock(rate=1.0, at=MORNING)
    with installed_as(folder / "sandboxes", {HONEST: "nothing", OTHER: "nothing"}):
        apps = {slug: load_sandbox(slug) for slug in (HONEST, OTHER)}
    with ExitStack() as stack:
        worlds = []
        for slug, app in apps.items():
            running = stack.enter_context(Running(app))
            world = World(folder / "home", Sandbox(running.url, slug), clock)
            world.share_clock()
            worlds.append(world)
        made = House(folder, clock, *worlds)
        made.begin()
        yield made
