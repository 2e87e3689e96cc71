"""Bringing customers and items over that are in the books already: read, look through, create or link."""
