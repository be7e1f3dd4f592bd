"""A revision's loggingConfiguration, read from the JSON that the store keeps."""

from functools import lru_cache
from typing import Any

import orjson

from engine import limits
from engine.contract import LogSettings


@lru_cache(limits.CACHED_MACHINES_MAX)
def log_settings(logging: str) -> LogSettings | None:
    """A revision's `logging`, the JSON that the store keeps; None where it is OFF."""
    kept: dict[str, Any] = orjson.loads(logging)
    destinations = kept.get("destinations")
    if kept.get("level", "OFF") == "OFF" or not destinations:
        return None
    arn = destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    return LogSettings(kept["level"], bool(kept.get("includeExecutionData")), arn)
