"""From flags, environment and statewright.toml to Settings, for every command alike.

engine.config decides what is valid and which source wins; this file knows only which options a command offers.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.main import TRACEBACK_VARIABLE
from engine.cli.output import UsageError

if TYPE_CHECKING:
    from engine.config import Settings

ENDPOINT_VARIABLE = "STATEWRIGHT_ENDPOINT"
CONFIG_VARIABLE = "STATEWRIGHT_CONFIG"
OWN_VARIABLES = {ENDPOINT_VARIABLE, TRACEBACK_VARIABLE}  # of the command line, no settings of a server

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar=CONFIG_VARIABLE,
    help="The configuration file; statewright.toml of the working folder where there is one.",
)


def load(config: Path | None, flags: Mapping[str, Any] | None = None) -> "Settings":
    """The settings that hold; a flag that is None was not given. Raises UsageError with all that is wrong."""
    from engine.config import SettingsError, load_settings

    environ = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    try:
        return load_settings(flags or {}, environ, config)
    except SettingsError as error:
        raise UsageError("\n  ".join(["the settings cannot be used:", *error.problems])) from None
