"""The language, by cases: what expressions give, the texts of their errors, what is refused.

A case is an expression over data.json, bound to `$d`, with one of: `result` (JSON, numbers by type), `undefined`,
`error` (code and text, as AWS quotes them), `refused` (a syntax error), `unsupported` (a function).
"""

import json
from typing import Any

import pytest

from engine.query.jsonata import UNDEFINED, JsonataError, JsonataSyntaxError, Unsupported
from tests.query.jsonata.evaluating import HERE, evaluate

CASES: list[dict[str, Any]] = [
    case for file in sorted((HERE / "cases").glob("*.json")) for case in json.loads(file.read_text())
]
OUTCOMES = {"result", "undefined", "error", "refused", "unsupported"}


def outcome(text: str) -> dict[str, Any]:
    try:
        value = evaluate(text)
    except JsonataSyntaxError as error:
        return {"refused": str(error)}
    except JsonataError as error:
        return {"error": error.text}
    except Unsupported:
        return {"unsupported": True}
    return {"undefined": True} if value is UNDEFINED else {"result": value}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"][:60])
def test_an_expression_gives_what_its_case_says(case: dict[str, Any]) -> None:
    expected = {name: value for name, value in case.items() if name in OUTCOMES}
    assert len(expected) == 1, "a case has one outcome"
    assert json.dumps(outcome(case["expression"])) == json.dumps(expected)


def test_each_function_of_the_library_has_a_case() -> None:
    from engine.query.jsonata.library import LIBRARY

    texts = "\n".join(case["expression"] for case in CASES)
    assert [name for name in LIBRARY if f"${name}(" not in texts and f"${name})" not in texts] == []


def test_each_error_of_the_language_has_a_case() -> None:
    """But those of bounds, which have tests of their own."""
    from engine.query.jsonata.errors import RUNTIME, SYNTAX

    told = {text[:5] for case in CASES for text in (case.get("error", ""), case.get("refused", ""))}
    bounds = {"S0501", "S0502", "D3206"}
    assert sorted({*RUNTIME, *SYNTAX} - told - bounds) == []
