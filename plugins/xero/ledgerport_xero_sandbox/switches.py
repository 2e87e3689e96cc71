"""What Xero's documents leave open (each line of the fact sheet marked UNSURE that changes what a client sees).

The default is what seems most likely; a client has to be right either way.
"""

from __future__ import annotations

from ledgerport_sandbox import Switch

SWITCHES = (
    # -- login -----------------------------------------------------------------------------------------------
    Switch("code_life_seconds", 300, "how long an authorization code lives (no stored page says)"),
    Switch("grace_minutes", 30, "for so long a rotated refresh token still works; 0 never"),
    Switch("access_minutes", 30, "life of an access token"),
    Switch("error_description", False, "token errors carry an error_description, as third parties print"),
    Switch(
        "second_consent",
        "keeps",
        "what a user's second consent does to that user's earlier token sets: they live on, or end",
        ("keeps", "replaces"),
    ),
    Switch("broad_scopes", True, "accounting.transactions may be asked for: an app made before March 2026"),
    Switch(
        "items_scope", "either", "Items need accounting.settings, or either that or invoices", ("either", "settings")
    ),
    Switch(
        "scope_spelling",
        "insufficient_scope",
        "WWW-Authenticate of a missing scope, as seen or as the FAQ spells it",
        ("insufficient_scope", "insufficent_scope"),
    ),
    Switch("scope_status", 401, "status of a missing scope; 403 occurs in the wild", (401, 403)),
    Switch("revoked_status", 401, "status of a token whose grant was withdrawn", (401, 403)),
    Switch("error_keys", "pascal", "spelling of the members of 401 and 403", ("pascal", "lower")),
    # -- requests --------------------------------------------------------------------------------------------
    Switch("summarize_errors_default", True, "summarizeErrors when a request does not say (the spec says false)"),
    Switch("idempotency_minutes", 6, "how long an Idempotency-Key is kept, from its first call"),
    Switch("idempotency_keeps_5xx", True, "a server error is repeated for the same key, too"),
    Switch("idempotency_mismatch", "message", "where the text of a mismatch stands", ("message", "elements")),
    Switch(
        "idempotency_while_running",
        "replay",
        "the first request of a key still runs: the later one does the work and the first repeats it, or is refused",
        ("replay", "refuse"),
    ),
    Switch("too_large_body", "text", "the body of 413", ("text", "html", "empty")),
    Switch("not_found_body", "text", "the body of 404", ("text", "json")),
    Switch("server_error_body", "json", "the body of 500", ("json", "html")),
    Switch(
        "unavailable_text",
        "The Xero API is temporarily unavailable",
        "the body of 503",
        (
            "The Xero API is temporarily unavailable",
            "The Xero API is currently offline for maintenance",
            "The Organisation is offline",
        ),
    ),
    Switch("throttle_body", "empty", "the body of 429", ("empty", "text")),
    Switch("starter_tier", False, "the app's plan is Starter: 1,000 calls a day and organisation"),
    Switch("if_modified_since", "inclusive", "is a change in that very second told?", ("inclusive", "exclusive")),
    Switch("not_modified_304", False, "If-Modified-Since without changes: 304 instead of an empty list"),
    # -- records ---------------------------------------------------------------------------------------------
    Switch(
        "message_member",
        "Message",
        "the member that holds a refusal's text; old samples differ",
        ("Message", "Description"),
    ),
    Switch(
        "match_order",
        "id, number, name",
        "which key of a POSTed contact counts first",
        ("id, number, name", "id, name, number"),
    ),
    Switch("unarchive_by_api", True, "a contact can be made ACTIVE again by the API"),
    Switch("void_numbers_free", False, "numbers of voided and deleted invoices may be used again"),
    Switch("due_date_required", True, "an invoice needs a due date to be approved; else it is the date"),
    Switch("zero_total_is_paid", True, "an approved invoice of 0.00 is PAID at once"),
    Switch("tax_rounding", "half_up", "rounding of an exact half cent of a line's tax", ("half_up", "half_even")),
    Switch("lock_date_suffix", False, "the text of the period lock names the date"),
    Switch(
        "quote_transitions", "documented", "quotes: only documented changes of status, or any", ("documented", "any")
    ),
    Switch("quote_update_needs_all", True, "an update of a quote needs Contact and Date again"),
    Switch("payment_raises_invoice_event", True, "a payment raises an INVOICE UPDATE webhook"),
)
