"""The pytest plugin of Statewright: the fixture `statewright`, a server on a virtual clock with everything around it.

Talks to the server over HTTP only and imports nothing of it: this package stands beside users' own code, the server may
be installed elsewhere (`statewright_command`). boto3 is imported when the fixture is used first, for pytest itself must
start as fast as without.

One server for each session, so one for each worker of a parallel run, with a port and a database of its own; one clean
state for each test.

PYTEST_DONT_REWRITE: a conftest may import it before pytest loads it, and it asserts nothing that pytest should tell.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from statewright_pytest.execution import StatePath, Status
from statewright_pytest.functions import FunctionCalls, MockedFunction
from statewright_pytest.server import ServerProcess, StartError, server_command
from statewright_pytest.testing import Execution, Machine, Statewright, WaitingTask

__all__ = ["Execution", "Machine", "MockedFunction", "StartError", "Statewright", "WaitingTask", "statewright"]

_OPTIONS = {
    "statewright_command": "How the server's command is called; `statewright` of this environment or of the PATH.",
    "statewright_config": "A statewright.toml for the server, from the root folder; none.",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, text in _OPTIONS.items():
        parser.addini(name, text, default="")


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Comparisons of an execution's status or path of states say what the execution did."""
    for side in (left, right):
        if isinstance(side, Status | StatePath):
            return [f"{_plain(left)!r} {op} {_plain(right)!r}", *side.story()]
    return None


def _plain(value: object) -> object:
    if isinstance(value, Status):
        return str(value)
    return list(value) if isinstance(value, StatePath) else value


@pytest.fixture(scope="session")
def statewright_session(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Statewright]:
    """The server, as long as the session. Tests use `statewright`."""
    folder = tmp_path_factory.mktemp("statewright")
    command = server_command(_option(pytestconfig, "statewright_command"))
    config = _option(pytestconfig, "statewright_config")
    try:
        process = ServerProcess(command, folder, pytestconfig.rootpath / config if config else None)
    except StartError as error:
        pytest.fail(str(error), pytrace=False)
    with process, FunctionCalls() as functions:
        yield Statewright(process.url, functions, pytestconfig.rootpath)


@pytest.fixture
def statewright(statewright_session: Statewright) -> Iterator[Statewright]:
    """A server with nothing in it, whose clock stands until the test moves it."""
    statewright_session.reset()
    yield statewright_session
    statewright_session.reset()


def _option(config: pytest.Config, name: str) -> str:
    try:
        value: Any = config.getini(name)
    except ValueError:  # a test module named the plugin, after the options were read
        return ""
    return str(value)
