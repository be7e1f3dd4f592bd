"""The files of cases/: read, and written again where a run is asked to (UPDATE_CASES=1; then review the diff)."""

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "cases"
UPDATES = bool(os.environ.get("UPDATE_CASES"))

Case = dict[str, Any]


def read_cases() -> list[tuple[Path, Case]]:
    """Every case with its file."""
    return [(file, case) for file in sorted(FOLDER.glob("*.json")) for case in json.loads(file.read_text())]


def write_case(file: Path, case: Case) -> None:
    """Put a case in the place of the one with its name."""
    cases = [case if old["name"] == case["name"] else old for old in json.loads(file.read_text())]
    file.write_text("[\n" + ",\n".join(_case_text(each) for each in cases) + "\n]\n")


def _case_text(case: Case) -> str:
    """One line for each member, and for each step, event and state of the longer ones."""
    members = [f"  {json.dumps(name)}: {_value_text(name, value)}" for name, value in case.items()]
    return " {\n" + ",\n".join(members) + "\n }"


def _value_text(name: str, value: Any) -> str:
    if name in ("script", "history"):
        lines = ",\n".join(f"   {json.dumps(line, ensure_ascii=False)}" for line in value)
        return f"[\n{lines}\n  ]"
    if name == "definition":
        states = ",\n".join(
            f"    {json.dumps(state)}: {json.dumps(fields)}" for state, fields in value["States"].items()
        )
        others = "".join(
            f"{json.dumps(each)}: {json.dumps(field)}, " for each, field in value.items() if each != "States"
        )
        return f'{{{others}"States": {{\n{states}\n  }}}}'
    return json.dumps(value, ensure_ascii=False)
