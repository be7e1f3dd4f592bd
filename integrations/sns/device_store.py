"""Platform applications and their endpoints in the database. Attributes of applications hold credentials: sealed when a
master key is configured."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine import limits
from engine.contract import Transaction
from integrations.sns.tables import applications, endpoints

Attributes = dict[str, str]
_BOUND_TO = b"sns application "


@dataclass(frozen=True, slots=True)
class Application:
    id: int
    arn: str
    account: str
    region: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`attributes`: Enabled, Token, CustomUserData."""

    id: int
    application: int
    arn: str
    token: str
    attributes: Attributes


_APPLICATION = select(applications).where(applications.c.arn == bindparam("text"))
_APPLICATIONS = (
    select(applications)
    .where(applications.c.account == bindparam("of_account"), applications.c.region == bindparam("of_region"))
    .where(applications.c.arn > bindparam("after"))
    .order_by(applications.c.arn)
    .limit(limits.SNS_PAGE_MAX + 1)
)
_ADD_APPLICATION = insert(applications)
_SET_APPLICATION = (
    update(applications)
    .where(applications.c.id == bindparam("number"))
    .values(attributes=bindparam("content"), sealed=bindparam("secret"))
)
_DELETE_APPLICATION = delete(applications).where(applications.c.id == bindparam("number"))
_DELETE_ENDPOINTS = delete(endpoints).where(endpoints.c.application == bindparam("number"))

_ENDPOINT = select(endpoints).where(endpoints.c.arn == bindparam("text"))
_BY_TOKEN = select(endpoints).where(
    endpoints.c.application == bindparam("number"), endpoints.c.token == bindparam("text")
)
_ENDPOINTS = (
    select(endpoints)
    .where(endpoints.c.application == bindparam("number"), endpoints.c.id > bindparam("after"))
    .order_by(endpoints.c.id)
    .limit(limits.SNS_PAGE_MAX + 1)
)
_COUNT = select(func.count()).select_from(endpoints).where(endpoints.c.application == bindparam("number"))
_ADD_ENDPOINT = insert(endpoints)
_SET_ENDPOINT = (
    update(endpoints)
    .where(endpoints.c.id == bindparam("number"))
    .values(attributes=bindparam("content"), token=bindparam("device"))
)
_DELETE_ENDPOINT = delete(endpoints).where(endpoints.c.id == bindparam("number"))


def application(tx: Transaction, arn: str) -> Application | None:
    row = tx.connection.execute(_APPLICATION, {"text": arn}).one_or_none()
    return None if row is None else _application(tx, row)


def list_applications(tx: Transaction, account: str, region: str, after: str) -> list[Application]:
    """A page, and one more where there is one."""
    asked = {"of_account": account, "of_region": region, "after": after}
    return [_application(tx, row) for row in tx.connection.execute(_APPLICATIONS, asked)]


def _application(tx: Transaction, row: Any) -> Application:
    text = tx.keys.open(row.attributes, _BOUND_TO + row.arn.encode()) if row.sealed else row.attributes
    return Application(row.id, row.arn, row.account, row.region, orjson.loads(text))


def add_application(tx: Transaction, arn: str, account: str, region: str, attributes: Attributes) -> None:
    content, sealed = _sealed(tx, arn, attributes)
    row = {"arn": arn, "account": account, "region": region, "attributes": content, "sealed": sealed}
    tx.connection.execute(_ADD_APPLICATION, row)


def set_application(tx: Transaction, found: Application, attributes: Attributes) -> None:
    content, sealed = _sealed(tx, found.arn, attributes)
    tx.connection.execute(_SET_APPLICATION, {"number": found.id, "content": content, "secret": sealed})


def _sealed(tx: Transaction, arn: str, attributes: Attributes) -> tuple[bytes, int]:
    text = orjson.dumps(attributes)
    if not tx.keys.configured:
        return text, 0
    return tx.keys.seal(text, _BOUND_TO + arn.encode()), 1


def delete_application(connection: Connection, found: Application) -> None:
    connection.execute(_DELETE_ENDPOINTS, {"number": found.id})
    connection.execute(_DELETE_APPLICATION, {"number": found.id})


def endpoint(connection: Connection, arn: str) -> Endpoint | None:
    row = connection.execute(_ENDPOINT, {"text": arn}).one_or_none()
    return None if row is None else _endpoint(row)


def by_token(connection: Connection, application_id: int, token: str) -> Endpoint | None:
    row = connection.execute(_BY_TOKEN, {"number": application_id, "text": token}).one_or_none()
    return None if row is None else _endpoint(row)


def list_endpoints(connection: Connection, application_id: int, after: int) -> list[Endpoint]:
    """A page, and one more where there is one."""
    return [_endpoint(row) for row in connection.execute(_ENDPOINTS, {"number": application_id, "after": after})]


def count_endpoints(connection: Connection, application_id: int) -> int:
    return int(connection.execute(_COUNT, {"number": application_id}).scalar_one())


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(row.id, row.application, row.arn, row.token, orjson.loads(row.attributes))


def add_endpoint(connection: Connection, application_id: int, arn: str, attributes: Attributes) -> None:
    row = {"application": application_id, "arn": arn, "token": attributes["Token"]}
    connection.execute(_ADD_ENDPOINT, {**row, "attributes": orjson.dumps(attributes).decode()})


def set_endpoint(connection: Connection, found: Endpoint, attributes: Attributes) -> None:
    row = {"number": found.id, "content": orjson.dumps(attributes).decode(), "device": attributes["Token"]}
    connection.execute(_SET_ENDPOINT, row)


def delete_endpoint(connection: Connection, found: Endpoint) -> None:
    connection.execute(_DELETE_ENDPOINT, {"number": found.id})
