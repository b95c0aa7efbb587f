"""Ask for a list, and confirm by the letter's link (double opt-in)."""

from functools import partial

from briefpub.domain.audience import Frequency, List, SubscriptionFormat
from briefpub.domain.consent import Answer, Asked, Wish
from briefpub.domain.errors import TransportError
from briefpub.domain.tokens import Purpose, opened
from briefpub.web.letterbox.box import Held, Letterbox, masked
from briefpub.web.letterbox.fields import (
    address_in,
    format_in,
    frequency_in,
    is_filled_by_machine,
    wrongs_in,
)
from briefpub.web.letterbox.finding import busy
from briefpub.web.pages import Page
from briefpub.web.visit import Visit


def ask(box: Letterbox, visit: Visit) -> Page:
    """Show the form."""
    list = box.list(visit.end)
    if list is None:
        return box.note(visit, "missing_title", "missing", status=404)
    return _closed(box, visit, list) if list.archived else _form(box, visit, list, {})


def request(box: Letterbox, visit: Visit) -> Page:
    """Have a letter sent, and say the same whatever is known of the address.

    The letter goes out when they have their page: else the time it takes would tell who reads.
    """
    list = box.list(visit.end)
    if list is None:
        return box.note(visit, "missing_title", "missing", status=404)
    if list.archived:
        return _closed(box, visit, list)
    address, wrong = address_in(visit.form, "address"), wrongs_in(visit.form)
    if not address:
        wrong = {"address": "bad_address", **wrong}
    if wrong:
        return _form(box, visit, list, wrong)
    if not box.limits.admit(visit.client, at=visit.ticks):
        return busy(box, visit)
    wish = Wish(
        address=address,
        name=visit.form.get("name", "").strip(),
        format=format_in(visit.form) or SubscriptionFormat.DIGEST,
        device=address_in(visit.form, "device"),
        frequency=frequency_in(visit.form, box.frequencies(list)) or Frequency.EACH,
    )
    after = partial(_post, box, visit, wish)
    return box.note(
        visit,
        "asked_title",
        "asked",
        "asked_none",
        list=list,
        values={"name": list.name, "address": address},
        after=None if is_filled_by_machine(visit.form) else after,
    )


def ask_confirm(box: Letterbox, visit: Visit) -> Page:
    """Show the button of a letter's link, and change nothing."""
    held = box.held(visit.end, Purpose.CONFIRM)
    said = opened(visit.end, secret=box.subscribe.secret)
    if held is None or said is None or said.expires is None:
        return box.unknown(visit)
    if said.expires <= visit.now:
        return _again(box, visit, held.list, "expired")
    if held.standing is None:
        return box.gone(visit, held.list)
    return box.note(
        visit,
        "confirm_title",
        "confirm_ask",
        list=held.list,
        values=_values(held),
        button=(f"/confirm/{visit.end}", "confirm_button", "button"),
    )


def confirm(box: Letterbox, visit: Visit) -> Page:
    """Confirm; pressing it twice is the same as once."""
    answer = box.subscribe.confirm(visit.end, how=visit.how(), now=visit.now)
    held = box.held(visit.end, Purpose.CONFIRM)
    if held is None or answer is Answer.FORGED:
        return box.unknown(visit)
    match answer:
        case Answer.DONE | Answer.ALREADY if held.standing is not None:
            return box.note(
                visit,
                "confirmed_title",
                "confirmed_done",
                "confirmed_leave",
                list=held.list,
                values=_values(held),
            )
        case Answer.EXPIRED:
            return _again(box, visit, held.list, "expired")
        case Answer.STALE:
            return _again(box, visit, held.list, "stale")
        case _:
            return box.gone(visit, held.list, status=410)


def _post(box: Letterbox, visit: Visit, wish: Wish) -> None:
    """Write the request down and send its letter; raises TransportError when that does not go."""
    requested = box.subscribe.request(visit.end, wish, how=visit.how(), now=visit.now)
    if requested.fate in {Asked.UNSENT, Asked.BAD}:
        raise TransportError(requested.reason)


def _again(box: Letterbox, visit: Visit, list: List, why: str) -> Page:
    return box.note(
        visit,
        "expired_title",
        why,
        list=list,
        status=410,
        values={"name": list.name},
        links=box.way_back(list),
    )


def _closed(box: Letterbox, visit: Visit, list: List) -> Page:
    return box.note(visit, "closed_title", "closed", list=list, status=410, values={"name": list.name})


def _form(box: Letterbox, visit: Visit, list: List, wrong: dict[str, str]) -> Page:
    return box.page(
        visit,
        "subscribe.html.j2",
        "subscribe_title",
        list=list,
        values={"name": list.name},
        status=422 if wrong else 200,
        wrong=wrong,
        typed=visit.form,
        formats=tuple(SubscriptionFormat),
        chosen=format_in(visit.form) or SubscriptionFormat.DIGEST,
        frequencies=box.frequencies(list),
        frequency=frequency_in(visit.form, box.frequencies(list)) or Frequency.EACH,
    )


def _values(held: Held) -> dict[str, str]:
    address = held.standing.subscriber.address if held.standing else ""
    return {"name": held.list.name, "address": masked(address)}
