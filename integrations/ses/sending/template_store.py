"""Templates in the database."""

import json
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, select

from engine.contract import Caller
from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.ses.tables import templates


@dataclass(frozen=True, slots=True)
class Template:
    """A part that is None was not given."""

    name: str
    subject: str | None
    text: str | None
    html: str | None
    created_ms: int


_OWNED = (templates.c.account == bindparam("of_account"), templates.c.region == bindparam("of_region"))
_ONE = select(templates).where(*_OWNED, templates.c.name == bindparam("of_name"))
_PAGE = (
    select(templates.c.name, templates.c.created_ms)
    .where(*_OWNED, templates.c.name > bindparam("after"))
    .order_by(templates.c.name)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(templates).where(*_OWNED)
_PUT = upsert_row(templates)
_DELETE = delete(templates).where(*_OWNED, templates.c.name == bindparam("of_name"))


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def find(connection: Connection, caller: Caller, name: str) -> Template | None:
    row = connection.execute(_ONE, {**_owner(caller), "of_name": stored(name)}).one_or_none()
    if row is None:
        return None
    content = orjson.loads(original(row.content))
    return Template(name, content["subject"], content["text"], content["html"], row.created_ms)


def page(connection: Connection, caller: Caller, after: str, limit: int) -> list[tuple[str, int]]:
    """(name, when it was made) in the order of names."""
    rows = connection.execute(_PAGE, {**_owner(caller), "after": stored(after), "limit": limit})
    return [(original(row[0]), row[1]) for row in rows]


def count(connection: Connection, caller: Caller) -> int:
    return int(connection.execute(_COUNT, _owner(caller)).scalar_one())


def put(connection: Connection, caller: Caller, template: Template) -> None:
    content = {"subject": template.subject, "text": template.text, "html": template.html}
    row = {
        "account": caller.account,
        "region": caller.region,
        "name": stored(template.name),
        "content": stored(json.dumps(content, ensure_ascii=False)),
        "created_ms": template.created_ms,
    }
    _PUT.one(connection, row)


def remove(connection: Connection, caller: Caller, name: str) -> bool:
    return connection.execute(_DELETE, {**_owner(caller), "of_name": stored(name)}).rowcount > 0
