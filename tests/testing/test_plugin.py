"""The plugin in pytest runs of its own: what people read when a test fails, and processes that are never left over."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0

FAILING = """
from statewright_pytest import Statewright

MACHINE = {
    "StartAt": "Reserve",
    "States": {
        "Reserve": {"Type": "Wait", "Seconds": 3600, "Next": "Charge"},
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:charge",
            "End": True,
        },
    },
}


class Declined(Exception):
    pass


def charged(statewright):
    @statewright.function("charge")
    def charge(event):
        raise Declined("no money")

    execution = statewright.run(statewright.create(MACHINE, name="orders"))
    statewright.advance(hours=1)
    return execution


def test_status(statewright):
    assert charged(statewright).status == "SUCCEEDED"


def test_states(statewright):
    assert charged(statewright).states == ["Reserve", "Ship"]


def test_output(statewright):
    assert charged(statewright).output == {}


def test_endless(statewright):
    import threading
    statewright.function("charge")(lambda event: threading.Event().wait(1))
    assert statewright.run(statewright.create(MACHINE)).status == "RUNNING"


def test_server(statewright):
    print("SERVER", statewright.url)
"""


@pytest.fixture
def sample(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("STATEWRIGHT_PORT", "nonsense of the surroundings")
    return pytester


def run(sample: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return sample.runpytest_subprocess("-p", "statewright_pytest", "-p", "no:cacheprovider", *arguments, timeout=60)


def test_failures_tell_the_story(sample: pytest.Pytester) -> None:
    sample.makepyfile(FAILING)
    result = run(sample)
    result.assert_outcomes(failed=3, passed=2)
    result.stdout.re_match_lines_random(
        [
            r"E\s+(AssertionError: )?assert 'FAILED' == 'SUCCEEDED'",
            r"E\s+(AssertionError: )?assert \['Reserve', 'Charge'\] == \['Reserve', 'Ship'\]",
            r"E\s+AssertionError: the execution has no output",
            r"E\s+\S+ is FAILED Declined: no money",
            r"E\s+\+1:00:00\s+Task: Charge",
            r"E\s+\+1:00:00\s+LambdaFunctionFailed Declined: no money",
        ]
    )


def test_a_server_that_is_not_there(sample: pytest.Pytester) -> None:
    sample.makepyfile("def test_one(statewright): pass\n\ndef test_two(statewright): pass")
    sample.makeini("[pytest]\nstatewright_command = no-such-command")
    result = run(sample)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*cannot be started: no-such-command: No such file*", "*statewright_command*"])


def test_a_server_that_does_not_start_says_why(sample: pytest.Pytester) -> None:
    sample.makepyfile("def test_one(statewright): pass")
    sample.makefile(".toml", statewright="prot = 1")
    sample.makeini("[pytest]\nstatewright_config = statewright.toml")
    result = run(sample)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*does not start (exit status 2)*", "*prot*unknown*"])


def test_functions_of_a_configuration_file_may_be_called_and_mocked(sample: pytest.Pytester) -> None:
    sample.makepyfile(
        handlers="def greet(event, context): return 'from the file'",
        test_both="""
        MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:greet"}}}

        def test_both(statewright):
            machine = statewright.create(MACHINE)
            assert statewright.run(machine).output == "from the file"
            statewright.function("greet")(lambda event: "from the test")
            assert statewright.run(machine).output == "from the test"
            statewright.restore_function("greet")
            assert statewright.run(machine).output == "from the file"
        """,
    )
    sample.makefile(".toml", statewright='[functions.greet]\nhandler = "handlers:greet"')
    sample.makeini("[pytest]\nstatewright_config = statewright.toml")
    run(sample).assert_outcomes(passed=1)


def test_workers_side_by_side_have_servers_of_their_own(sample: pytest.Pytester) -> None:
    """As pytest-xdist runs them: several processes, each with its session."""
    command = [sys.executable, "-m", "pytest", "-s", "-p", "statewright_pytest", "-p", "no:cacheprovider"]
    command += [f"{sample.makepyfile(FAILING)}::test_server"]
    runs = [
        subprocess.Popen(
            [*command, f"--basetemp={sample.path}/worker{number}"], cwd=sample.path, stdout=subprocess.PIPE, text=True
        )
        for number in range(2)
    ]
    said = [run.communicate(timeout=PATIENCE_SECONDS)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    urls = [re.findall(r"SERVER (\S+)", text)[0] for text in said]
    assert urls[0] != urls[1]


def test_no_server_is_left_over(sample: pytest.Pytester) -> None:
    sample.makepyfile(
        """
        import os
        def test_long(statewright):
            print("UP", flush=True)
            os.read(0, 1)
        """
    )
    command = [sys.executable, "-m", "pytest", "-s", "-p", "statewright_pytest", "-p", "no:cacheprovider"]
    with subprocess.Popen(command, cwd=sample.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        while "UP" not in (line := tests.stdout.readline()):
            assert line, "pytest has ended"
        servers = psutil.Process(tests.pid).children(recursive=True)
        assert servers
        os.kill(tests.pid, signal.SIGKILL)
        gone, alive = psutil.wait_procs(servers, timeout=PATIENCE_SECONDS)
        assert alive == []
    assert len(gone) == len(servers)


def test_the_example_passes(sample: pytest.Pytester) -> None:
    run(sample, str(ROOT / "examples" / "tests_with_pytest"), f"--rootdir={ROOT}").assert_outcomes(passed=4)
