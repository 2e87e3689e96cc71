"""The demo: believable data, the whole journey in one process, and the books report."""
