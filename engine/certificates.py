"""Whom the server's own HTTPS requests trust: one context for all of its clients.

Reading the authorities' certificates takes longer than all else that makes a client. SSL_CERT_FILE and SSL_CERT_DIR
name other authorities; they are read once in a process.
"""

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """For `verify=` of a client of httpx. Contexts are shared safely; nobody may change it."""
    import httpx  # only those that send have it

    return httpx.create_ssl_context()
