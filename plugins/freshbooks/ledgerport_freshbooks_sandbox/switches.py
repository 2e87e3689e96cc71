"""Every named switch of this sandbox: what the fact sheet marks UNSURE, with the likeliest answer as the default."""

from __future__ import annotations

from ledgerport_sandbox import Switch

SWITCHES = (
    # -- login
    Switch(
        "created_at",
        "refresh",
        "created_at of a refreshed token: its own, or the first grant's (seen once); created_at + expires_in is right",
        ("refresh", "grant"),
    ),
    Switch("refresh_needs_redirect_uri", True, "a refresh without redirect_uri is answered invalid_client"),
    Switch("pkce_checked", True, "a code_verifier that does not fit the challenge is refused"),
    Switch("one_grant_per_app", False, "a new consent ends the earlier grants of the same app (second-hand report)"),
    Switch("exact_redirects", False, "only registered callbacks, no loopback exception for development"),
    Switch("bad_scope", "page", "a consent with an unknown scope ends on a page, or goes back", ("page", "redirect")),
    Switch("scopes_checked", True, "a call outside the token's scopes is 403 errno 1003"),
    Switch(
        "account_id_in_membership",
        "given",
        "business.account_id: given; null, told by business_clients[] and roles[]; or null, told by roles[] alone",
        ("given", "null", "roles_only"),
    ),
    # -- envelopes and lists
    Switch(
        "error_envelope",
        "by_version",
        "accounting errors: new (google.rpc) from X-API-VERSION 2022-10-31 on, else old; or always one of them",
        ("by_version", "old", "new"),
    ),
    Switch(
        "accounting_401",
        "unauthenticated",
        "a dead token at /accounting: {error, error_description}, errno 1003 in the envelope, or flat {errno, message}",
        ("unauthenticated", "envelope", "flat"),
    ),
    Switch(
        "throttle_body",
        "envelope",
        "429: errno 429 in the envelope, or {error, error_description}",
        ("envelope", "oauth"),
    ),
    Switch("events_errors", "old", "422 of callbacks: {errno, message, details[text]} or BadRequest", ("old", "new")),
    Switch("per_page", 15, "rows a page when the request does not say (15 live, 30 documented)"),
    Switch(
        "per_page_over_100", "clamp", "more than 100 rows asked for: 100 are given, or errno 1013", ("clamp", "refuse")
    ),
    Switch("lists_show_archived", True, "lists without search[vis_state] show archived records, too"),
    Switch(
        "estimate_filters",
        "none",
        "estimates are searched like invoices, or every filter is ignored",
        ("none", "invoices"),
    ),
    Switch(
        "item_filters",
        "none",
        "items are searched by vis_state, updated_min and updated_max, or every filter is ignored",
        ("none", "common"),
    ),
    Switch("invoice_number_filter", "exact", "search[invoice_number] compares whole or part", ("exact", "contains")),
    # -- writing
    Switch("unknown_reference_status", 422, "HTTP status of errno 1012 about a reference in a body", (422, 404)),
    Switch(
        "read_deleted", "show", "GET of a deleted record: shown with vis_state 1, or 404 errno 1012", ("show", "refuse")
    ),
    Switch(
        "write_deleted",
        "refuse",
        "writing on a deleted record (but vis_state): errno 1011, or done",
        ("refuse", "accept"),
    ),
    Switch(
        "conflicts", "refuse", "a second write on a record while one runs: 409, or done after it", ("refuse", "accept")
    ),
    Switch("text_limit", 255, "longest name, number or address line (errno 1017); not documented"),
    # -- clients and items
    Switch(
        "organization_default",
        "empty",
        "organization when none is sent (three answers seen)",
        ("empty", "name", "email"),
    ),
    Switch(
        "empty_client", "refuse", "a client without any name and e-mail: errno 1001, or accepted", ("refuse", "accept")
    ),
    Switch("bad_email", "refuse", "an e-mail without @ and dot: errno 1004, or accepted", ("refuse", "accept")),
    Switch("client_limit", 0, "living clients a plan allows; 0 is no limit"),
    Switch("client_limit_answer", "refuse", "beyond the limit: 422, or exceeds_client_limit", ("refuse", "flag")),
    Switch("items_module", True, "False: items answer HTTP 200 with errno 12001"),
    # -- documents and payments
    Switch(
        "duplicate_number",
        "refuse",
        "an invoice or estimate number in use: errno 1004, or accepted",
        ("refuse", "accept"),
    ),
    Switch("tax_rounding", "per_tax", "tax is rounded once for each tax, or on every line", ("per_tax", "per_line")),
    Switch("discount_before_tax", True, "tax is on the price after the discount, as in the recorded invoice"),
    Switch("unknown_tax_name", "accept", "a tax name on a line that is no tax of the account", ("accept", "refuse")),
    Switch("negative_lines", "accept", "lines with a negative price", ("accept", "refuse")),
    Switch(
        "mixed_currency", "refuse", "an amount in another currency than its document: errno 1004", ("refuse", "accept")
    ),
    Switch("paid_status", "4", "the number of a fully paid invoice: 4 (documented), or as it was sent", ("4", "keep")),
    Switch("partial_past_due", "overdue", "v3_status of a part-paid invoice that is late", ("overdue", "partial")),
    Switch(
        "total_below_paid", "refuse", "an edit that makes an invoice smaller than what is paid", ("refuse", "accept")
    ),
    Switch(
        "delete_paid_invoice",
        "with_payments",
        "deleting a paid invoice deletes its payments, leaves them unapplied, or is refused",
        ("with_payments", "release", "refuse"),
    ),
    Switch("payment_on_draft", "refuse", "a payment of a draft: errno 1004, or accepted", ("refuse", "accept")),
    Switch("payment_type_default", "Check", "the type of a payment that names none"),
    Switch("overpayment", "credit", "more than outstanding: booked as a credit, or errno 1004", ("credit", "refuse")),
    # -- callbacks
    Switch(
        "verification",
        "at_once",
        "the code for a new callback goes out at once, or with the next delivery",
        ("at_once", "held"),
    ),
)
