"""Random operations on one secret against a model of a few lines, on the real store."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from engine.contract import Caller
from engine.errors import ServiceError
from engine.moment import Moment
from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.keyring import TransactionKeys, open_keyring
from engine.store.upgrade import upgrade
from integrations.secretsmanager import secrets, versions
from integrations.secretsmanager.tables import MIGRATIONS

CALLER = Caller("000000000000", "us-east-1")
TOKENS = [letter * 32 for letter in "abcd"]
LABELS = ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "mine"]


@dataclass
class Tx:
    """What the operations need of a transaction."""

    connection: Connection
    keys: TransactionKeys
    moment: Moment = field(default_factory=lambda: Moment(1_700_000_000_000, random.Random(1)))
    sent: list[str] = field(default_factory=list)

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        self.sent.append(kind)


@dataclass
class Model:
    """What a secret has: the value of each version, and where each label is."""

    values: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def put(self, token: str, value: str, stages: list[str]) -> None:
        if token in self.values:
            assert self.values[token] == value, "refused"
            return
        for label in stages if self.values else ["AWSCURRENT", *stages]:
            self._give(label, token)
        self.values[token] = value

    def move(self, label: str, to: str | None, source: str | None) -> None:
        holder = self.labels.get(label)
        assert to or source, "refused"
        assert to in (None, *self.values) and source in (None, *self.values), "refused"
        assert not (to and holder and holder not in (to, source)), "refused"
        assert not (source and holder != source and not (to and holder == to)), "refused"
        assert to or label != "AWSCURRENT", "refused"
        if to:
            self._give(label, to)
        else:
            del self.labels[label]

    def _give(self, label: str, token: str) -> None:
        before = self.labels.get("AWSCURRENT")
        if label == "AWSCURRENT" and before not in (None, token):
            self.labels["AWSPREVIOUS"] = str(before)
        self.labels[label] = token


token, label = st.sampled_from(TOKENS), st.sampled_from(LABELS)
puts = st.tuples(
    st.just("put"), token, st.sampled_from(["1", "2"]), st.lists(label, min_size=1, max_size=2, unique=True)
)
moves = st.tuples(st.just("move"), label, st.none() | token, st.none() | token)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with open_database("sqlite:///:memory:") as opened:
        upgrade(opened, [Component("secretsmanager", MIGRATIONS)])
        yield opened


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(puts | moves, max_size=12))
def test_a_secret_is_as_the_model_says(database: Database, steps: list[Any]) -> None:
    connection = database.writer.begin()
    try:
        tx: Any = Tx(connection, TransactionKeys(open_keyring(database, "11" * 32, None), connection, 1))
        secrets.create_secret(tx, CALLER, {"Name": "s"})
        model = Model()
        for step in steps:
            expected, found = (
                _outcome(lambda step=step: _on_model(model, step)),
                _outcome(lambda step=step: _on_store(tx, step)),
            )
            assert expected == found, step
            _compare(tx, model)
    finally:
        database.writer.rollback()


def _on_model(model: Model, step: Any) -> None:
    model.put(*step[1:]) if step[0] == "put" else model.move(*step[1:])


def _on_store(tx: Any, step: Any) -> None:
    if step[0] == "put":
        request = {"ClientRequestToken": step[1], "SecretString": step[2], "VersionStages": step[3]}
        versions.put_secret_value(tx, CALLER, {"SecretId": "s", **request})
        return
    _, name, to, source = step
    request = {"VersionStage": name, "MoveToVersionId": to, "RemoveFromVersionId": source}
    versions.update_secret_version_stage(tx, CALLER, {"SecretId": "s", **request})


def _outcome(act: Callable[[], None]) -> str:
    try:
        act()
    except (AssertionError, ServiceError):
        return "refused"
    return "done"


def _compare(tx: Any, model: Model) -> None:
    listed = versions.list_secret_version_ids(tx, CALLER, {"SecretId": "s", "IncludeDeprecated": True})["Versions"]
    assert [version["VersionId"] for version in listed] == list(model.values)
    shown = {name: version["VersionId"] for version in listed for name in version.get("VersionStages", [])}
    assert shown == model.labels
    for name, version in model.labels.items():
        got = versions.get_secret_value(tx, CALLER, {"SecretId": "s", "VersionStage": name})
        assert (got["VersionId"], got["SecretString"]) == (version, model.values[version])
    described = secrets.describe_secret(tx, CALLER, {"SecretId": "s"}).get("VersionIdsToStages", {})
    assert {name: version for version, names in described.items() for name in names} == model.labels
