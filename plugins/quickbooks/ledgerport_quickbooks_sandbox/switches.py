"""Every named switch of this sandbox (fact sheet, section 9a and what it marks UNSURE)."""

from __future__ import annotations

from ledgerport_sandbox import Switch

SWITCHES = (
    Switch(
        "refresh_rotation",
        "always",
        "when a refresh changes the refresh token (9a: each time; real: after about 24 h)",
        ("always", "after_24h", "never"),
    ),
    Switch(
        "refresh_reuse",
        "refuse",
        "what an old refresh token does: invalid_grant only, or withdraw the grant as well",
        ("refuse", "revoke"),
    ),
    Switch("code_reuse", "refuse", "the same for an authorization code that is sent twice", ("refuse", "revoke")),
    Switch(
        "invalid_grant_wording",
        "description",
        "bare: 25 bytes without error_description; description: by cause (2025); old: 2018",
        ("bare", "description", "old"),
    ),
    Switch(
        "refresh_life_days", 101, "x_refresh_token_expires_in: 101 days recorded in 2018-2019, 100 documented in 2026"
    ),
    Switch("exact_redirects", False, "only registered callbacks, no loopback exception for development keys"),
    Switch("throttle_body", "xml", "the body of 429: XML as recorded, or the gateway's JSON", ("xml", "json")),
    Switch("throttle_retry_after", False, "send Retry-After with the limiter's own 429 (no recording shows it)"),
    Switch(
        "duplicate_name_detail",
        "auto",
        "the Detail of 6240; auto: one_list inside a list, all_lists across lists",
        ("auto", "null", "one_list", "all_lists"),
    ),
    Switch(
        "bad_name_code", "2040", "the code for a colon, tab or newline in a name (reports differ)", ("2040", "6000")
    ),
    Switch("warn_duplicate_numbers", True, "companies refuse a DocNumber that is in use with 6140"),
    Switch(
        "sent_docnumber_when_automatic",
        "keep",
        "CustomTxnNumbers is false and a DocNumber is sent",
        ("keep", "replace"),
    ),
    Switch("requestid_remembered_minutes", 0, "after so many minutes an id is forgotten; 0 never (not documented)"),
    Switch("requestid_while_running", "replay", "the first request still runs: its result, or 600", ("replay", "600")),
    Switch(
        "requestid_other_operation",
        "600",
        "the id was used for another operation: 600, or the first answer",
        ("600", "replay"),
    ),
    Switch("requestid_remembers_faults", True, "a refusal is repeated for the same id, too"),
    Switch("batch_requestid_maximum", 36, "longest requestid of a batch [RID]; the joined length of 50 always holds"),
    Switch("webhook_format", "cloudevents", "the body of webhooks", ("cloudevents", "legacy")),
)
