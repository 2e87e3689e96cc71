"""Carrying orders out, on the drain's threads: no database, no decision, only the provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledgerport.contract import Choices, ContractError, Kind, Remote, TryLater
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.engine import push
from ledgerport.engine.items_there import ItemsThere
from ledgerport.engine.pacing import Permit
from ledgerport.engine.push import Sent
from ledgerport.engine.transport import AccessToken, AccountCall, open_account
from ledgerport.host import Provider
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.draining.orders import MatchOrder, Order, SendOrder
from ledgerport.services.provider_apps import oauth_addresses
from ledgerport.services.refresh_token import access_token

# A request that did not leave so soon after it was frozen never leaves: whoever resolves unknown outcomes counts from
# that moment.
LEAVES_WITHIN = timedelta(seconds=30)
# How long a token is used before the row is looked at again; the transport refreshes earlier when the provider refuses
# it.
_TOKEN_FOR = timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True)
class Matched:
    """What a look-up found, customers by e-mail or all `items`; or the error it ended in."""

    found: Mapping[str, list[Remote]] = field(default_factory=dict)
    items: ItemsThere | None = None
    error: ContractError | None = None


class Carrier:
    """Opens the company's books for each order."""

    def __init__(self, hub: Hub, held: Held, provider: Provider, app: ProviderApp, lost: Callable[[], bool]) -> None:
        self._hub, self._held, self.provider, self._app, self._lost = hub, held, provider, app, lost
        self._api_url = oauth_addresses(provider.terms, app, held.company.facts).api_url
        self._choices = Choices(deposit_account=held.deposit_account, values=held.choices)
        self._token: AccessToken | None = None
        self._token_until = hub.clock.now()

    def carry(self, order: Order) -> Sent | Matched:
        """Do what an order says.

        Never raises a contract error.
        """
        if isinstance(order, MatchOrder):
            return self._match(order)
        return self.send(order, order.sent_at + LEAVES_WITHIN)

    def send(self, order: SendOrder, leave_by: datetime) -> Sent:
        """Send a frozen request, unless it is later than `leave_by` or the connection is not ours any more.

        Never raises a contract error.
        """
        if self._too_late(leave_by):
            if order.permit is not None:
                order.permit.give_back()
            late = _late()
            return Sent(outcomes=[late] * len(order.parcels), whole=late)
        pushes = [parcel.push for parcel in order.parcels]
        return push.send(self.provider, lambda: self.open(order.permit, leave_by), order.kind, order.op, pushes)

    def find(self, order: SendOrder) -> list[list[Remote]]:
        """What of an order's creations is over there.

        Raises the contract's errors.
        """
        return push.find(self.provider, self.open, [parcel.push for parcel in order.parcels])

    def open(self, permit: Permit | None = None, leave_by: datetime | None = None) -> AccountCall:
        """The company's books for one hook call.

        With `leave_by` the call raises TryLater instead of sending its first write (or repeating it with a newer
        token) after that moment: waiting for a token may have taken long.
        """

        def token(refused: int | None) -> AccessToken:
            found = self._current_token(refused)
            if leave_by is not None and (refused is not None or not call.sent) and self._too_late(leave_by):
                raise _late()
            return found

        call = open_account(
            wire=self._hub.wire,
            terms=self.provider.terms,
            api_url=self._api_url,
            token=token,
            limiter=self._hub.limiter,
            client_id=self._app.client_id,
            company=self._held.company,
            choices=self._choices,
            clock=self._hub.clock,
            request_seconds=self._hub.request_seconds,
            permit=permit,
        )
        return call

    def _too_late(self, leave_by: datetime) -> bool:
        return self._lost() or self._hub.clock.now() > leave_by

    def _match(self, order: MatchOrder) -> Matched:
        emails = list(dict.fromkeys(_email(parcel.push.value) for parcel in order.parcels))
        try:
            if order.kind is Kind.ITEM:
                return Matched(items=self._items(order.permit))
            return Matched(found=push.find_customers(self.provider, lambda: self.open(order.permit), emails))
        except ContractError as error:
            return Matched(error=error)

    def _items(self, permit: Permit | None) -> ItemsThere:
        permits = [permit] if permit is not None else []

        def page() -> AccountCall:
            if self._lost():
                raise _late()
            return self.open(permits.pop() if permits else None)

        return ItemsThere(push.items_there(self.provider, page))

    def _current_token(self, refused: int | None) -> AccessToken:
        now = self._hub.clock.now()
        if refused is not None or self._token is None or now >= self._token_until:
            self._token = access_token(
                self._hub, tenant_id=self._held.tenant_id, grant_id=self._held.grant_id, refused_generation=refused
            )
            self._token_until = now + _TOKEN_FOR
        return self._token


def _late() -> TryLater:
    return TryLater("The request was ready too late and was not sent.")


def _email(value: object) -> str:
    return str(getattr(value, "email", ""))
