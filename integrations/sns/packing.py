"""A published message as JSON: for the archive, and for deliveries that are left to the next commits."""

from dataclasses import asdict

import orjson

from integrations.sns import queues
from integrations.sns.letters import Published
from integrations.sns.messages import Content


def packed(published: Published) -> bytes:
    return orjson.dumps(asdict(published) | {"attributes": queues.packed(published.attributes)})


def unpacked(text: bytes | str) -> Published:
    values = orjson.loads(text)
    values |= {"content": Content(**values["content"]), "attributes": queues.unpacked(values["attributes"])}
    return Published(**values)
