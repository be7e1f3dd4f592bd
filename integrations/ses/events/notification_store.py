"""What an identity's owner wants to be told of its mails: a column of the identity, gone with it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, update

from engine.contract import Caller
from integrations.ses.tables import identities


@dataclass(frozen=True, slots=True)
class Notifications:
    """`topics`: Bounce, Complaint, Delivery -> an ARN. `headers`: of which of them the notifications hold headers.
    `forwarding`: bounces and complaints are sent by mail, too."""

    topics: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    forwarding: bool = True


_THIS = (
    identities.c.account == bindparam("of_account"),
    identities.c.region == bindparam("of_region"),
    identities.c.name == bindparam("of_name"),
)
_FIND = select(identities.c.notifications).where(*_THIS)
_SET = update(identities).where(*_THIS).values(notifications=bindparam("text"))


def _key(caller: Caller, name: str) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region, "of_name": name}


def find(connection: Connection, caller: Caller, name: str) -> Notifications:
    """Of an identity that asked for nothing, or is not there, the defaults."""
    text = connection.execute(_FIND, _key(caller, name)).scalar_one_or_none()
    if text is None:
        return Notifications()
    values = orjson.loads(text)
    return Notifications(values["topics"], tuple(values["headers"]), values["forwarding"])


def put(connection: Connection, caller: Caller, name: str, found: Notifications) -> None:
    connection.execute(_SET, {**_key(caller, name), "text": orjson.dumps(asdict(found)).decode()})
