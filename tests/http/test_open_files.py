"""Connections within the system's limit of open files."""

import resource

import pytest

from engine import limits
from engine.http.open_files import connections_max

NEEDED = limits.CONNECTIONS_MAX + limits.FILES_RESERVED
NO_LIMIT = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "raised_to"),
    [
        (1_024, NEEDED, limits.CONNECTIONS_MAX, NEEDED),
        (1_024, NO_LIMIT, limits.CONNECTIONS_MAX, NEEDED),
        (1_024, 4_096, 4_096 - limits.FILES_RESERVED, 4_096),
        (4_096, 4_096, 4_096 - limits.FILES_RESERVED, None),
        (NEEDED, NEEDED, limits.CONNECTIONS_MAX, None),
        (NO_LIMIT, NO_LIMIT, limits.CONNECTIONS_MAX, None),
        (64, 64, 1, None),
    ],
)
def test_as_many_as_the_system_allows(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, connections: int, raised_to: int | None
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, given: asked.append(given))
    assert connections_max() == connections
    assert asked == ([] if raised_to is None else [(raised_to, hard)])
