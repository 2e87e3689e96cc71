"""The steps of a drain, for `services/drain_connection.py`; `services/dry_run.py` takes its first ones."""
