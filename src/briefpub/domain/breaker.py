"""When a receiving site is closed, opened again, or stopped until a person lets it go on. Pure.

A site that takes nothing is left alone for seconds at first, from the third time on for a minute, doubling
to an hour; then one message shows whether it takes any (`flow.take`). What is wrong with us does not mend
itself by waiting: a site that refuses our login, our signature or our reputation is stopped.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from briefpub.domain.delivery import Trouble, TroubleKind, jitter
from briefpub.domain.flow import SiteState, rest_after
from briefpub.domain.replies import status_of

MOST_LOGINS = 3
MOST_REFUSALS = 3
# Statuses of a refusal that no further try can mend, because the mail is not proven to be ours: DKIM, SPF,
# PTR, DMARC (RFC 7372, RFC 9989 and the registry: 7.20 to 7.26; Gmail: 7.27 SPF, 7.30 DKIM, 7.40 DMARC;
# Microsoft: 7.509 DMARC, 7.515 the rule for large senders).
UNPROVEN = frozenset(f"5.7.{detail}" for detail in (20, 21, 22, 23, 24, 25, 26, 27, 30, 40, 509, 515))
RESUME = "then let it go on with `briefpub outbox resume`"


def after_trouble(state: SiteState, trouble: Trouble, *, now: datetime) -> SiteState:
    """Say how a site stands after it took nothing: closed for a while, or stopped until a person mends it.

    What other connections tell while it is closed is the same trouble, and counts once.
    """
    if not state.open(now):
        return state
    match trouble.kind:
        case TroubleKind.LOGIN:
            logins = state.logins + 1
            state = replace(state, logins=logins)
            if logins >= MOST_LOGINS:
                return replace(state, stopped=_login_reason(trouble), closed_until=None)
            return replace(state, closed_until=now + _rest(state.site, logins))
        case TroubleKind.REFUSED:
            state = after_refusal(state, trouble.message, now=now)
            if state.stopped:
                return state
        case _:
            pass
    failures = state.failures + 1
    return replace(state, failures=failures, closed_until=now + _rest(state.site, failures))


def after_refusal(state: SiteState, reply: str, *, now: datetime) -> SiteState:  # noqa: ARG001
    """Say how a site stands after a 5.7.x: the third in a row stops it, one about authentication at once."""
    if state.stopped:
        return state
    state = replace(state, refusals=state.refusals + 1)
    if _status(reply) in UNPROVEN:
        return replace(state, stopped=_unproven_reason(state.site, reply), closed_until=None)
    if state.refusals >= MOST_REFUSALS:
        return replace(state, stopped=_refused_reason(state, reply), closed_until=None)
    return state


def after_success(state: SiteState) -> SiteState:
    """Say how a site stands after it took a message: whatever there was, is over; a stop is a person's."""
    return replace(state, failures=0, refusals=0, logins=0, closed_until=None)


def reopened(state: SiteState) -> SiteState:
    """Say how a site stands after a person let it go on."""
    return replace(after_success(state), stopped="")


def _rest(site: str, failures: int) -> timedelta:
    return rest_after(failures) * jitter(f"{site}:{failures}")


def _status(reply: str) -> str:
    found = re.search(r"\b5\.7\.\d{1,3}\b", reply)
    return status_of(reply) or (found[0] if found else "")


def _login_reason(trouble: Trouble) -> str:
    return (
        f"{trouble.site} refused our login {MOST_LOGINS} times: {_quoted(trouble.message)} "
        "Check the user name and the password (BRIEFPUB_SMTP_PASSWORD, or the file that smtp_password_file "
        f"names), {RESUME}."
    )


def _unproven_reason(site: str, reply: str) -> str:
    return (
        f"{site} says that our mail is not proven to be ours: {_quoted(reply)} "
        "No subscriber was dropped. See what is wrong with `briefpub doctor --domain` and the domain of your "
        f"sender, mend the DNS records it names, {RESUME}."
    )


def _refused_reason(state: SiteState, reply: str) -> str:
    return (
        f"{state.site} refused {state.refusals} messages in a row because of us, not of the subscribers: "
        f"{_quoted(reply)} No subscriber was dropped. Look with `briefpub doctor --domain` and the domain of "
        f"your sender; when that is well, ask the provider's postmaster; {RESUME}."
    )


def _quoted(reply: str) -> str:
    line = " ".join(reply.split())
    return f"“{line[:200]}…”." if len(line) > 200 else f"“{line}”."
