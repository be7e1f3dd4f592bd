"""A function's handler, run by a worker process."""

import os
from typing import Any


def tell(event: Any, context: Any) -> dict[str, Any]:
    """What it was given."""
    return {"secret": os.environ.get("STATEWRIGHT_SECRET"), "event": event, "master": _master_key()}


def _master_key() -> list[str]:
    return [name for name in os.environ if name.startswith("STATEWRIGHT_") and name != "STATEWRIGHT_SECRET"]
