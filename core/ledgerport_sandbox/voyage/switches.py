"""What Voyage's documents leave open, by name."""

from __future__ import annotations

from ledgerport_sandbox.switches import Switch

SWITCHES = (
    Switch(
        "retry_after",
        "none",
        "Whether a 429 of a limit says when to come again. No document names a Retry-After header and the client reads "
        "none; a caller must manage without. A `throttle` fault with `retry_after` sends it in any case.",
        ("none", "seconds"),
    ),
    Switch(
        "malformed_status",
        400,
        "The status of a body that cannot be used. The list of error codes says 400; the client knows 422 as well.",
        (400, 422),
    ),
    Switch(
        "payment_method",
        True,
        "Whether the account has one. Without: 3 requests and 10,000 tokens a minute, and a refusal that says so.",
    ),
    Switch(
        "keys",
        "",
        "The API keys that are good, separated by blanks; empty: every key that is not `wrong` or begins with `bad-`.",
    ),
)
