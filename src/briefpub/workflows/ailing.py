"""What a round learns from replies: how each site did, and why a mailing pauses itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Mailing
from briefpub.domain.flow import SiteState
from briefpub.domain.replies import Blame, Outcome, verdict
from briefpub.workflows.ports import Sites


def told(
    sites: Sites, site_of: Callable[[Delivery], str], ended: Sequence[tuple[Delivery, Attempt]], at: datetime
) -> Iterator[SiteState]:
    """Tell the sites how their messages ended; give each that refused one because of us, as it stands."""
    well = set[str]()
    # In their order: a site that took a message between two refusals refused no two in a row.
    for one, attempt in ended:
        if attempt.outcome is Outcome.ACCEPTED:
            well.add(site_of(one))
        elif verdict(attempt.outcome, attempt.reply).blame is Blame.US:
            site = site_of(one)
            if site in well:
                sites.success([site], now=at)
                well.discard(site)
            yield sites.refused(site, attempt.reply, now=at)
    if well:
        sites.success(sorted(well), now=at)


def why_paused(mailing: Mailing, failed_with: Counter[str]) -> str:
    """Say why a mailing of which so many fail waits until a person has looked."""
    failed = mailing.counts.get(DeliveryState.FAILED, 0)
    tried = failed + mailing.counts.get(DeliveryState.ACCEPTED, 0)
    said = ", ".join(f"{reply} ({count})" for reply, count in failed_with.most_common(3))
    return (
        f"{failed} of {tried} messages were refused, more than 5 in 100; most often: {said}. "
        "See whom with `briefpub outbox show`; `briefpub outbox resume` goes on with the rest."
    )
