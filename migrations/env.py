"""What alembic runs for every command: the migrations, on the connection and in the transaction of its caller.

There is no alembic.ini: engine.store.upgrade hands in a Config with the `connection` and the `version_table`.
"""

from alembic import context

from engine.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too: our connections begin explicitly
)
with context.begin_transaction():
    context.run_migrations()
