"""The clock's tables: schedules, runs, who keeps watch; gatherings, approval, articles asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subscription") as table:
        table.add_column(sa.Column("frequency", sa.String(10), nullable=False, server_default="each"))
        table.add_column(sa.Column("wants", sa.String(10), nullable=False, server_default=""))
    op.create_index(
        "ix_subscription_wants",
        "subscription",
        ["list_id"],
        sqlite_where=sa.text("wants <> ''"),
        postgresql_where=sa.text("wants <> ''"),
    )
    with op.batch_alter_table("issue") as table:
        table.add_column(sa.Column("frequency", sa.String(10), nullable=False, server_default="each"))
        table.add_column(sa.Column("through", sa.Integer(), nullable=True))
        table.add_column(sa.Column("approved_sha256", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("approved_by", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("approved_at", sa.String(27), nullable=True))
        table.add_column(sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_constraint("uq_issue_list_id_number", type_="unique")
        table.create_unique_constraint(
            "uq_issue_list_id_frequency_number", ["list_id", "frequency", "number"]
        )
    with op.batch_alter_table("issue_article") as table:
        table.add_column(sa.Column("frequency", sa.String(10), nullable=False, server_default="each"))
        table.add_column(sa.Column("again", sa.Integer(), nullable=False, server_default="0"))
        table.drop_constraint("uq_issue_article_list_id_article_id", type_="unique")
        table.create_unique_constraint(
            "uq_issue_article_list_id_frequency_article_id_again",
            ["list_id", "frequency", "article_id", "again"],
        )
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("approval", sa.String(10), nullable=False),
        sa.Column("unapproved", sa.String(10), nullable=False),
        sa.Column("late", sa.String(10), nullable=False),
        sa.Column("grace", sa.Integer(), nullable=False),
        sa.Column("freeze", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("frequency", sa.String(10), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_schedule_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_name")),
    )
    op.create_table(
        "schedule_change",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("to", sa.String(16), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_change_schedule_id_schedule")
        ),
        sa.PrimaryKeyConstraint("schedule_id", "date", name=op.f("pk_schedule_change")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("wall", sa.String(16), nullable=False),
        sa.Column("due", sa.String(27), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("question", sa.String(12), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_run_schedule_id_schedule")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_run_issue_id_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("schedule_id", "wall", name=op.f("uq_run_schedule_id_wall")),
        sa.UniqueConstraint("issue_id", name=op.f("uq_run_issue_id")),
    )
    op.create_index("ix_run_state", "run", ["state", "due"])
    op.create_table(
        "heartbeat",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "home",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
    )
    op.create_table(
        "frozen_file",
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("path", sa.String(255), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", "path", name=op.f("pk_frozen_file")),
    )
