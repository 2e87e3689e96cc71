"""A plain HTTP client that signs in as an app does and speaks to the sandbox: for tests, examples and plugin authors.

It goes through the real consent page and token endpoint; nothing reaches into the app.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from ledgerport_wave_sandbox.state import COMPANY

CALLBACK = "http://127.0.0.1:9/callback"
SCOPE = (
    "user:read business:read account:read account:write customer:read customer:write product:read product:write "
    "sales_tax:read sales_tax:write invoice:read invoice:write invoice:send estimate:read estimate:write "
    "transaction:write"
)


class Visitor:
    """`with Visitor(running.url) as app: app.sign_in(); app.do("customerCreate", {...}, "customer { id }")`."""

    def __init__(self, url: str, *, client: tuple[str, str] = ("sandbox-client", "sandbox-secret")) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False, headers={"accept": "application/json"})
        self.url, self.client = url, client
        self.company = COMPANY
        self.tokens: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    # -- login -----------------------------------------------------------------------------------------------

    def authorize_url(self, **changes: str) -> str:
        """The address an app would send its user to."""
        query = {
            "client_id": self.client[0],
            "response_type": "code",
            "scope": SCOPE,
            "redirect_uri": CALLBACK,
            "state": "state-1",
            **changes,
        }
        return f"{self.url}/oauth2/authorize/?{urlencode(query)}"

    def decide(self, decision: str = "allow", *companies: str, **changes: str) -> dict[str, str]:
        """Press Allow or Deny; the parameters of the callback. Raises ValueError when there was no redirect."""
        form = {"company": list(companies or (self.company,)), "decision": decision}
        answer = self.http.post(self.authorize_url(**changes), data=form)
        if answer.status_code != 302:
            raise ValueError(f"{answer.status_code}: {answer.text}")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def token(self, form: dict[str, str]) -> httpx.Response:
        """One request to the token endpoint."""
        identity = {"client_id": self.client[0], "client_secret": self.client[1]}
        return self.http.post("/oauth2/token/", data={**identity, **form})

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Trade a code."""
        return self.token({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes})

    def refresh(self, token: str | None = None) -> httpx.Response:
        """Trade a refresh token (default: the one held)."""
        held = token or self.tokens["refresh_token"]
        return self.token({"grant_type": "refresh_token", "refresh_token": held, "redirect_uri": CALLBACK})

    def sign_in(self, *companies: str, **changes: str) -> dict[str, Any]:
        """Consent and tokens; later calls carry the access token. Raises httpx.HTTPStatusError."""
        answer = self.exchange(self.decide("allow", *companies, **changes)["code"])
        answer.raise_for_status()
        return self.hold(answer.json())

    def hold(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """Use these tokens from now on."""
        self.tokens = tokens
        self.http.headers["authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    # -- the API ---------------------------------------------------------------------------------------------

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        """One GraphQL request."""
        return self.http.post("/graphql/public", json={"query": query, "variables": variables})

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a request. Raises AssertionError with the answer when there are errors."""
        answer = self.ask(query, **variables)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        assert "errors" not in body, answer.text
        found: dict[str, Any] = body["data"]
        return found

    def books(self, selection: str, **variables: tuple[str, Any]) -> dict[str, Any]:
        """Fields of the business; each variable comes with its type: `email=("String", "a@b.example")`."""
        declared = "".join(f", ${name}: {type}" for name, (type, _) in variables.items())
        query = f"query($company: ID!{declared}) {{ business(id: $company) {{ {selection} }} }}"
        values = {name: value for name, (_, value) in variables.items()}
        found: dict[str, Any] = self.data(query, company=self.company, **values)["business"]
        return found

    def send(self, mutation: str, given: dict[str, Any], selection: str = "") -> httpx.Response:
        """One mutation; businessId is filled in where the input takes one."""
        type = f"{mutation[0].upper()}{mutation[1:]}Input!"
        text = f"mutation($input: {type}) {{ {mutation}(input: $input) "
        text += f"{{ didSucceed inputErrors {{ path message code }} {selection} }} }}"
        makes = mutation.endswith("Create") or mutation == "moneyTransactionsCreate"
        return self.ask(text, input={"businessId": self.company, **given} if makes else given)

    def do(self, mutation: str, given: dict[str, Any], selection: str = "") -> dict[str, Any]:
        """The payload of a mutation that succeeds. Raises AssertionError with the answer when it does not."""
        answer = self.send(mutation, given, selection)
        body = answer.json()
        assert answer.status_code == 200, answer.text
        assert "errors" not in body, answer.text
        payload: dict[str, Any] = body["data"][mutation]
        assert payload["didSucceed"], answer.text
        return payload

    def refused(self, mutation: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        """The input errors of a mutation that is refused. Raises AssertionError with the answer when it is not."""
        answer = self.send(mutation, given)
        payload = answer.json()["data"][mutation]
        assert payload["didSucceed"] is False, answer.text
        errors: list[dict[str, Any]] = payload["inputErrors"]
        return errors

    # -- what most books need --------------------------------------------------------------------------------

    def account(self, name: str = "Service Income") -> str:
        """The id of an account by its name."""
        nodes = self.books("accounts(pageSize: 100) { edges { node { id name } } }")["accounts"]["edges"]
        return next(str(edge["node"]["id"]) for edge in nodes if edge["node"]["name"] == name)

    def tax(self, abbreviation: str = "TX 8.25") -> str:
        """The id of a sales tax by its abbreviation."""
        nodes = self.books("salesTaxes { edges { node { id abbreviation } } }")["salesTaxes"]["edges"]
        return next(str(edge["node"]["id"]) for edge in nodes if edge["node"]["abbreviation"] == abbreviation)

    def customer(self, name: str = "Harbor View HOA", **more: Any) -> str:
        """A new customer's id."""
        return str(self.do("customerCreate", {"name": name, **more}, "customer { id }")["customer"]["id"])

    def product(self, name: str = "Drain cleaning", price: str = "150", **more: Any) -> str:
        """A new product's id; it is sold unless `incomeAccountId` says otherwise."""
        given = {"name": name, "unitPrice": price, "incomeAccountId": self.account(), **more}
        return str(self.do("productCreate", given, "product { id }")["product"]["id"])

    def invoice(self, customer: str, items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """A new approved invoice: id, number, status, totals."""
        given = {"customerId": customer, "items": items, "status": "SAVED", **more}
        amounts = " ".join(f"{name} {{ value }}" for name in ("total", "taxTotal", "amountDue", "amountPaid"))
        made: dict[str, Any] = self.do("invoiceCreate", given, f"invoice {{ id invoiceNumber status {amounts} }}")[
            "invoice"
        ]
        return made

    def pay(self, invoice: str, amount: str, **more: Any) -> str:
        """A new payment's id."""
        given = {
            "invoiceId": invoice,
            "amount": amount,
            "paymentAccountId": self.account("Business Checking"),
            "paymentDate": "2026-09-21",
            "paymentMethod": "CHEQUE",
            "exchangeRate": "1",
            **more,
        }
        return str(self.do("invoicePaymentCreateManual", given, "invoicePayment { id }")["invoicePayment"]["id"])

    # -- control routes --------------------------------------------------------------------------------------

    def control(self, path: str, body: Any = None) -> Any:
        """GET (no body) or POST a control route. Raises AssertionError with the answer when it is refused."""
        answer = self.http.get(f"/_sandbox/{path}") if body is None else self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> dict[str, Any]:
        """The books of the company."""
        found: dict[str, Any] = self.control(f"ledger?company={self.company}")
        return found
