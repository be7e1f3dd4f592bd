"""The statements that name a row by its primary key: what each commit of the engine is made of.

They are written once from the tables, in the SQL that both back ends read alike, and go to the driver as they are, with
the rows as they are: every row is a mapping from column names to values, of which a statement takes those that it
names. Core's own executemany costs twice as much for each row (it looks at every value; no column here needs that), and
its constructs would need two spellings of ON CONFLICT.
"""

import re
from dataclasses import fields
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


def row_columns(table: Table, row_type: type) -> list[Column[Any]]:
    """The columns of a table in the order of a row dataclass's fields."""
    return [table.c[found.name] for found in fields(row_type)]


def insert_row(table: Table) -> RowStatement:
    """Every column of the table."""
    return RowStatement(_insert(table))


def upsert_row(table: Table, *changed: str) -> RowStatement:
    """As `insert_row`; a row with the same primary key gets the new values of `changed`, or of all columns."""
    key = _key_names(table)
    names = changed or tuple(column.name for column in table.columns if column.name not in key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return RowStatement(f"{_insert(table)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}")


def update_row(table: Table, *changed: str) -> RowStatement:
    """Set the named columns of the row with the primary key."""
    changes = ", ".join(f"{name} = :{name}" for name in changed)
    return RowStatement(f"UPDATE {table.name} SET {changes} WHERE {_matches(_key_names(table))}")


def delete_row(table: Table) -> RowStatement:
    return delete_rows(table, *_key_names(table))


def delete_rows(table: Table, *names: str) -> RowStatement:
    """Delete every row that has the given row's values in the named columns."""
    return RowStatement(f"DELETE FROM {table.name} WHERE {_matches(names)}")


def _insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


def _key_names(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _matches(names: list[str] | tuple[str, ...]) -> str:
    return " AND ".join(f"{name} = :{name}" for name in names)
