"""A publication with an issue that somebody said yes to, and deliveries that ended as a test wants them."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

from builders import a_list, a_manifest, an_article, an_issue, editions_of, subscribers

from briefpub.bootstrap import Newsroom, open_newsroom
from briefpub.cli.context import moment
from briefpub.domain.delivery import Attempt, Mailing
from briefpub.domain.replies import Outcome

REPLIES = {
    Outcome.ACCEPTED: "250 2.0.0 taken",
    Outcome.DEFERRED: "451 4.3.0 later",
    Outcome.FAILED: "554 5.6.0 not this message",
    Outcome.UNKNOWN: "the line was lost after the last byte",
}
LEASE = dt.timedelta(minutes=5)


def frozen(root: Path, *, readers: int, article: str = "bread") -> Newsroom:
    """Freeze the next issue of the list `weekly`, which `readers` subscribers take; nothing is queued yet."""
    newsroom = open_newsroom(str(root))
    newsroom.audience.subscribe("weekly", subscribers(readers), consent="in a test", now=moment())
    record = newsroom.issues.compose("weekly", (article,), title="", date=moment().date())
    issue = an_issue(an_article(article), number=record.number, list=a_list(), date=record.date)
    editions = editions_of(issue)
    kept = newsroom.outbox.freeze(record.key, editions=editions, manifest=a_manifest(issue, editions))
    sha256 = hashlib.sha256(kept.manifest).hexdigest()
    newsroom.issues.freeze(record.key, manifest_sha256=sha256, editions=kept.editions)
    return newsroom


def mailed(root: Path, *outcomes: Outcome, readers: int | None = None, article: str = "bread") -> Mailing:
    """Queue an issue for `readers` subscribers, the first of whom were tried with these outcomes."""
    newsroom = frozen(root, readers=len(outcomes) if readers is None else readers, article=article)
    key = newsroom.issues.of("weekly")[-1].key
    mailing = newsroom.ledger.queue(key, now=moment())
    try_deliveries(newsroom, mailing, outcomes)
    found = newsroom.ledger.mailing(key)
    assert found is not None
    return found


def try_deliveries(newsroom: Newsroom, mailing: Mailing, outcomes: Sequence[Outcome]) -> None:
    """Let the next deliveries of a mailing end with these outcomes."""
    if not outcomes:
        return
    at = moment()
    batch = newsroom.ledger.claim(
        mailing.id, owner="a test", most=len(outcomes), lease_until=at + LEASE, now=at
    )
    handed = [one.id for one in batch]
    newsroom.ledger.record(owner="a test", handed=handed, ended=[], lease_until=at + LEASE, now=at)
    ended = [
        (one.after(made), made)
        for one, outcome in zip(batch, outcomes, strict=True)
        for made in [Attempt(at=at, outcome=outcome, reply=REPLIES[outcome])]
    ]
    newsroom.ledger.record(owner="a test", handed=[], ended=ended, lease_until=at + LEASE, now=at)
