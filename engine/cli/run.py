"""`statewright run`: run a definition here and now, without a server: the same interpreter, an engine in this process.

What it prints on stdout is the history and then the output (or one JSON object with `--json`); progress goes to the
terminal while it runs. Exit 0 when the execution succeeded, 1 when it did not, 2 when it could not be run.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import jsontext, limits
from engine.cli.diagnostics import line_of, located
from engine.cli.executions import failure_text
from engine.cli.history_view import print_history
from engine.cli.mocks import MockError, Mocks, read_mocks
from engine.cli.output import CliError, UsageError, duration, print_json, print_value
from engine.cli.progress import progress
from engine.cli.settings import config_option, load
from engine.cli.sources import display_name, machine_name, read_json, read_text
from engine.errors import DefinitionError

if TYPE_CHECKING:
    from engine.asl.model import Machine
    from engine.config import Settings
    from engine.contract import Actions, Integration, Targets
    from engine.runtime.local import LocalResult

Event = dict[str, Any]


@click.command(short_help="Run a state machine file here and now.")
@click.argument("file")
@click.option("--input", "input_", default="{}", metavar="JSON|@FILE|-", help="The execution's input; {} without it.")
@click.option("--mock", metavar="FILE[#CASE]", help="Mocked answers (MockConfigFile of Step Functions Local).")
@click.option("--test-case", metavar="NAME", help="Which test case of the mock file; its only one without it.")
@click.option("--skip-waits", is_flag=True, help="Wait states and retry delays pass at once, on a virtual clock.")
@click.option("--name", help="The machine's name in the mock file and the context object; else the file's name.")
@click.option("--full", is_flag=True, help="Do not cut inputs and outputs to the line.")
@click.option("--json", "as_json", is_flag=True, help="Print status, output, error, cause and events as JSON.")
@config_option
@click.pass_context
def run(
    ctx: click.Context,
    file: str,
    input_: str,
    mock: str | None,
    test_case: str | None,
    skip_waits: bool,
    name: str | None,
    full: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Run the state machine of FILE (- is stdin) to its end, show its history and its output.

    Functions come from statewright.toml. Exit 0 when the execution succeeded, 1 when not.
    """
    if file == "-" and input_ == "-":
        raise UsageError("Only one of FILE and --input can come from stdin.")
    name = name or machine_name(file)
    import anyio

    from engine.http.compose import installed_integrations
    from engine.sdk.resolution import InstalledActions, InstalledTargets

    settings, mocks, input_text = load(config), _mocks(mock, test_case, name), _input(input_)
    integrations = installed_integrations()
    # A mock stands for any service, also for one that is not built in; without its mock the Task fails and says so.
    actions = InstalledActions(integrations, settings)
    # What a distributed Map reads has no say here: it is refused below, wherever its objects are.
    targets = InstalledTargets(actions, settings.allow_unknown_services or mocks is not None, stores_objects=True)
    machine = _definition(file, targets)
    if machine.distributed:
        raise UsageError("A distributed Map needs a server, for its children are executions: use `statewright serve`.")
    with progress() as on_event:
        result = anyio.run(
            _run_here, machine, name, input_text, settings, integrations, actions, skip_waits, mocks, on_event
        )
    if as_json:
        print_json(_as_json(result))
    else:
        _print(result, full)
    if result.status != "SUCCEEDED":
        ctx.exit(1)


def _definition(file: str, targets: "Targets") -> "Machine":
    """The compiled machine; where there is an error they are printed as `validate` prints them."""
    from engine.asl.compiler import compile_machine

    definition = read_text(file)
    try:
        return compile_machine(definition, "STANDARD", targets)
    except DefinitionError as error:
        errors = [one for one in error.diagnostics if one.severity == "ERROR"]
        for place in located(display_name(file), definition, errors):
            click.echo(line_of(place), err=True)
        raise UsageError(f"{display_name(file)} is not a valid state machine.") from None


def _input(argument: str) -> str:
    text = read_json(argument, "--input")
    if jsontext.size_bytes(text) > limits.PAYLOAD_BYTES_MAX:
        raise UsageError(f"--input is larger than {limits.PAYLOAD_BYTES_MAX} bytes, the most that a state takes.")
    return text


def _mocks(argument: str | None, test_case: str | None, machine: str) -> Mocks | None:
    if argument is None:
        if test_case is not None:
            raise UsageError("--test-case goes with --mock.")
        return None
    path, _, case = argument.partition("#")
    if case and test_case and case != test_case:
        raise UsageError(f"--mock names the test case {case!r}, --test-case {test_case!r}.")
    try:
        return read_mocks(read_text(path), machine, case or test_case)
    except MockError as error:
        raise UsageError("\n  ".join([f"{path} cannot be used:", *error.findings])) from None


async def _run_here(
    machine: "Machine",
    name: str,
    input_text: str,
    settings: "Settings",
    integrations: Sequence["Integration"],
    actions: "Actions",
    skip_waits: bool,
    mocks: Mocks | None,
    on_event: Callable[[Event], None],
) -> "LocalResult":
    """Opens what performs the remote calls, and runs the machine."""
    from engine.contract import Caller
    from engine.http.callers import partition_of
    from engine.http.compose import open_callers
    from engine.runtime.local import run_local

    caller = Caller(settings.account, settings.region, partition_of(settings.region))
    async with open_callers(integrations, settings) as callers:
        return await run_local(
            machine,
            name,
            input_text,
            caller,
            actions,
            callers,
            skip_waits=skip_waits,
            mocks=mocks,
            on_event=on_event,
        )


def _as_json(result: "LocalResult") -> dict[str, Any]:
    """`output` as a value; members that there are not are left out."""
    found: dict[str, Any] = {"status": result.status}
    if result.output is not None:
        found["output"] = jsontext.loads(result.output)
    if result.error is not None:
        found["error"] = result.error
    if result.cause is not None:
        found["cause"] = result.cause
    if result.waiting:
        found["waiting"] = result.waiting
    return {**found, "events": result.events}


def _print(result: "LocalResult", full: bool) -> None:
    print_history(result.events, full)
    took = duration(result.events[-1]["timestamp"] - result.events[0]["timestamp"]) if result.events else "no time"
    click.echo(f"\n{result.status} in {took}")
    print_value(result.output)
    if result.waiting:
        raise CliError(
            f"It waits in {', '.join(repr(state) for state in result.waiting)} for an answer that nobody can send to a "
            "local run. Mock the state with --mock, or run the machine on a server (statewright serve)."
        )
    if result.status != "SUCCEEDED":
        raise CliError(failure_text(result.status, result.error, result.cause))
