"""One's own page: choose what one gets, take a copy of what is held, be erased."""

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from briefpub.domain.audience import SLUG, SubscriptionFormat, SubscriptionState
from briefpub.domain.consent import Answer, Changes, Standing
from briefpub.domain.person import told
from briefpub.domain.tokens import Purpose
from briefpub.web.letterbox import finding
from briefpub.web.letterbox.box import Held, Letterbox, masked
from briefpub.web.letterbox.fields import address_in, format_in, frequency_in, wrongs_in
from briefpub.web.pages import Page
from briefpub.web.visit import Visit


def show(box: Letterbox, visit: Visit) -> Page:
    """Show what is chosen, and change nothing."""
    if SLUG.fullmatch(visit.end):
        return finding.ask(box, visit, finding.CHOOSE)
    held = box.held(visit.end, Purpose.PREFERENCES)
    if held is None:
        return box.unknown(visit)
    if held.standing is None:
        return box.gone(visit, held.list)
    return _form(box, visit, held, held.standing)


def save(box: Letterbox, visit: Visit) -> Page:
    """Save what was chosen; a field that was not sent stays as it is."""
    if SLUG.fullmatch(visit.end):
        return finding.send(box, visit, finding.CHOOSE)
    held = box.held(visit.end, Purpose.PREFERENCES)
    if held is None:
        return box.unknown(visit)
    if held.standing is None:
        return box.gone(visit, held.list)
    wrong = wrongs_in(visit.form)
    if wrong:
        return _form(box, visit, held, held.standing, wrong=wrong)
    changes = Changes(
        name=visit.form["name"].strip() if "name" in visit.form else None,
        format=format_in(visit.form),
        device=address_in(visit.form, "device") if "device" in visit.form else None,
        frequency=frequency_in(visit.form, box.frequencies(held.list, held.standing)),
    )
    answer = box.subscribe.preferences(visit.end, changes, how=visit.how(), now=visit.now)
    after = box.held(visit.end, Purpose.PREFERENCES)
    if answer in {Answer.FORGED, Answer.GONE} or after is None or after.standing is None:
        return box.gone(visit, held.list)
    return _form(box, visit, after, after.standing, saved=True)


def export(box: Letterbox, visit: Visit) -> Page:
    """Give all that is held of a person as JSON (GDPR 15 and 20)."""
    held = box.held(visit.end, Purpose.PREFERENCES)
    if held is None:
        return box.unknown(visit)
    person = box.people.person(held.standing.subscriber.address) if held.standing else None
    if person is None:
        return box.gone(visit, held.list)
    return Page(
        body=json.dumps(told(person), ensure_ascii=False, indent=2) + "\n",
        language="",
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{held.list.slug}-data.json"'},
    )


def ask_erase(box: Letterbox, visit: Visit) -> Page:
    """Say what an erasure does, and ask; change nothing."""
    held = box.held(visit.end, Purpose.PREFERENCES)
    if held is None:
        return box.unknown(visit)
    return _sure(box, visit, held) if held.standing else box.gone(visit, held.list)


def erase(box: Letterbox, visit: Visit) -> Page:
    """Erase a person who ticked the box, on every list (GDPR 17), and show the receipt."""
    held = box.held(visit.end, Purpose.PREFERENCES)
    if held is None:
        return box.unknown(visit)
    if held.standing is None:
        return box.gone(visit, held.list)
    if not visit.form.get("sure"):
        return _sure(box, visit, held, wrong="erase_unsure")
    receipt = box.erase(held.standing.subscriber.address, now=visit.now)
    return box.page(
        visit,
        "receipt.html.j2",
        "erased_title",
        list=held.list,
        receipt=receipt,
        at=receipt.at.astimezone(ZoneInfo(held.list.timezone)).isoformat(timespec="seconds"),
    )


def _sure(box: Letterbox, visit: Visit, held: Held, *, wrong: str = "") -> Page:
    assert held.standing is not None
    return box.page(
        visit,
        "erase.html.j2",
        "erase_title",
        list=held.list,
        status=422 if wrong else 200,
        wrong=wrong,
        end=visit.end,
        address=masked(held.standing.subscriber.address),
    )


def _form(
    box: Letterbox,
    visit: Visit,
    held: Held,
    standing: Standing,
    *,
    wrong: Mapping[str, str] | None = None,
    saved: bool = False,
) -> Page:
    offered = box.frequencies(held.list, standing)
    stands = {"name": standing.subscriber.name, "device": standing.device}
    return box.page(
        visit,
        "preferences.html.j2",
        "choose_title",
        list=held.list,
        values={"name": held.list.name},
        status=422 if wrong else 200,
        wrong=wrong or {},
        saved=saved,
        end=visit.end,
        address=masked(standing.subscriber.address),
        subscribed=standing.state is SubscriptionState.CONFIRMED and not standing.suppressed,
        links=box.way_back(held.list),
        typed={**stands, **visit.form} if wrong else stands,
        formats=tuple(SubscriptionFormat),
        chosen=(format_in(visit.form) if wrong else None) or standing.format,
        frequencies=offered,
        frequency=(frequency_in(visit.form, offered) if wrong else None) or standing.chosen,
        waits=standing.wants,
    )
