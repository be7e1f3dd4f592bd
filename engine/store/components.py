"""The schema of what is added to the engine: each integration brings its tables and the migrations that make them.

A migration is a function over alembic's operations; they are numbered by their place, and `meta` says how many of them
the database has had (`schema:logs` = "2"). So a component's tables are made, and changed, beside the engine's own
migrations and independently of them; those of a component that is not installed any more are left alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from engine.store import meta
from engine.store.errors import StoreError

if TYPE_CHECKING:
    from alembic.operations import Operations

_PREFIX = "schema:"


@dataclass(frozen=True, slots=True)
class Component:
    """`name` is the integration's service. `migrations` only ever grows at its end."""

    name: str
    migrations: Sequence[Callable[["Operations"], None]]


def behind(connection: Connection, components: Sequence[Component]) -> list[tuple[Component, int]]:
    """The components with migrations that the database has not had, and how many of them it has had.

    Raises StoreError for a database that a newer version of a component made.
    """
    found = []
    for component in components:
        had = int(meta.get(connection, _PREFIX + component.name) or 0)
        if had > len(component.migrations):
            raise StoreError(
                f"The tables of {component.name} were made by a newer version of it (they are at {had}, the newest "
                f"that this version knows is {len(component.migrations)}). Install it, or use another database."
            )
        if had < len(component.migrations):
            found.append((component, had))
    return found


def bring_up(connection: Connection, component: Component, had: int) -> None:
    """Run the migrations after the first `had`, in the transaction of the caller."""
    from alembic.operations import Operations  # where there is one to run: engine.store.upgrade says why
    from alembic.runtime.migration import MigrationContext

    operations = Operations(MigrationContext.configure(connection))
    for migration in component.migrations[had:]:
        migration(operations)
    meta.put(connection, _PREFIX + component.name, str(len(component.migrations)))
