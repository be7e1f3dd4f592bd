"""The statements that name a row by its primary key: what each commit of the engine is made of.

They are written once from the tables, in the SQL that both back ends read alike, and go to the driver as they are, with
the rows as they are: every row is a mapping from column names to values, of which a statement takes those that it
names. Core's own executemany costs twice as much for each row (it looks at every value; no column here needs that), and
its constructs would need two spellings of ON CONFLICT.

On SQLite an insert takes many rows at once: half the CPU of as many executions, and one release of the interpreter's
lock instead of one for each row, at which the event loop and the writer would hand it to and fro.
"""

import re
from collections.abc import Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table

AnySelect = Select[*tuple[Any, ...]]  # whose columns a row dataclass names
AnyRow = Row[*tuple[Any, ...]]


class RowStatement:
    """SQL with `:name` for the values of a row, executed for each row it is given."""

    __slots__ = ("_spellings",)

    def __init__(self, sql: str):
        self._spellings = {"sqlite": sql, "postgresql": re.sub(r":(\w+)", r"%(\1)s", sql)}

    def __call__(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Without rows nothing happens."""
        if rows:
            connection.exec_driver_sql(self._spellings[connection.dialect.name], rows)

    def one(self, connection: Connection, row: dict[str, Any]) -> None:
        connection.exec_driver_sql(self._spellings[connection.dialect.name], row)


_ROWS_MAX = 64  # of one statement
_ODD_ROWS_MAX = 16  # up to here every number of rows has its statement, above the multiples of
_STEP = 8


def _block(rows: int) -> int:
    """How many of so many rows the next statement takes: few sizes, each prepared once, and few statements."""
    if rows <= _ODD_ROWS_MAX:
        return rows
    return min(rows - rows % _STEP, _ROWS_MAX)


class InsertStatement:
    """INSERT of whole rows, `ending` with what is to happen to one that is there already."""

    __slots__ = ("_each", "_ending", "_into", "_one", "_spelled", "_values")

    def __init__(self, table: Table, ending: str = ""):
        names = [column.name for column in table.columns]
        self._into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "
        self._one = f"({', '.join('?' * len(names))})"
        self._ending = ending
        self._spelled: dict[int, str] = {}  # by the number of rows
        self._each = RowStatement(f"{self._into}({', '.join(f':{name}' for name in names)}){ending}")
        self._values = itemgetter(*names)

    def __call__(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Without rows nothing happens."""
        if connection.dialect.name != "sqlite":
            self._each(connection, list(rows))
            return
        at = 0
        while size := _block(len(rows) - at):
            block = [value for row in rows[at : at + size] for value in self._values(row)]
            connection.exec_driver_sql(self._spelling(size), tuple(block))
            at += size

    def _spelling(self, size: int) -> str:
        found = self._spelled.get(size)
        if found is None:
            found = self._spelled[size] = f"{self._into}{', '.join([self._one] * size)}{self._ending}"
        return found

    def one(self, connection: Connection, row: dict[str, Any]) -> None:
        self._each.one(connection, row)


def row_columns(table: Table, row_type: type) -> list[Column[Any]]:
    """The columns of a table in the order of a row dataclass's fields."""
    return [table.c[found.name] for found in fields(row_type)]


def insert_row(table: Table) -> InsertStatement:
    """Every column of the table."""
    return InsertStatement(table)


def insert_or_keep(table: Table) -> InsertStatement:
    """As `insert_row`; a row with the same primary key stays as it is."""
    return InsertStatement(table, f" ON CONFLICT ({', '.join(_key_names(table))}) DO NOTHING")


def upsert_row(table: Table, *changed: str) -> InsertStatement:
    """As `insert_row`; a row with the same primary key gets the new values of `changed`, or of all columns."""
    key = _key_names(table)
    names = changed or tuple(column.name for column in table.columns if column.name not in key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return InsertStatement(table, f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}")


def update_row(table: Table, *changed: str) -> RowStatement:
    """Set the named columns of the row with the primary key."""
    changes = ", ".join(f"{name} = :{name}" for name in changed)
    return RowStatement(f"UPDATE {table.name} SET {changes} WHERE {_matches(_key_names(table))}")


def delete_row(table: Table) -> RowStatement:
    return delete_rows(table, *_key_names(table))


def delete_rows(table: Table, *names: str) -> RowStatement:
    """Delete every row that has the given row's values in the named columns."""
    return RowStatement(f"DELETE FROM {table.name} WHERE {_matches(names)}")


def _key_names(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _matches(names: list[str] | tuple[str, ...]) -> str:
    return " AND ".join(f"{name} = :{name}" for name in names)
