"""Which integrations a server has: those that packages name, each service once."""

from dataclasses import dataclass
from typing import Any

import pytest

from engine.contract import Integration
from engine.errors import InvariantError
from engine.http import compose

QUEUES, OTHERS = Integration(service="sqs"), Integration(service="sqs", actions={"other": None})  # type: ignore[dict-item]


@dataclass
class Entry:
    name: str
    value: Any

    def load(self) -> Any:
        return self.value


def installed(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> list[Integration]:
    monkeypatch.setattr(compose, "entry_points", lambda group: entries)
    return compose.installed_integrations()


def test_ours_are_installed() -> None:
    assert {"lambda", "logs", "status-events"} <= {found.service for found in compose.installed_integrations()}


def test_one_that_two_packages_name_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed(monkeypatch, Entry("a", QUEUES), Entry("b", QUEUES)) == [QUEUES]


def test_two_of_one_service_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvariantError, match="two packages bring an integration of sqs"):
        installed(monkeypatch, Entry("a", QUEUES), Entry("b", OTHERS))


def test_what_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvariantError, match="entry point a of"):
        installed(monkeypatch, Entry("a", "text"))
