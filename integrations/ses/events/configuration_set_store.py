"""Configuration sets in the database: a row each, its options and event destinations as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, select

from engine.contract import Caller
from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.ses.sending_tables import configuration_sets as sets


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events go. `kinds`: as v2 names them. `place`: sns, firehose, cloudwatch or eventbridge, and `to` what v2
    says of it."""

    name: str
    enabled: bool
    kinds: tuple[str, ...]
    place: str
    to: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConfigurationSet:
    """`suppressed`: the reasons for which addresses are suppressed; None: as for the account. `delivery_seconds`: how
    long a mail is tried; None: as long as AWS does. `restarted_ms`: when it was last let send again. `redirect_domain`
    and `https_policy`: of links that are followed."""

    name: str
    created_ms: int
    sending: bool = True
    tls: bool = False
    delivery_seconds: int | None = None
    pool: str | None = None
    suppressed: tuple[str, ...] | None = None
    restarted_ms: int | None = None
    destinations: tuple[Destination, ...] = ()
    redirect_domain: str | None = None
    https_policy: str | None = None


_OWNED = (sets.c.account == bindparam("of_account"), sets.c.region == bindparam("of_region"))
_ONE = select(sets).where(*_OWNED, sets.c.name == bindparam("of_name"))
_PAGE = (
    select(sets.c.name).where(*_OWNED, sets.c.name > bindparam("after")).order_by(sets.c.name).limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(sets).where(*_OWNED)
_PUT = upsert_row(sets)
_DELETE = delete(sets).where(*_OWNED, sets.c.name == bindparam("of_name"))


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def find(connection: Connection, caller: Caller, name: str) -> ConfigurationSet | None:
    row = connection.execute(_ONE, {**_owner(caller), "of_name": stored(name)}).one_or_none()
    if row is None:
        return None
    values = orjson.loads(original(row.content))
    reasons = values.pop("suppressed")
    listed = [Destination(**{**one, "kinds": tuple(one["kinds"])}) for one in values.pop("destinations")]
    return ConfigurationSet(
        name=name,
        created_ms=row.created_ms,
        suppressed=None if reasons is None else tuple(reasons),
        destinations=tuple(listed),
        **values,
    )


def page(connection: Connection, caller: Caller, after: str, limit: int) -> list[str]:
    """Names in their order."""
    asked = {**_owner(caller), "after": stored(after), "limit": limit}
    return [original(name) for name in connection.execute(_PAGE, asked).scalars()]


def count(connection: Connection, caller: Caller) -> int:
    return int(connection.execute(_COUNT, _owner(caller)).scalar_one())


def put(connection: Connection, caller: Caller, found: ConfigurationSet) -> None:
    values = asdict(found)
    row = {
        "account": caller.account,
        "region": caller.region,
        "name": stored(values.pop("name")),
        "created_ms": values.pop("created_ms"),
        "content": stored(orjson.dumps(values).decode()),
    }
    _PUT.one(connection, row)


def remove(connection: Connection, caller: Caller, name: str) -> bool:
    return connection.execute(_DELETE, {**_owner(caller), "of_name": stored(name)}).rowcount > 0
