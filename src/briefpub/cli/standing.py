"""How mailings and receiving sites stand, in words an editor can read."""

from datetime import datetime, timedelta

from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.domain.flow import SiteState
from briefpub.workflows.steer import rest

WORDS = {
    MailingState.QUEUED: "It has not begun",
    MailingState.SENDING: "It is on its way",
    MailingState.PAUSED: "It is paused",
    MailingState.DONE: "It has ended",
    MailingState.CANCELLED: "The rest of it was stopped",
}


def counted(mailing: Mailing) -> str:
    """Say how many deliveries stand where: `143 accepted, 3 unknown`."""
    told = [f"{mailing.counts[state]} {state.value}" for state in DeliveryState if mailing.counts.get(state)]
    return ", ".join(told) or "none"


def left_of(mailing: Mailing) -> str:
    """Say how many are still to be handed over: `57 left of 200`."""
    return f"{rest(mailing)} left of {sum(mailing.counts.values())}"


def stands(mailing: Mailing) -> str:
    """Say in a sentence where a mailing stands, and why."""
    words = WORDS[mailing.state]
    return f"{words}: {full_stop(mailing.reason)}" if mailing.reason else f"{words}."


def gone(mailing: Mailing, *, waits_until: datetime | None, now: datetime) -> str:
    """Say in one line what a run came to: sent so many, so many deferred, failed, unknown, paused and why."""
    count = mailing.counts.get
    total = sum(mailing.counts.values())
    told = [f"sent {count(DeliveryState.ACCEPTED, 0)} of {total}"]
    left = rest(mailing)
    later = waits_until if mailing.state is not MailingState.PAUSED and waits_until else now
    if left:
        told.append(f"{left} deferred until {clock(later, now)}" if later > now else f"{left} left")
    told += [
        f"{count(state, 0)} {words}"
        for state, words in (
            (DeliveryState.FAILED, "failed"),
            (DeliveryState.UNKNOWN, "unknown"),
            (DeliveryState.SKIPPED, "skipped"),
        )
        if count(state, 0)
    ]
    line = f"{mailing.issue}: {', '.join(told)}."
    if mailing.state in {MailingState.PAUSED, MailingState.CANCELLED}:
        line = f"{line} {stands(mailing)}"
    return line


def site_stands(site: SiteState, *, now: datetime) -> str:
    """Say why a site gets nothing now, and until when."""
    if site.stopped:
        return f"{site.site} gets nothing until you let it: {full_stop(site.stopped)}"
    until = f" until {clock(site.closed_until, now)}" if site.closed_until else ""
    return f"{site.site} is left alone{until}."


def clock(when: datetime, now: datetime) -> str:
    """Give a moment as this machine's clock shows it: `10:15`, on another day `2026-11-23 10:15`."""
    local = when.astimezone()
    if timedelta(0) <= when - now < timedelta(minutes=1):
        return f"{local:%H:%M:%S}"
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%Y-%m-%d %H:%M}"


def full_stop(text: str) -> str:
    """End a sentence with one full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
