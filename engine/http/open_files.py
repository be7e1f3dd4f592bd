"""How many connections may be open: each is a file to the system, which has a limit of its own.

The soft limit is raised as far as is needed and allowed, so that no connection is accepted that nothing is left for.
"""

import logging
import resource

from engine import limits

log = logging.getLogger("statewright.server")


def connections_max() -> int:
    """`limits.CONNECTIONS_MAX`, or what the system's limit of open files leaves for connections."""
    needed = limits.CONNECTIONS_MAX + limits.FILES_RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        left = max(allowed - limits.FILES_RESERVED, 1)
        log.warning("the system allows %d open files: at most %d connections (see ulimit -Hn)", hard, left)
        return left
    return limits.CONNECTIONS_MAX
