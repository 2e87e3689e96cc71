"""The command line: one module a verb, each calling one service."""
