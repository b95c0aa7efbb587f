"""Find one's own link: who has only the list's address gets a letter with theirs.

The frozen digest is the same for all, so its links end in the list's slug. Nobody learns here who reads.
"""

from functools import partial

from briefpub.domain.audience import address_hash
from briefpub.domain.errors import TransportError
from briefpub.domain.replies import Outcome
from briefpub.web.letterbox.box import Letterbox
from briefpub.web.letterbox.fields import address_in, is_filled_by_machine
from briefpub.web.pages import Page
from briefpub.web.visit import Visit

LEAVE, CHOOSE = "find_leave_title", "find_choose_title"


def ask(box: Letterbox, visit: Visit, title: str) -> Page:
    """Show the form for one's address."""
    return _form(box, visit, title)


def send(box: Letterbox, visit: Visit, title: str) -> Page:
    """Send the letter if there is anybody to send it to, and say the same either way."""
    list = box.list(visit.end)
    if list is None:
        return box.unknown(visit)
    address = address_in(visit.form, "address")
    if not address:
        return _form(box, visit, title, wrong="bad_address")
    if not box.limits.admit(visit.client, at=visit.ticks):
        return busy(box, visit)
    after = None if is_filled_by_machine(visit.form) else partial(_post, box, visit, address)
    return box.note(
        visit,
        "asked_title",
        "found",
        "found_none",
        list=list,
        values={"name": list.name, "address": address},
        after=after,
    )


def busy(box: Letterbox, visit: Visit) -> Page:
    """Say that too many letters were asked for from one network, or by all together."""
    return box.note(
        visit, "busy_title", "busy", list=box.list(visit.end), status=429, headers={"Retry-After": "600"}
    )


def _form(box: Letterbox, visit: Visit, title: str, *, wrong: str = "") -> Page:
    list = box.list(visit.end)
    if list is None:
        return box.unknown(visit)
    return box.page(
        visit,
        "find.html.j2",
        title,
        list=list,
        values={"name": list.name},
        status=422 if wrong else 200,
        wrong=wrong,
        typed=visit.form.get("address", ""),
    )


def _post(box: Letterbox, visit: Visit, address: str) -> None:
    """Send the letter where there is somebody to get it; raises TransportError when it does not go."""
    reader = box.send_links.reader(visit.end, address)
    if reader is None or not box.limits.address.take(address_hash(address), at=visit.ticks):
        return
    attempt = box.send_links(reader, now=visit.now)
    if attempt.outcome not in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
        raise TransportError(attempt.reply)
