"""The `statewright` command: its subcommands, one row each.

A subcommand's module is imported when it is used, never for `statewright --help`: the help stays instant, and `serve`
does not pay for the client's libraries. Users see messages, not tracebacks; `STATEWRIGHT_TRACEBACK=1` shows ours.
"""

import errno
import importlib
import os
import sys
from typing import NamedTuple

import click

from engine.cli.output import write_everything

TRACEBACK_VARIABLE = "STATEWRIGHT_TRACEBACK"
_OUTPUT_LOST = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
INTERRUPTED = 130  # as shells say of what Ctrl-C ended


class Row(NamedTuple):
    """A subcommand: where it is (`module:attribute`) and what the overview says of it."""

    target: str
    help: str


COMMANDS: dict[str, Row] = {
    "serve": Row("engine.cli.serve:serve", "Run the server: Step Functions on one port, durable."),
    "run": Row("engine.cli.run:run", "Run a state machine file here and now, without a server."),
    "validate": Row("engine.cli.validate:validate", "Check state machine files; exit 1 when one has an error."),
    "graph": Row("engine.cli.graph:graph", "Print a state machine as a Mermaid diagram."),
    "start": Row("engine.cli.executions:start", "Start an execution on a running server."),
    "executions": Row("engine.cli.executions:executions", "List executions, newest first."),
    "history": Row("engine.cli.history:history", "Show what happened in an execution."),
    "tasks": Row("engine.cli.tasks:tasks", "List the tasks that an execution waits for, with their tokens."),
    "complete": Row("engine.cli.tasks:complete", "Answer a waiting task by its token."),
    "queues": Row("engine.cli.queues:queues", "List queues with their counts, or look into one."),
    "mail": Row("engine.cli.mail:mail", "List the mails in SES's inbox, or print one."),
    "ses": Row("engine.cli.ses:ses", "Confirm identities of SES, let an account out of its sandbox."),
    "sg": Row("engine.cli.security_groups:sg", "Ask security groups what they let through (`sg check`)."),
    "keys": Row("engine.cli.keys:keys", "Look after the master key (`keys rotate`)."),
    "db": Row("engine.cli.db:db", "Look after the database (`db upgrade`)."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        module, _, attribute = row.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}.{_nearest(args[0])}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.help) for name, row in COMMANDS.items()])


def _nearest(name: str) -> str:
    import difflib

    found = difflib.get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"statewright {version('statewright')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Say which.")
def cli() -> None:
    """Statewright: a durable, self-hosted Step Functions.

    Options come from flags, then from the environment (STATEWRIGHT_PORT, ...), then from statewright.toml.
    """


def main(arguments: list[str] | None = None) -> None:
    """The entry point. Exits 0 when it went well, 1 when it failed, 2 for wrong usage, 130 after Ctrl-C."""
    write_everything()
    try:
        status = cli.main(args=arguments, prog_name="statewright", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        if isinstance(error, OSError) and error.errno in _OUTPUT_LOST:
            click.echo(f"Error: the output could not be written: {error.strerror}", err=True)
            sys.exit(1)
        click.echo(f"Error: this is a bug in Statewright: {type(error).__name__}: {error}", err=True)
        click.echo(f"Please report it with what {TRACEBACK_VARIABLE}=1 shows.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
