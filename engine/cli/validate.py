"""`statewright validate`: check definitions as CreateStateMachine would, with the place of each finding in its file."""

from pathlib import Path
from typing import Any

import click

from engine.cli.diagnostics import MachineType, check, line_of, located
from engine.cli.output import UsageError, console, print_json
from engine.cli.settings import config_option, load
from engine.cli.sources import display_name, read_text

SEVERITY_STYLES = {"ERROR": "red", "WARNING": "yellow"}


@click.command(short_help="Check state machine files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--type",
    "machine_type",
    type=click.Choice(["STANDARD", "EXPRESS"], case_sensitive=False),
    default="STANDARD",
    show_default=True,
    help="What the machines are to be.",
)
@click.option(
    "--allow-unknown-services", is_flag=True, help="Accept integrations that AWS has and this server cannot call."
)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def validate(
    ctx: click.Context,
    files: tuple[str, ...],
    machine_type: MachineType,
    allow_unknown_services: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Check each FILE (- is stdin) as CreateStateMachine does, and say what is wrong where.

    Exit 1 when a file has an error, 2 when one cannot be read; warnings alone are no failure.
    """
    from engine.api.nested_calls import OwnService
    from engine.http.compose import installed_integrations
    from engine.runtime.extensions import object_store
    from engine.sdk.resolution import InstalledActions, InstalledTargets

    findings: list[dict[str, Any]] = []
    settings = load(config)
    integrations = installed_integrations()
    actions = InstalledActions([*integrations, *OwnService().integrations()], settings)
    stores_objects = object_store(integrations, settings) is not None
    targets = InstalledTargets(actions, allow_unknown_services or settings.allow_unknown_services, stores_objects)
    unreadable: list[UsageError] = []
    for file in files:
        try:
            definition = read_text(file)
        except UsageError as error:
            error.show()
            unreadable.append(error)
            continue
        found = located(display_name(file), definition, check(definition, machine_type, targets))
        if not as_json:
            _print(display_name(file), found)
        findings += found
    if as_json:
        print_json(findings)
    if unreadable:
        ctx.exit(UsageError.exit_code)
    if any(one["severity"] == "ERROR" for one in findings):
        ctx.exit(1)


def _print(name: str, found: list[dict[str, Any]]) -> None:
    from rich.text import Text

    for place in found:
        text = Text(line_of(place))
        text.highlight_words([place["severity"]], SEVERITY_STYLES[place["severity"]])
        console().print(text, soft_wrap=True)
    if not found:
        console(stderr=True).print(Text(f"{name}: OK"), soft_wrap=True)
