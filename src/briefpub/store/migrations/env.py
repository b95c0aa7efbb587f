"""Runs the migrations on the connection, and in the transaction, that `store.database` brings."""

from alembic import context

from briefpub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
