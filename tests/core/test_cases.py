"""Every file in cases/: a definition, its input, a script of signals, and exactly what comes of it.

A case says for each step which effects it has and which branches' rows are out of date or gone, and for the whole which
events its history has and how it ended.
"""

from pathlib import Path
from typing import Any

import pytest

from engine.core.execution import Execution
from tests.core.case_files import UPDATES, Case, read_cases, write_case
from tests.core.player import START_MS, Player, history_report, new_execution, shown, step_report
from tests.core.wellformed import check_history

CASES = [pytest.param(file, case, id=f"{file.stem}: {case['name']}") for file, case in read_cases()]
REPORTED = ("effects", "touched", "removed", "more")


def _ending(execution: Execution) -> dict[str, Any]:
    """How an execution stands: status, and what there is of output, error, cause and its end in ms after the start."""
    stop = None if execution.stop_ms is None else execution.stop_ms - START_MS
    found = {"output": execution.output_text, "error": execution.error, "cause": execution.cause, "stopped": stop}
    return {"status": execution.status} | {name: shown(value) for name, value in found.items() if value is not None}


def _play(case: Case) -> tuple[Player, list[dict[str, Any]]]:
    """The player at the end, and the script with what each step came to."""
    player = Player(new_execution(case["definition"], case["input"]))
    played = []
    for step in case["script"]:
        made = player.play(step)
        assert made.accepted != step.get("stale", False), f"accepted: {made.accepted} at {step}"
        written = {name: value for name, value in step.items() if name not in REPORTED}
        played.append(written | step_report(made))
    return player, played


@pytest.mark.parametrize(("file", "case"), CASES)
def test_case(file: Path, case: Case) -> None:
    player, played = _play(case)
    history, ending = history_report(player.events), _ending(player.execution)
    if UPDATES:
        write_case(file, case | {"script": played, "history": history, "ending": ending})
        return
    assert history == case["history"]
    assert ending == case["ending"]
    assert played == case["script"]


@pytest.mark.parametrize(("file", "case"), CASES)
def test_history_is_well_formed(file: Path, case: Case) -> None:
    player, _ = _play(case)
    execution = player.execution
    check_history(player.events, execution.status)
    if execution.status != "RUNNING":
        assert not execution.branches and not execution.ready
        assert not player.advance(player.signal({"resume": True})).accepted
        assert not player.advance(player.signal({"stop": {}})).accepted
        assert not player.advance(player.signal({"deadline": True})).accepted
