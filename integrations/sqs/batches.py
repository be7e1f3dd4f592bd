"""Batches of up to ten entries, each of which succeeds or fails by itself. Pure.

{"Successful": [{"Id": ..}], "Failed": [{"Id": .., "SenderFault": true, "Code": .., "Message": ..}]}
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from engine import limits
from engine.errors import ServiceError

Entry = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check_entries(entries: Sequence[Entry], kind: str) -> None:
    """`kind`: the model's name of an entry. Raises what concerns the whole batch."""
    if not entries:
        raise ServiceError("EmptyBatchRequest", f"There should be at least one {kind} in the request.")
    if len(entries) > limits.SQS_BATCH_ENTRIES_MAX:
        text = (
            f"Maximum number of entries per request are {limits.SQS_BATCH_ENTRIES_MAX}. You have sent {len(entries)}."
        )
        raise ServiceError("TooManyEntriesInBatchRequest", text)
    seen = set()
    for entry in entries:
        if _ID.fullmatch(entry["Id"]) is None:
            text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            raise ServiceError("InvalidBatchEntryId", text + "It can be at most 80 letters long.")
        if entry["Id"] in seen:
            raise ServiceError("BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def each(entries: Sequence[Entry], perform: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
    """The answer of a batch. `perform` raises only before it changes anything."""
    answer: dict[str, Any] = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            answer["Successful"].append({"Id": entry["Id"], **perform(entry)})
        except ServiceError as error:
            fault = {"SenderFault": error.status < 500, "Code": error.code, "Message": error.message}
            answer["Failed"].append({"Id": entry["Id"], **fault})
    return {name: entries for name, entries in answer.items() if entries}
