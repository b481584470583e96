"""Whose certificates phones and viewers trust: read once, which takes longer than all else about a client."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """For `verify=` of every client in this program."""
    return httpx.create_ssl_context(trust_env=False)
