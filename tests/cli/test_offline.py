"""The commands that need no server: the overview, validate, graph, db upgrade; and the examples themselves."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import COMMANDS, cli, main
from engine.cli.serve import safe_database
from tests.cli.conftest import Golden, Invoke
from tests.cli.server import EXAMPLES, ROOT

DEFINITIONS = sorted(EXAMPLES.glob("*.asl.json"))
HELP_SECONDS_MAX = 1.0  # of the processor; 70 ms on a quiet machine


def test_help_lists_every_command_and_imports_none(invoke: Invoke) -> None:
    code = "import sys, engine.cli.main as m\ntry: m.main(['--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < HELP_SECONDS_MAX
    assert [line.split()[0] for line in done.stdout.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)
    assert not {"botocore", "rich", "sqlalchemy", "starlette", "anyio", "httpx"} & set(done.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(invoke: Invoke, name: str) -> None:
    result = invoke(name, "--help")
    assert result.exit_code == 0
    assert f"Usage: cli {name}" in result.stdout


def test_an_unknown_command_gets_a_hint(invoke: Invoke) -> None:
    result = invoke("validat")
    assert result.exit_code == 2
    assert "There is no command 'validat'. Did you mean 'validate'?" in result.stderr


def test_a_bug_of_ours_shows_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(**_: Any) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(cli, "main", broken)
    monkeypatch.delenv("STATEWRIGHT_TRACEBACK", raising=False)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "bug in Statewright: KeyError: 'oops'" in said
    assert "Traceback (" not in said


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name)
def test_examples_are_valid(invoke: Invoke, file: Path) -> None:
    result = invoke("validate", str(file))
    assert (result.exit_code, result.stdout) == (0, "")


def test_there_are_enough_examples_and_each_is_in_the_readme() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    assert len(DEFINITIONS) >= 5
    assert [file.name for file in DEFINITIONS if f"]({file.name})" not in readme] == []


def test_the_callback_example_is_as_its_authors_wrote_it() -> None:
    definition = json.loads((EXAMPLES / "call-lambda-callback.asl.json").read_text())
    assert definition == {
        "StartAt": "Call Lambda",
        "States": {
            "Call Lambda": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {"FunctionName": "arn:aws:lambda:ap-northeast-1:000000000000:function:foo-function:1"},
                "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 0}],
                "End": True,
                "Comment": "The state that call Lambda",
            }
        },
    }


BAD = """{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Pass",
      "Next": "Nowhere"
    },
    "Alone": {"Type": "Succeed"}
  }
}
"""


def test_findings_have_their_place(invoke: Invoke, golden: Golden) -> None:
    Path("bad.asl.json").write_text(BAD)
    result = invoke("validate", "bad.asl.json", str(DEFINITIONS[0]))
    assert result.exit_code == 1
    golden("validate-bad.txt", result.stdout)


def test_a_file_that_cannot_be_read_hides_no_other(invoke: Invoke) -> None:
    Path("bad.asl.json").write_text(BAD)
    result = invoke("validate", "nowhere.json", "bad.asl.json", str(DEFINITIONS[0]))
    assert result.exit_code == 2
    assert "Error: nowhere.json: No such file or directory" in result.stderr
    assert "bad.asl.json:6:7: ERROR MISSING_TRANSITION_TARGET" in result.stdout
    assert f"{DEFINITIONS[0]}: OK" in result.stderr


def test_findings_as_json(invoke: Invoke) -> None:
    result = invoke("validate", "-", "--json", input=BAD)
    target = next(one for one in json.loads(result.stdout) if one["location"] == "/States/A/Next")
    assert result.exit_code == 1
    assert target == {
        "file": "<stdin>",
        "line": 6,
        "column": 7,
        "severity": "ERROR",
        "code": "MISSING_TRANSITION_TARGET",
        "message": "Missing 'Next' target: Nowhere",
        "location": "/States/A/Next",
    }


def test_text_that_is_no_json_has_its_place_and_is_not_quoted(invoke: Invoke) -> None:
    result = invoke("validate", "-", input='{"StartAt": "A",\n "States": {"A": oops}}')
    assert result.exit_code == 1
    assert result.stdout.startswith("<stdin>:2:")
    assert "oops}}" not in result.stdout


def test_express_machines_are_checked_as_such(invoke: Invoke) -> None:
    file = str(EXAMPLES / "call-lambda-callback.asl.json")
    result = invoke("validate", "--type", "EXPRESS", file)
    assert result.exit_code == 1
    assert "Express state machine does not support" in result.stdout


def test_services_that_are_not_built_in(invoke: Invoke) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {}, "End": True}
    text = json.dumps({"StartAt": "A", "States": {"A": task}})
    assert invoke("validate", "-", input=text).exit_code == 1
    assert invoke("validate", "-", "--allow-unknown-services", input=text).exit_code == 0
    Path("forwards.toml").write_text('[endpoints]\ndynamodb = "aws"\n')
    assert invoke("validate", "-", "--config", "forwards.toml", input=text).exit_code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe{", "is not UTF-8 text (byte 0)"), (b"[" * 100_000, "")],
    ids=["not text", "brackets"],
)
def test_hostile_files(invoke: Invoke, content: bytes, message: str) -> None:
    Path("hostile.json").write_bytes(content)
    for command in ("validate", "graph"):
        result = invoke(command, "hostile.json")
        assert result.exit_code in (1, 2)
        assert message in result.output
        assert "Traceback" not in result.output


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name)
def test_graph_names_every_state(invoke: Invoke, file: Path) -> None:
    result = invoke("graph", str(file))
    assert result.exit_code == 0
    assert result.stdout.startswith("flowchart TD\n")
    assert [name for name in json.loads(file.read_text())["States"] if name not in result.stdout] == []


def test_graph_refuses_what_is_no_machine(invoke: Invoke) -> None:
    result = invoke("graph", "-", input="[]")
    assert (result.exit_code, result.stderr) == (2, "Error: <stdin> is not a state machine: it must be a JSON object\n")


def test_db_upgrade_creates_and_then_has_nothing_to_do(invoke: Invoke) -> None:
    first = invoke("db", "upgrade", "--db", "sqlite:///new.db")
    assert first.exit_code == 0
    assert "is now at revision" in first.stderr
    assert "is up to date" in invoke("db", "upgrade", "--db", "sqlite:///new.db").stderr


def test_db_upgrade_of_a_file_that_is_no_database(invoke: Invoke) -> None:
    Path("text.db").write_text("this is no database " * 100)
    result = invoke("db", "upgrade", "--db", "sqlite:///text.db")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


SERVE_REFUSALS = [
    (["--port", "70000"], 2, "--port: expected"),
    (["--db", "mysql://x"], 2, "--db: expected sqlite:///FILE or postgresql://"),
    (["--db", "sqlite:////nowhere/at/all.db"], 1, "The folder of the database does not exist"),
    (["--host", "256.1.1.1"], 1, "Cannot listen on '256.1.1.1'"),
]


@pytest.mark.parametrize(("arguments", "status", "message"), SERVE_REFUSALS, ids=[row[2] for row in SERVE_REFUSALS])
def test_a_server_that_cannot_start_says_why(arguments: list[str], status: int, message: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STATEWRIGHT_")}
    command = [sys.executable, "-m", "engine.cli.main", "serve", *arguments]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///a.db", "sqlite:///a.db"),
        ("postgresql://ada:secret@host:5432/db", "postgresql://ada@host:5432/db"),
        ("postgresql://ada:se@cret@host/db?password=secret", "postgresql://ada@host/db"),
        ("postgresql://host/db?password=secret", "postgresql://host/db"),
    ],
)
def test_a_password_is_never_printed(url: str, shown: str) -> None:
    assert safe_database(url) == shown


def test_a_wrong_setting_is_named(invoke: Invoke) -> None:
    Path("statewright.toml").write_text('prot = 4566\n[functions.f]\nhandlr = "a:b"\n')
    result = invoke("executions")
    assert result.exit_code == 2
    assert "prot" in result.stderr
    assert "handlr" in result.stderr
