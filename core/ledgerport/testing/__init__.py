"""For those who write plugins: what their tests need. Never imported by the hub itself."""
