"""The version of the installed distribution."""

from functools import cache
from importlib.metadata import version


@cache
def product_version() -> str:
    return version("statewright")
