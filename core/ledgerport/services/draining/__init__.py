"""The steps of a drain; only `services/drain_connection.py` uses them."""
