"""Wave's API: one method per kind of call. Answers come back as rows; every fault is raised as a contract error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import orjson

from ledgerport.contract import Broken, Company, ContractError, LoginNeeded, Refused, TryLater, Unknown, call_options
from ledgerport_wave import documents
from ledgerport_wave.answers import Row, parse
from ledgerport_wave.documents import Listing, Mutation, Single
from ledgerport_wave.envelopes import GraphError, graph_errors
from ledgerport_wave.faults import NOT_FOUND, as_whole, judge, outcome_of, token_refused
from ledgerport_wave.terms import PAGE_SIZE, PATH

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_READ = call_options(read=True, token_refused=token_refused)
_WRITE = call_options(token_refused=token_refused)
# A list longer than this is no list of a small company: an answer that never ends must not keep us for ever.
_MOST_PAGES = 1_000


class Client:
    """The calls on one business's books, over the bound `account.http`. An empty `business` reaches the list only."""

    def __init__(self, http: httpx.Client, business: str) -> None:
        self._http = http
        self.business = business

    def change(self, mutation: Mutation, given: Row) -> Row:
        """Run one mutation; its payload, when it succeeded."""
        answer = self._post(mutation.document, {"input": given}, write=True)
        outcome = outcome_of(answer, mutation.name)
        if isinstance(outcome, ContractError):
            raise outcome
        return outcome

    def changes(self, steps: Sequence[tuple[Mutation, Row]]) -> list[Row | ContractError]:
        """Run several mutations in one document, in order: a payload or an error for each.

        Raises what befell the request as a whole: Refused with `whole_batch` when none of them was run.
        """
        variables = {f"i{place}": given for place, (_, given) in enumerate(steps, 1)}
        try:
            answer = self._post(documents.together([mutation for mutation, _ in steps]), variables, write=True)
        except Refused as refused:
            raise as_whole(refused) from refused
        outcomes = [outcome_of(answer, f"m{place}") for place in range(1, len(steps) + 1)]
        for kind in (TryLater, LoginNeeded):
            if all(isinstance(outcome, kind) for outcome in outcomes):
                raise next(outcome for outcome in outcomes if isinstance(outcome, ContractError))
        return outcomes

    def one(self, single: Single, id: str) -> Row | None:
        """One object of the business; None when there is none of this id."""
        variables = {"businessId": self.business, "id": id}
        answer = self._post(single.document, variables, write=False, missing=("business", single.member))
        return self._business(answer).get(single.member)

    def page(self, listing: Listing, page: int, *, size: int = PAGE_SIZE, **variables: str) -> tuple[list[Row], bool]:
        """One page of a list, counted from 1, and whether there are more. Entries that are null are left out."""
        given = {"businessId": self.business, "page": page, "pageSize": size, **variables}
        answer = self._post(listing.document, given, write=False)
        return _rows(self._business(answer).get(listing.member), page, size)

    def everything(self, listing: Listing, **variables: str) -> Iterator[Row]:
        """All rows of a list, page by page as they are asked for; none twice, should the list grow meanwhile."""
        seen: set[str] = set()
        for page in range(1, _MOST_PAGES):
            rows, more = self.page(listing, page, size=PAGE_SIZE, **variables)
            for row in rows:
                if (key := str(row.get("id"))) not in seen:
                    seen.add(key)
                    yield row
            if not more:
                return
        raise Broken(f"Wave's list of {listing.member} does not end.")

    def customers_with(self, emails: Sequence[str]) -> list[list[Row]]:
        """The customers of several e-mails in one request, in order: the first page of each."""
        addresses = {f"e{place}": email for place, email in enumerate(emails, 1)}
        variables = {"businessId": self.business, "pageSize": PAGE_SIZE, **addresses}
        answer = self._post(documents.customers_by_emails(len(emails)), variables, write=False)
        business = self._business(answer)
        return [_rows(business.get(alias), 1, PAGE_SIZE)[0] for alias in addresses]

    def businesses(self) -> list[Row]:
        """The businesses that the grant reaches, archived ones left out."""
        found: list[Row] = []
        for page in range(1, _MOST_PAGES):
            answer = self._post(documents.BUSINESSES, {"page": page, "pageSize": PAGE_SIZE}, write=False)
            rows, more = _rows(answer["data"].get("businesses"), page, PAGE_SIZE)
            found.extend(rows)
            if not more:
                break
        return found

    def own_business(self) -> Row | None:
        """The business of a token that is limited to one; else the user's default one."""
        found = self._post(documents.BUSINESS, {}, write=False, missing=("business",))["data"].get("business")
        return found if isinstance(found, dict) else None

    def _business(self, answer: Row) -> Row:
        """The business in a read's answer.

        Somebody else's JSON must not pass for "no rows": after an unknown outcome that would send the record twice.
        """
        found = answer["data"].get("business")
        if not isinstance(found, dict):
            raise TryLater("Wave answered a read without the business.")
        return found

    def _post(self, document: str, variables: Mapping[str, Any], *, write: bool, missing: tuple[str, ...] = ()) -> Row:
        """The answer's object; whatever is none is raised. `missing`: where a NOT_FOUND is an answer and no fault."""
        body = orjson.dumps({"query": document, "variables": variables})
        response = self._http.post(PATH, content=body, headers=_JSON, extensions=_WRITE if write else _READ)
        answer = parse(response.content)
        if missing and answer is not None and _only_missing(graph_errors(answer), missing):
            answer = {"data": answer.get("data") or {"business": {}}}
        error = judge(response.status_code, response.headers, answer, response.content, write=write)
        if error is not None:
            raise error
        if answer is None:  # judge has a decision for every body that cannot be read
            raise Unknown("Wave's answer could not be read.") if write else TryLater("Wave's answer could not be read.")
        return answer


def client_for(http: httpx.Client, company: Company) -> Client:
    """The client of a company whose books are connected. Refused without the company's id."""
    if not company.id:
        raise Refused("There is no Wave business to work with: connect one.")
    return Client(http, company.id)


def _rows(connection: Any, page: int, size: int) -> tuple[list[Row], bool]:
    """The nodes of one page, and whether another follows. TryLater when it is no page: it must not pass for empty."""
    edges = connection.get("edges") if isinstance(connection, dict) else None
    if not isinstance(edges, list):
        raise TryLater("Wave answered a read without its list.")
    nodes = [edge.get("node") for edge in edges if isinstance(edge, dict)]
    about = connection.get("pageInfo")
    total = about.get("totalPages") if isinstance(about, dict) else None
    more = page < total if isinstance(total, int) else len(edges) >= size
    return [node for node in nodes if isinstance(node, dict)], more


def _only_missing(errors: Sequence[GraphError], place: tuple[str, ...]) -> bool:
    return bool(errors) and all(error.code == NOT_FOUND and error.path[: len(place)] == place for error in errors)
