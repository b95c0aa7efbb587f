"""The sender's tables: consent, intakes, receiving sites; where a delivery goes, why a mailing waits."""

import sqlalchemy as sa
from alembic import op

from briefpub.domain.flow import site_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("list", sa.Column("in_doubt", sa.String(12), nullable=False, server_default="hold"))
    op.add_column("subscriber", sa.Column("site", sa.Text(), nullable=False, server_default=""))
    _place(op.get_bind())
    op.add_column("subscription", sa.Column("device", sa.Text(), nullable=False, server_default=""))
    op.add_column("mailing", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("mailing", sa.Column("forgiven", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("site", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_subscription_subscriber_id", "subscription", ["subscriber_id"])
    op.create_index("ix_delivery_subscriber_id", "delivery", ["subscriber_id"])
    op.drop_index("ix_delivery_due", "delivery")
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["mailing_id", "not_before", "id", "site"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("undone_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_intake_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(14), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("intake_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_consent_subscriber_id_subscriber")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_consent_list_id_list")),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_consent_intake_id_intake")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_subscriber_id", "consent", ["subscriber_id", "id"])
    op.create_index("ix_consent_intake_id", "consent", ["intake_id"])
    op.create_table(
        "site",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("tat", sa.String(27), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("logins", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("closed_until", sa.String(27), nullable=True),
        sa.Column("stopped", sa.Text(), nullable=False, server_default=""),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site")),
    )


def _place(connection: sa.Connection) -> None:
    """Give subscribers of before their receiving site: rows without one hide those behind them."""
    people = sa.table("subscriber", sa.column("id"), sa.column("address"), sa.column("site"))
    rows = connection.execute(sa.select(people.c.id, people.c.address)).all()
    if rows:
        connection.execute(
            sa.update(people).where(people.c.id == sa.bindparam("row")).values(site=sa.bindparam("where")),
            [{"row": row.id, "where": site_of(row.address)} for row in rows],
        )
