"""The tables, as SQLAlchemy Core sees them; the migrations make them, and a test proves the two agree."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from briefpub.domain.delivery import DeliveryState
from briefpub.store.moments import Moment

REVISION = "0003"


# A server of many lists writes more than 2^31 deliveries; SQLite's own integer is wide enough as it is.
Wide = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

list_ = Table(
    "list",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(63), nullable=False),
    Column("name", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("digest_body", String(10), nullable=False),
    Column("description", Text, nullable=False),
    Column("in_doubt", String(12), nullable=False, server_default="hold"),
    Column("archived", Boolean, nullable=False),
    UniqueConstraint("slug"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("folded", Text, nullable=False),  # one person, whatever the case the address is written in
    Column("address_hash", String(64), nullable=False),  # joins `suppression`, which keeps no address
    Column("name", Text, nullable=False),
    Column("site", Text, nullable=False, server_default=""),  # the receiving site of the address
    Column("since", Moment, nullable=False),
    UniqueConstraint("folded"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("list_id", ForeignKey(list_.c.id), primary_key=True),
    Column("subscriber_id", ForeignKey(subscriber.c.id), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("format", String(12), nullable=False),
    Column("device", Text, nullable=False, server_default=""),
    Column("frequency", String(10), nullable=False, server_default="each"),
    Column("wants", String(10), nullable=False, server_default=""),  # a frequency that is not in force yet
    Column("consent", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

# The few who wait for another frequency are looked for with each issue.
Index(
    "ix_subscription_wants",
    subscription.c.list_id,
    sqlite_where=text("wants <> ''"),
    postgresql_where=text("wants <> ''"),
)
# A subscriber's own subscriptions are looked for, and a foreign key checks them for each that is deleted.
Index("ix_subscription_subscriber_id", subscription.c.subscriber_id)

suppression = Table(
    "suppression",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

# One row for each set of people brought in together, so that it can be taken back.
intake = Table(
    "intake",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("list_id", ForeignKey(list_.c.id), nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
)

# What a person said yes or no to, when and how: the proof of consent. Never changed, only added to.
consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey(subscriber.c.id), nullable=False),
    Column("list_id", ForeignKey(list_.c.id)),
    Column("event", String(14), nullable=False),
    Column("at", Moment, nullable=False),
    Column("how", Text, nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("intake_id", ForeignKey(intake.c.id)),
)
Index("ix_consent_subscriber_id", consent.c.subscriber_id, consent.c.id)
Index("ix_consent_intake_id", consent.c.intake_id)

# What is known of a receiving site, shared by all processes; a site as good as new has no row.
site = Table(
    "site",
    metadata,
    Column("site", Text, primary_key=True),
    Column("tat", Moment),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("refusals", Integer, nullable=False, server_default=text("0")),
    Column("logins", Integer, nullable=False, server_default=text("0")),
    Column("closed_until", Moment),
    Column("stopped", Text, nullable=False, server_default=""),
    Column("day", Date),
    Column("sent", Integer, nullable=False, server_default=text("0")),
)

issue = Table(
    "issue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("list_id", ForeignKey(list_.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("date", Date, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("frequency", String(10), nullable=False, server_default="each"),
    Column("through", Integer),  # the number of the last issue that a gathering gathers
    Column("approved_sha256", String(64), nullable=False, server_default=""),
    Column("approved_by", Text, nullable=False, server_default=""),
    Column("approved_at", Moment),
    # A schedule that asks for approval made it: nothing else lets it go without.
    Column("needs_approval", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("list_id", "frequency", "number"),
)

issue_article = Table(
    "issue_article",
    metadata,
    Column("issue_id", ForeignKey(issue.c.id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("list_id", ForeignKey(list_.c.id), nullable=False),
    Column("article_id", Text, nullable=False),
    Column("frequency", String(10), nullable=False, server_default="each"),
    Column("again", Integer, nullable=False, server_default=text("0")),  # how often it was asked for again
    # No article is ever mailed twice to one list at one frequency, unless somebody asks for it by name.
    UniqueConstraint("list_id", "frequency", "article_id", "again"),
)

edition = Table(
    "edition",
    metadata,
    Column("issue_id", ForeignKey(issue.c.id), primary_key=True),
    Column("format", String(10), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
)

mailing = Table(
    "mailing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey(issue.c.id), nullable=False),
    Column("state", String(10), nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),  # why it is paused or cancelled
    Column("forgiven", Integer, nullable=False, server_default=text("0")),
    # How many deliveries stand where: kept by the transactions that move them, so that no page counts rows.
    *(Column(state.value, Integer, nullable=False, server_default=text("0")) for state in DeliveryState),
    UniqueConstraint("issue_id"),
    *(CheckConstraint(f"{state.value} >= 0", name=state.value) for state in DeliveryState),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Wide, primary_key=True),
    Column("mailing_id", ForeignKey(mailing.c.id), nullable=False),
    Column("subscriber_id", ForeignKey(subscriber.c.id), nullable=False),
    Column("format", String(12), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("message_id", Text, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    Column("reply", Text, nullable=False),
    UniqueConstraint("mailing_id", "subscriber_id"),
    Index("ix_delivery_subscriber_id", "subscriber_id"),
)

# Both indexes hold open deliveries only: what was sent leaves them, and claiming stays as quick at the end
# of a large mailing as at its beginning.
Index(
    "ix_delivery_due",
    delivery.c.mailing_id,
    delivery.c.not_before,
    delivery.c.id,
    delivery.c.site,  # those of a closed site are passed over without a look at their rows
    sqlite_where=text("state = 'queued'"),
    postgresql_where=text("state = 'queued'"),
)
Index(
    "ix_delivery_leased",
    delivery.c.mailing_id,
    delivery.c.lease_until,
    sqlite_where=text("lease_until IS NOT NULL"),
    postgresql_where=text("lease_until IS NOT NULL"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Wide, primary_key=True),
    Column("delivery_id", ForeignKey(delivery.c.id), nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reply", Text, nullable=False),
    UniqueConstraint("delivery_id", "at"),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(63), nullable=False),
    Column("list_id", ForeignKey(list_.c.id), nullable=False),
    Column("rule", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("selection", Text, nullable=False),  # JSON: it is only ever read whole
    Column("approval", String(10), nullable=False),
    Column("unapproved", String(10), nullable=False),
    Column("late", String(10), nullable=False),
    Column("grace", Integer, nullable=False),  # seconds, as is `freeze`
    Column("freeze", Integer, nullable=False),
    Column("starts", Date),
    Column("ends", Date),
    Column("frequency", String(10), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("counted_from", Date),  # where weeks and intervals begin; pausing does not move it
    UniqueConstraint("name"),
)

schedule_change = Table(
    "schedule_change",
    metadata,
    Column("schedule_id", ForeignKey(schedule.c.id), primary_key=True),
    Column("date", Date, primary_key=True),
    Column("to", String(16)),  # a wall time, where the run moves; nothing where it is left out
    Column("why", Text, nullable=False),
)

# One firing of a schedule. The constraint is what makes a run happen once, whoever looks, however often.
run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("schedule_id", ForeignKey(schedule.c.id), nullable=False),
    Column("wall", String(16), nullable=False),  # 2026-11-29T07:30, in the schedule's zone
    Column("due", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("question", String(12), nullable=False),
    Column("said", Boolean, nullable=False),
    Column("cleared", Boolean, nullable=False),  # an editor said that it was not sent by another copy
    Column("issue_id", ForeignKey(issue.c.id)),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("schedule_id", "wall"),
    UniqueConstraint("issue_id"),
)
Index("ix_run_state", run.c.state, run.c.due)

# Who keeps watch or works, and when they were last seen; a row is deleted by whoever stops tidily.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("who", Text, primary_key=True),  # run or worker, host and process
    Column("kind", String(10), nullable=False),
    Column("host", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# Where this database was last used to send by itself: a copy elsewhere has to be asked about first.
home = Table(
    "home",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("place", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

# Frozen editions, where the outbox is in the database: all of an issue's files, or none.
frozen_file = Table(
    "frozen_file",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("path", String(255), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Where a person's name, address or a server's words on it may stand.
PERSONAL = ("subscriber", "subscription", "consent", "delivery", "attempt")
