"""The database: lists, subscribers, issues and the ledger. Only this package knows SQLAlchemy and Alembic."""
