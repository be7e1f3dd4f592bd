"""The statements that name a row by its primary key, written once from the tables for both back ends.

They are text because that is what both dialects read alike (ON CONFLICT has one spelling, Core's constructs have two),
and because Core reserves the names of the columns: rows can be handed to executemany as they are.
"""

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, Row, Select, Table, TextClause, text

AnySelect = Select[*tuple[Any, ...]]  # whose columns a row dataclass names
AnyRow = Row[*tuple[Any, ...]]


def row_columns(table: Table, row_type: type) -> list[Column[Any]]:
    """The columns of a table in the order of a row dataclass's fields."""
    return [table.c[found.name] for found in fields(row_type)]


def insert_row(table: Table) -> TextClause:
    """Every column of the table, each bound by its name."""
    names = [column.name for column in table.columns]
    return text(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})")


def upsert_row(table: Table) -> TextClause:
    """As `insert_row`; a row with the same primary key gets the new values."""
    key = _key_names(table)
    changes = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.columns if column.name not in key)
    return text(f"{insert_row(table).text} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}")


def update_row(table: Table, *changed: str) -> TextClause:
    """Set the named columns of the row with the primary key."""
    changes = ", ".join(f"{name} = :{name}" for name in changed)
    return text(f"UPDATE {table.name} SET {changes} WHERE {_key_matches(table)}")


def delete_row(table: Table) -> TextClause:
    return text(f"DELETE FROM {table.name} WHERE {_key_matches(table)}")


def _key_names(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _key_matches(table: Table) -> str:
    return " AND ".join(f"{name} = :{name}" for name in _key_names(table))
