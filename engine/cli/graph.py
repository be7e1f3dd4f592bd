"""`statewright graph`: a definition as Mermaid text, to be pasted into a README, an issue or a wiki."""

import click

from engine.cli.output import UsageError
from engine.cli.sources import display_name, parse_json, read_text


@click.command(short_help="Print a state machine as a Mermaid diagram.")
@click.argument("file")
def graph(file: str) -> None:
    """Print the state machine of FILE (- is stdin) as Mermaid text.

    A definition with errors is drawn as far as it goes.
    """
    from engine.asl.graph import mermaid

    definition = parse_json(read_text(file), display_name(file))
    if not isinstance(definition, dict):
        raise UsageError(f"{display_name(file)} is not a state machine: it must be a JSON object")
    click.echo(mermaid(definition), nl=False)
