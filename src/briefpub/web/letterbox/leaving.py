"""Leave a list, and undo it (RFC 8058: a POST acts at once; a GET never does)."""

from briefpub.domain.audience import SLUG, SubscriptionState
from briefpub.domain.consent import UNDO_WITHIN, Answer
from briefpub.domain.tokens import Purpose
from briefpub.web.letterbox import finding
from briefpub.web.letterbox.box import Held, Letterbox, masked
from briefpub.web.pages import Page
from briefpub.web.visit import Visit

LINKS = (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)
BUTTON = "button"  # what our own button sends, and no mail program


def ask(box: Letterbox, visit: Visit) -> Page:
    """Show one button, and change nothing; where they have left already, the button that undoes it."""
    if SLUG.fullmatch(visit.end):
        return finding.ask(box, visit, finding.LEAVE)
    held = box.held(visit.end, *LINKS)
    if held is None:
        return box.unknown(visit)
    if held.standing is None:
        return box.gone(visit, held.list)
    if held.standing.state is SubscriptionState.UNSUBSCRIBED:
        return _already(box, visit, held)
    values = _values(held)
    return box.note(
        visit,
        "leave_title",
        "leave_ask",
        list=held.list,
        values=values,
        button=(f"/unsubscribe/{visit.end}", "leave_button", BUTTON),
    )


def leave(box: Letterbox, visit: Visit) -> Page:
    """Take somebody off the list at once, whatever the body says; doing it again does nothing more."""
    if SLUG.fullmatch(visit.end):
        return finding.send(box, visit, finding.LEAVE)
    way = "page" if BUTTON in visit.form else "one click"
    answer = box.subscribe.unsubscribe(visit.end, how=visit.how(way), now=visit.now)
    held = box.held(visit.end, *LINKS)
    if answer is Answer.FORGED or held is None:
        return box.unknown(visit)
    if answer is Answer.GONE or held.standing is None:
        return box.gone(visit, held.list)
    if answer is Answer.ALREADY:
        return _already(box, visit, held)
    return box.note(
        visit,
        "left_title",
        "left_done",
        "left_undo",
        list=held.list,
        values=_values(held),
        button=(f"/undo/{visit.end}", "undo_button", BUTTON),
    )


def undo(box: Letterbox, visit: Visit) -> Page:
    """Put back who left a moment ago."""
    answer = box.subscribe.undo(visit.end, how=visit.how(), now=visit.now)
    held = box.held(visit.end, *LINKS)
    if answer is Answer.FORGED or held is None:
        return box.unknown(visit)
    if held.standing is None:
        return box.gone(visit, held.list)
    values = _values(held)
    match answer:
        case Answer.DONE:
            return box.note(visit, "back_title", "back_done", list=held.list, values=values)
        case Answer.ALREADY:
            return box.note(visit, "back_title", "back_already", list=held.list, values=values)
        case _:
            links = box.way_back(held.list)
            return box.note(visit, "back_late_title", "back_late", list=held.list, values=values, links=links)


def _already(box: Letterbox, visit: Visit, held: Held) -> Page:
    assert held.standing is not None
    lately = visit.now - held.standing.since < UNDO_WITHIN
    return box.note(
        visit,
        "left_title",
        "left_already",
        *(["left_undo"] if lately else []),
        list=held.list,
        values=_values(held),
        button=(f"/undo/{visit.end}", "undo_button", BUTTON) if lately else None,
        links=() if lately else box.way_back(held.list),
    )


def _values(held: Held) -> dict[str, str]:
    assert held.standing is not None
    return {"name": held.list.name, "address": masked(held.standing.subscriber.address)}
