"""What the store says when it cannot serve: in plain words, to the person who runs the engine.

A statement that fails inside a transaction raises SQLAlchemy's own error; these two are for opening, upgrading and
owning a database.
"""


class StoreError(Exception):
    """A database that cannot be used: what happened, where, and how to mend it. Never holds a password."""


class LeaseLost(StoreError):
    """Another process owns the shards now. Whoever sees this must not write again."""
