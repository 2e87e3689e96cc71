"""For those who write plugins: the conformance suite, and what their own tests need. The hub never imports it."""
