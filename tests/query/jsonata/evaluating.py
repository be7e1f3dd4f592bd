"""How the tests evaluate: one moment, and the document that the cases ask."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.moment import Moment
from engine.query.jsonata import compile_jsonata

HERE = Path(__file__).parent
DATA = json.loads((HERE / "data.json").read_text())
EPOCH_MS = 1_700_000_000_123  # 2023-11-14T22:13:20.123Z


def moment(seed: int = 1) -> Moment:
    return Moment(EPOCH_MS, random.Random(seed))


def evaluate(text: str, bindings: Mapping[str, Any] | None = None) -> Any:
    return compile_jsonata(text).evaluate({"d": DATA} if bindings is None else bindings, moment())
