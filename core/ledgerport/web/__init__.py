"""The console: pages for bookkeepers and operators. Services do the work; pages are thin."""
