"""Executors: where a session's code runs, how it is reached, and what it leaves behind."""
