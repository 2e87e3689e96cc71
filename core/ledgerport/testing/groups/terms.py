"""What a plugin declares about its provider: terms that make sense, and hooks that fit them."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from urllib.parse import urlsplit

from ledgerport.contract import CONTRACT_VERSION, KeyTrust, Kind, Lookup, ProviderTerms
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk

GROUP = "terms"
_NOW = Needs(books=False)
_DOCUMENTS = frozenset({Kind.INVOICE, Kind.ESTIMATE})
_LONGEST_LAG = timedelta(minutes=10)
# A worker that was killed is found out and its work taken over within this time.
_TAKE_OVER = timedelta(minutes=2)


def _no_oauth(terms: ProviderTerms) -> str:
    return f"{terms.label} is signed in to with an API key." if terms.api_key is not None else ""


_OAUTH = Needs(books=False, terms=_no_oauth)


@check(
    "terms.plugin_loads",
    group=GROUP,
    needs=Needs(books=False, plugin=False),
    change="Make the module of the entry point importable, with hooks that have the contract's own arguments and terms "
    "that name a contract version this hub speaks; the reason above is the hub's.",
    why="A plugin in quarantine syncs nothing: the books stand still until it loads.",
)
def plugin_loads(desk: Desk) -> None:
    assert not desk.subject.quarantine, f"it is in quarantine: {desk.subject.quarantine}"
    assert desk.subject.provider is not None, "the hub found no terms in it"
    slug = desk.subject.provider.terms.slug
    assert slug == desk.subject.name, f"the entry point is named {desk.subject.name!r}, the terms say {slug!r}"


@check(
    "terms.ships_a_sandbox",
    group=GROUP,
    needs=_NOW,
    change="Add an entry point of the same name to the group ledgerport.sandboxes, which leads to your sandbox's app.",
    why="Nobody can try your provider, or find out what it does to money, without risking real books.",
)
def ships_a_sandbox(desk: Desk) -> None:
    assert desk.subject.has_sandbox, f"no entry point {desk.subject.name!r} in the group ledgerport.sandboxes"


@check(
    "terms.same_each_time",
    group=GROUP,
    needs=_NOW,
    change="Let provider_terms return one constant; read nothing from the network, the clock or the environment in it.",
    why="The hub plans with the terms it read at start: others later would pace and batch by rules nobody agreed to.",
)
def same_each_time(desk: Desk) -> None:
    assert desk.plugin.ask("provider_terms") == desk.terms, "provider_terms answers differently the second time"


@check(
    "terms.speaks_this_contract",
    group=GROUP,
    needs=_NOW,
    change="Name in ProviderTerms.contract the lowest and highest contract version that you have tried.",
    why="A hub of another version would hand your plugin values that it does not understand.",
)
def speaks_this_contract(desk: Desk) -> None:
    lowest, highest = desk.terms.contract
    assert lowest <= CONTRACT_VERSION <= highest, f"it speaks {lowest} to {highest}, the contract is {CONTRACT_VERSION}"


@check(
    "terms.addresses_are_https",
    group=GROUP,
    needs=_NOW,
    change="Give api_url and every OAuth address with https.",
    why="A token or an invoice sent in clear can be read and changed by anybody on the way.",
)
def addresses_are_https(desk: Desk) -> None:
    terms = desk.terms
    sign_in = (terms.oauth.authorize_url, terms.oauth.token_url, terms.oauth.revoke_url)
    page = terms.api_key.url if terms.api_key is not None else ""
    addresses = [each for each in (terms.api_url, *sign_in, page) if each]
    plain = [each for each in addresses if urlsplit(each).scheme != "https"]
    assert terms.api_url and not plain, f"not https: {', '.join(plain) or 'api_url is empty'}"


@check(
    "terms.hooks_fit_kinds",
    group=GROUP,
    needs=_NOW,
    change="Offer push_<kind> for exactly the kinds with push=True, and push_<kind>_batch exactly where batch_size > "
    "1.",
    why="A kind that is promised and not taken waits for ever; one that is taken and not declared is never sent.",
)
def hooks_fit_kinds(desk: Desk) -> None:
    for kind in Kind:
        its = desk.terms.kinds.get(kind)
        pushes, batches = its is not None and its.push, its is not None and its.push and its.batch_size > 1
        assert desk.plugin.offers(f"push_{kind}") == pushes, f"push_{kind} and the terms of {kind}s disagree"
        assert desk.plugin.offers(f"push_{kind}_batch") == batches, f"push_{kind}_batch and the batch_size disagree"


@check(
    "terms.hooks_fit_pulls",
    group=GROUP,
    needs=_NOW,
    change="Set pull=True for exactly the kinds whose pull_<kind>s you offer.",
    why="The console offers an import that fails, or hides one that would work.",
)
def hooks_fit_pulls(desk: Desk) -> None:
    for kind in (Kind.CUSTOMER, Kind.ITEM, Kind.PAYMENT):
        its = desk.terms.kinds.get(kind)
        declared = its is not None and its.pull
        assert desk.plugin.offers(f"pull_{kind}s") == declared, (
            f"pull_{kind}s is offered and not declared, or declared only"
        )


@check(
    "terms.unknown_outcomes_can_be_settled",
    group=GROUP,
    needs=_NOW,
    change="Offer find_pushed and name in lookups by what each kind is found; or, where the provider remembers an "
    "idempotency key for a documented time longer than its request_timeout, declare KeyTrust.REPEAT with that "
    "lifetime.",
    why="After a lost answer nobody could tell whether the payment is booked: it is booked twice, or never.",
)
def unknown_outcomes_can_be_settled(desk: Desk) -> None:
    terms = desk.terms
    if terms.idempotency.trust is KeyTrust.REPEAT:
        needed = terms.request_timeout + _TAKE_OVER
        assert terms.idempotency.lifetime > needed, f"the key lives {terms.idempotency.lifetime}, less than {needed}"
        return
    assert desk.plugin.offers("find_pushed"), "there is no find_pushed, and no key that may be repeated"
    blind = [kind.value for kind, its in terms.kinds.items() if its.push and not its.lookups]
    assert not blind, f"no lookups are declared for {', '.join(blind)}"


@check(
    "terms.taken_names_can_be_asked_after",
    group=GROUP,
    needs=_NOW,
    change="Offer on_duplicate_name, which tells who has a name, when a kind's names are unique.",
    why="A customer who is in the books already could never be linked; each of his invoices would wait.",
)
def taken_names_can_be_asked_after(desk: Desk) -> None:
    unique = [kind.value for kind, its in desk.terms.kinds.items() if its.name is not None and its.name.unique]
    offered = desk.plugin.offers("on_duplicate_name")
    assert offered or not unique, f"names of {', '.join(unique)} are unique, and on_duplicate_name is not offered"


@check(
    "terms.email_look_up_has_its_hook",
    group=GROUP,
    needs=_NOW,
    change="Offer find_customers exactly when Lookup.EMAIL stands among the lookups of customers.",
    why="Customers who are in the books would be created once more.",
)
def email_look_up_has_its_hook(desk: Desk) -> None:
    its = desk.terms.kinds.get(Kind.CUSTOMER)
    searchable = its is not None and Lookup.EMAIL in its.lookups
    assert desk.plugin.offers("find_customers") == searchable, "find_customers and the lookups of customers disagree"


@check(
    "terms.every_meter_has_a_limit",
    group=GROUP,
    needs=_NOW,
    change="Give a Limit for every meter that a kind names in meter or batch_meter.",
    why="Calls that nobody counts run into the provider's limit, and then nothing at all gets through for a while.",
)
def every_meter_has_a_limit(desk: Desk) -> None:
    limited = {"request", *(limit.meter for limit in desk.terms.limits)}
    named = {meter for its in desk.terms.kinds.values() for meter in (its.meter, its.batch_meter)}
    assert named <= limited, f"without a limit: {', '.join(sorted(named - limited))}"


@check(
    "terms.limits_are_sensible",
    group=GROUP,
    needs=_NOW,
    change="Give each limit as the provider documents it: counts and spans above zero, the longer span with the larger "
    "count, and less than the shorter one would add up to.",
    why="A limit that never bites, or always first, is a slip of the pen: the sync is slower than it must be, or "
    "refused.",
)
def limits_are_sensible(desk: Desk) -> None:
    limits = desk.terms.limits
    assert limits, "no limit is declared; where the provider publishes none, give the pace that you found to be safe"
    assert all(limit.count > 0 and limit.per > timedelta(0) for limit in limits), "a limit is not above zero"
    for one, other in permutations(limits, 2):
        if (one.meter, one.scope) == (other.meter, other.scope) and one.per <= other.per:
            fits = one.per < other.per and one.count < other.count < one.count * (other.per / one.per)
            assert fits, f"{one.count} in {one.per} and {other.count} in {other.per}: one makes the other idle"


@check(
    "terms.times_are_sensible",
    group=GROUP,
    needs=_NOW,
    change="Declare concurrency, request_timeout and throttle_wait above zero, a search_lag of less than ten minutes "
    "and "
    "batches of at least one.",
    why="The hub would look for a payment before the provider can show it, and send it again.",
)
def times_are_sensible(desk: Desk) -> None:
    terms = desk.terms
    assert terms.concurrency >= 1, f"concurrency is {terms.concurrency}"
    assert terms.request_timeout > timedelta(0), f"request_timeout is {terms.request_timeout}"
    assert terms.throttle_wait > timedelta(0), f"throttle_wait is {terms.throttle_wait}"
    assert timedelta(0) <= terms.search_lag < _LONGEST_LAG, f"search_lag is {terms.search_lag}"
    assert all(its.batch_size >= 1 for its in terms.kinds.values()), "a batch_size is below one"


@check(
    "terms.choices_are_sentences",
    group=GROUP,
    needs=_NOW,
    change="Give each choice a name of its own and a label that is a sentence; a batch_choice must name one of them "
    "and "
    "needs batches to be about.",
    why="An operator turns on what he reads there; a word without a meaning is a trap.",
)
def choices_are_sentences(desk: Desk) -> None:
    choices, kinds = desk.terms.choices, desk.terms.kinds.values()
    names = [choice.name for choice in choices]
    assert len(set(names)) == len(names), "two choices have the same name"
    assert all(choice.name and choice.label.endswith(".") for choice in choices), "a label is no sentence"
    asked_for = {its.batch_choice for its in kinds if its.batch_choice}
    assert asked_for <= set(names), f"batch_choice names no choice: {', '.join(sorted(asked_for - set(names)))}"
    assert all(its.batch_size > 1 for its in kinds if its.batch_choice), (
        "a batch_choice stands where nothing is batched"
    )


@check(
    "terms.codes_are_for_items",
    group=GROUP,
    needs=_NOW,
    change="Declare code only for items, unique and with a length.",
    why="Two items with one code are one item in the provider's reports.",
)
def codes_are_for_items(desk: Desk) -> None:
    codes = {kind: its.code for kind, its in desk.terms.kinds.items() if its.code is not None}
    assert codes.keys() <= {Kind.ITEM}, "only items have codes"
    assert all(rules.unique and rules.max_length > 0 for rules in codes.values()), (
        "codes are not unique or have no length"
    )


@check(
    "terms.needs_fit_the_kind",
    group=GROUP,
    needs=_NOW,
    change="Ask for a deposit account with payments only, for an income account with items and documents, for items on "
    "lines with documents; and offer pull_accounts where any account is needed.",
    why="Records would wait for a choice that no page offers.",
)
def needs_fit_the_kind(desk: Desk) -> None:
    for kind, its in desk.terms.kinds.items():
        assert kind is Kind.PAYMENT or not its.needs_deposit_account, f"a {kind} needs no deposit account"
        assert kind in {Kind.ITEM, *_DOCUMENTS} or not its.needs_income_account, f"a {kind} needs no income account"
        assert kind in _DOCUMENTS or not its.lines_need_items, f"a {kind} has no lines"
        accounts = its.needs_income_account or its.needs_deposit_account
        assert desk.plugin.offers("pull_accounts") or not accounts, (
            "accounts are needed, and pull_accounts is not offered"
        )
        assert desk.plugin.offers("pull_tax_codes") or not its.needs_tax_codes, (
            "tax codes are needed, and pull_tax_codes is not offered"
        )


@check(
    "terms.token_lives_are_sensible",
    group=GROUP,
    needs=_OAUTH,
    change="Declare access_life above zero, refresh_life longer than it (or None), a grace of a day at most, and one "
    "only "
    "where the refresh token rotates.",
    why="A connection that is refreshed too late is lost, and a bookkeeper must sign in again.",
)
def token_lives_are_sensible(desk: Desk) -> None:
    oauth = desk.terms.oauth
    assert oauth.access_life > timedelta(0), f"access_life is {oauth.access_life}"
    longest = timedelta(days=1) if oauth.rotates else timedelta(0)
    assert timedelta(0) <= oauth.grace <= longest, f"grace is {oauth.grace}, rotates is {oauth.rotates}"
    assert oauth.refresh_life is None or oauth.refresh_life > oauth.access_life, (
        "refresh_life is shorter than access_life"
    )


@check(
    "terms.public_apps_use_pkce",
    group=GROUP,
    needs=_OAUTH,
    change="Set pkce=True where public_apps is True.",
    why="Without a secret and without PKCE, whoever sees the callback's address takes the books over.",
)
def public_apps_use_pkce(desk: Desk) -> None:
    oauth = desk.terms.oauth
    assert oauth.pkce or not oauth.public_apps, "an app without a secret proves itself by nothing"


@check(
    "terms.voids_are_offered",
    group=GROUP,
    needs=_NOW,
    change="Offer void_invoice, or take voids_delete away.",
    why="An invoice that was voided here would stay open there, and be dunned.",
)
def voids_are_offered(desk: Desk) -> None:
    assert desk.plugin.offers("void_invoice") or not desk.terms.voids_delete, "voids_delete is set without void_invoice"


@check(
    "terms.object_pages_have_a_place_for_the_id",
    group=GROUP,
    needs=_NOW,
    change="Write {id} into each of object_urls, where the object's id belongs, and give https addresses.",
    why="The link from our console to the invoice leads a bookkeeper nowhere.",
)
def object_pages_have_a_place_for_the_id(desk: Desk) -> None:
    wrong = [url for url in desk.terms.object_urls.values() if "{id}" not in url or urlsplit(url).scheme != "https"]
    assert not wrong, f"no {{id}}, or not https: {', '.join(wrong)}"


@check(
    "terms.webhooks_belong_together",
    group=GROUP,
    needs=_NOW,
    change="Declare webhook_kinds exactly when you offer read_webhook; offer register_webhook and confirm_webhook "
    "both or "
    "neither.",
    why="Changes that a bookkeeper makes over there would never be told to us.",
)
def webhooks_belong_together(desk: Desk) -> None:
    reads = desk.plugin.offers("read_webhook")
    assert reads == bool(desk.terms.webhook_kinds), "read_webhook and webhook_kinds disagree"
    registers, confirms = desk.plugin.offers("register_webhook"), desk.plugin.offers("confirm_webhook")
    assert registers == confirms, "one of register_webhook and confirm_webhook is offered without the other"
