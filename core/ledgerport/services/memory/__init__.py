"""The memory of past prices: what is kept for it, and what it answers."""
