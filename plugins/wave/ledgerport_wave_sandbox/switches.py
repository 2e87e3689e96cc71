"""Every named switch of this sandbox: what the fact sheet marks UNSURE, with the most likely answer as default."""

from __future__ import annotations

from ledgerport_sandbox import Switch

_ACCESS = (
    Switch("access_life_seconds", 7200, "expires_in: about two hours according to two third parties (section 1)"),
    Switch("refresh_rotation", "always", "a refresh brings a new refresh token, or leaves it out", ("always", "never")),
    Switch("refresh_grace_seconds", 0, "for so long a replaced refresh token still works"),
    Switch(
        "refresh_without_redirect",
        "invalid_request",
        "a refresh without redirect_uri: which error, or taken all the same [JSKIT]",
        ("invalid_request", "invalid_client", "accept"),
    ),
    Switch("invalid_grant_status", 400, "the status beside invalid_grant", (400, 401)),
    Switch("token_answer_ids", "none", "token answers also name user and business", ("none", "ids")),
    Switch(
        "offline_access",
        "accepted",
        "this scope changes nothing; without it there is no refresh token; it is not offered (invalid_scope)",
        ("accepted", "needed", "refused"),
    ),
    Switch(
        "pkce", "optional", "whether a code_challenge is asked for, checked or ignored", ("optional", "required", "off")
    ),
    Switch("exact_redirects", False, "only registered callbacks; loopback addresses in development are UNSURE"),
    Switch("consent_covers", "several", "how many businesses a person may tick", ("several", "one")),
    Switch(
        "lapsed_refresh", "all", "403 on refresh when all or any businesses of the grant lost the plan", ("all", "any")
    ),
    Switch("forbidden_body", "json", "what comes with a 403", ("json", "html", "empty")),
    Switch("missing_scope", "403", "a field beyond the scopes: the status, or an error at the field", ("403", "error")),
    Switch("unauthenticated_status", 200, "the status beside UNAUTHENTICATED (documented as 200)", (200, 401)),
)

_TRANSPORT = (
    Switch("validation_status", 200, "the status beside an invalid document or variable", (200, 400)),
    Switch("inline_strings", "refuse", "arguments of type String written into the document", ("refuse", "accept")),
    Switch("several_mutations", "refuse", "several mutations in one document", ("refuse", "allow")),
    Switch("page_size_over_200", "clamp", "a pageSize above 200: 200 are given, or an error", ("clamp", "refuse")),
    Switch("throttle_body", "json", "the body of 429", ("json", "text")),
    Switch("throttle_retry_after", True, "send Retry-After with the limiter's own 429"),
    Switch("archivable_is_null", True, "AccountSubtype.archivable breaks the answer, as seen on 2026-09-02 [OA]"),
    Switch("input_errors_when_fine", "empty", "inputErrors of a mutation that succeeded", ("empty", "null")),
    Switch(
        "unknown_target",
        "not_found",
        "a mutation of an id that is not there: NOT_FOUND, or didSucceed false without a reason [OA]",
        ("not_found", "empty_refusal"),
    ),
    Switch(
        "unknown_reference",
        "input_error",
        "an id inside the input that is not there: an input error, no reason given, or NOT_FOUND",
        ("input_error", "empty_refusal", "not_found"),
    ),
)

_RECORDS = (
    Switch("email_match", "exact", "how customers(email:) compares", ("exact", "ignore_case")),
    Switch(
        "modified_after", "exclusive", "whether modifiedAtAfter takes the moment itself", ("exclusive", "inclusive")
    ),
    Switch("deleted_customer", "archived", "a deleted customer stays as archived, or is gone", ("archived", "gone")),
    Switch(
        "customer_currency_with_invoices",
        "refuse",
        "another currency for a customer who has invoices",
        ("refuse", "accept"),
    ),
    Switch("duplicate_customer", "accept", "two customers of one name", ("accept", "refuse")),
    Switch("duplicate_product_name", "accept", "two products of one name", ("accept", "refuse")),
    Switch("duplicate_invoice_number", "refuse", "two invoices of one number", ("refuse", "accept")),
    Switch("duplicate_estimate_number", "refuse", "two estimates of one number", ("refuse", "accept")),
    Switch("negative_unit_price", "accept", "a line with a price below zero", ("accept", "refuse")),
    Switch("tax_after_discount", True, "tax is on the line less its share of the discount; false: on the whole line"),
    Switch("approved_status", "SAVED", "what an approved invoice that was not sent shows", ("SAVED", "UNPAID")),
    Switch("approve_twice", "accept", "approving an invoice that is no draft", ("accept", "refuse")),
    Switch("overdue_when_partial", "OVERDUE", "a part-paid invoice after its due date", ("OVERDUE", "PARTIAL")),
    Switch("overpaid_amount_due", "negative", "amountDue of an overpaid invoice", ("negative", "zero")),
    Switch("delete_paid_invoice", "refuse", "deleting an invoice with payments, or with them", ("refuse", "cascade")),
    Switch("list_payments", "empty", "payments of an invoice that was not asked for alone", ("empty", "null")),
    Switch("overpayment", "accept", "a payment above the amount due", ("accept", "refuse")),
    Switch(
        "payment_accounts",
        "cash_and_bank",
        "accounts a payment may land in: CASH_AND_BANK only, or CREDIT_CARD and LOANS too",
        ("cash_and_bank", "anchors"),
    ),
    Switch("payment_method_text", "upper", "how InvoicePayment.paymentMethod is written", ("upper", "lower")),
    Switch(
        "money_transaction_lines",
        "anchor",
        "lines balance the anchor (vendor's example), or debits equal credits among the lines (LIVE refusal) [HUB]",
        ("anchor", "both_sides"),
    ),
    Switch("repeated_external_id", "refuse", "a money transaction whose externalId was used", ("refuse", "accept")),
    Switch("webhook_members", "snake", "how the members of an event are spelled", ("snake", "camel")),
    Switch("webhook_signature", "timestamped", "over time and body, or (older) the body alone", ("timestamped", "raw")),
)

SWITCHES = (*_ACCESS, *_TRANSPORT, *_RECORDS)
