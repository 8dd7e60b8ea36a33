"""One isolated place to run code for one session, behind an HTTP API.

This module stays empty of imports: the kernel imports `executor.toolkit` and must not pay for the
server.
"""
