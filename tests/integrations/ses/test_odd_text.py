"""Whatever text comes in, it is sent, or refused in words."""

import json
import urllib.error
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect

from engine import limits
from engine.errors import ServiceError
from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.upgrade import upgrade
from integrations.ses.addresses import address_of, speakers
from integrations.ses.sending.mime import Parts, compose, read_heads
from integrations.ses.tables import MIGRATIONS, metadata
from tests.integrations.ses.conftest import User
from tests.store.conftest import fresh_url, postgres_url

__all__ = ["fresh_url", "postgres_url"]

TEXTS = st.text(st.sampled_from('a@.b<>()",;:\\ =?_[]üé\t\r\n\0\x1a{}') | st.characters(), max_size=60)
CHARSETS = st.sampled_from(["UTF-8", "iso-8859-1", "utf-16", "utf-7", "ascii", "idna", "rot13", "hex", "", "\0", "x"])


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS, CHARSETS, TEXTS)
def test_compose(source: str, to: str, subject: str, text: str, charset: str, header: str) -> None:
    parts = Parts(source, [to], [to], [to], subject, text, text, charset, charset, [(header, subject)])
    try:
        made = compose(parts, "id", "us-east-1", 0)
    except ServiceError as error:
        assert error.code == "InvalidParameterValue"
    else:
        head = made.partition(b"\r\n\r\n")[0].lower()
        assert head.count(b"\r\nfrom:") == 1 and b"\r\nbcc:" not in head


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80) | TEXTS.map(lambda text: b"From: " + text.encode("utf-8", "replace") + b"\r\n\r\n"))
def test_read_heads(raw: bytes) -> None:
    try:
        found = read_heads(raw)
    except ServiceError as error:
        assert error.code == "InvalidParameterValue"
    else:
        assert found.source is None or found.source


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_addresses(text: str) -> None:
    try:
        found = address_of(text)
    except ServiceError as error:
        assert error.code == "InvalidParameterValue"
    else:
        assert found.isascii() and found.count("@") == 1 and speakers(found)[-1].count(".") == 1


@pytest.mark.parametrize("raw", [b"From: " + b"(" * 100_000 + b"\n\n", b"X: " + b"x" * limits.SES_HEADER_BYTES_MAX])
def test_headers_that_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(ServiceError, match="The header of the message"):
        read_heads(raw)


def test_odd_text_on_its_way_through_the_server(sender: User) -> None:
    content: dict[str, Any] = {"Subject": "\0\x1a {{a}}", "Text": "{{a}}", "Html": "\0"}
    data = json.dumps({"a": "\0 \U0001f600"})
    client = sender.client("sesv2")
    client.create_email_template(TemplateName="\0odd", TemplateContent=content)
    assert client.get_email_template(TemplateName="\0odd")["TemplateContent"] == content
    client.send_email(
        FromEmailAddress="B\x1a <bob@example.com>",
        Destination={"ToAddresses": ["ann@x.org"]},
        Content={"Template": {"TemplateName": "\0odd", "TemplateData": data}},
    )
    [mail] = sender.inbox()
    assert (mail["Subject"], mail["Body"]["html_part"]) == ("\0\x1a \0 \U0001f600", "\0")
    for method, path in (("GET", "/_statewright/ses/mail?id=%00"), ("GET", "/ses/verify/%00")):
        with pytest.raises(urllib.error.HTTPError) as error:
            sender.call(method, path)
        error.value.close()
        assert error.value.code == 404
    sender.call("DELETE", "/_aws/ses?id=%00")
    assert len(sender.inbox()) == 1


def test_the_migrations_make_what_the_tables_say(fresh_url: str) -> None:
    with open_database(fresh_url) as database:
        upgrade(database, [Component("ses", MIGRATIONS)])
        migrated = _shape(database)
        with database.writer.transaction() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
        assert migrated == _shape(database)


def _shape(database: Database) -> dict[str, Any]:
    with database.reader() as connection:
        found = inspect(connection)
        return {
            name: (
                [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)],
                sorted((str(one["name"]), tuple(one["column_names"])) for one in found.get_indexes(name)),
                sorted((str(one["name"]), tuple(one["column_names"])) for one in found.get_unique_constraints(name)),
                found.get_pk_constraint(name)["constrained_columns"],
            )
            for name in metadata.tables
        }
