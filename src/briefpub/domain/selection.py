"""Which articles go into a run's issue. Pure."""

from collections.abc import Sequence
from datetime import date

from briefpub.domain.article import Head, Status
from briefpub.domain.schedule import Order, Selection


def picked(
    heads: Sequence[Head], selection: Selection, *, taken: frozenset[str], day: date
) -> tuple[Head, ...]:
    """Give the articles of a run on `day`, in their order.

    Drafts stay out, and so does what is dated later than the day: it waits for a later run. What the list
    has had stays out as well, unless it is named by hand and asked for again.
    """
    allowed = [
        head
        for head in heads
        if head.status is Status.READY
        and (head.date is None or head.date <= day)
        and (head.id not in taken or (selection.again and head.id in selection.listed))
        and (not selection.tags or set(selection.tags) & set(head.tags))
        and (not selection.listed or head.id in selection.listed)
    ]
    return tuple(_ordered(allowed, selection)[: selection.most])


def _ordered(heads: Sequence[Head], selection: Selection) -> list[Head]:
    """Sort by date, undated last, then by id; by hand as they were named."""
    if selection.listed and selection.order is Order.LISTED:
        return sorted(heads, key=lambda head: selection.listed.index(head.id))
    if selection.order is Order.OLDEST:
        return sorted(heads, key=lambda head: (head.date or date.max, head.id))
    return sorted(heads, key=lambda head: (-head.date.toordinal() if head.date else 0, head.id))
