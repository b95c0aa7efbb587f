"""How often: a reader chooses among what a list's schedules make, and is told when it begins."""

import pytest
from builders import NOW
from gatherings import scheduled
from pages import ANA, Stage
from stores import TODAY, over

from briefpub.domain.audience import Frequency
from briefpub.domain.tokens import Purpose
from briefpub.store.audience import SqlAudience

WEEKLY, MONTHLY = Frequency.WEEKLY, Frequency.MONTHLY


def database_of(stage: Stage):
    audience = stage.box.subscribe.audience
    assert isinstance(audience, SqlAudience)
    return audience.database


def offered(stage: Stage, path: str) -> dict[str, bool]:
    inputs = stage.get(path).parsed().of("input")
    return {one["value"] or "": "checked" in one for one in inputs if one.get("name") == "frequency"}


def preferences(stage: Stage) -> str:
    standing = stage.standing() or stage.reader()
    return f"/preferences/{stage.token(standing, Purpose.PREFERENCES)}"


def mailed(stage: Stage) -> None:
    """Queue an issue to whoever takes each."""
    store = over(database_of(stage))
    record = store.issues.compose("weekly", ["bread"], title="", date=TODAY)
    store.issues.freeze(record.key, manifest_sha256="a" * 64, editions=())
    store.ledger.queue(record.key, now=NOW)


def test_nothing_is_asked_where_there_is_nothing_to_choose(stage: Stage) -> None:
    assert offered(stage, "/subscribe/weekly") == {}
    assert offered(stage, preferences(stage)) == {}
    assert "How often" not in stage.get("/subscribe/weekly").body


def test_a_form_offers_what_the_schedules_make(stage: Stage) -> None:
    schedules = scheduled(database_of(stage), MONTHLY)
    assert offered(stage, "/subscribe/weekly") == {"each": True, "monthly": False}
    assert offered(stage, "/subscribe/lettre") == {}
    schedules.remove("weekly-monthly", now=NOW)
    assert offered(stage, "/subscribe/weekly") == {}


def test_a_stranger_subscribes_at_a_frequency_and_the_letter_says_so(stage: Stage) -> None:
    scheduled(database_of(stage), WEEKLY, MONTHLY)
    stage.send("/subscribe/weekly", address=ANA, frequency="monthly")
    (path,) = stage.post.paths()
    assert b"the mail, once a month" in stage.post.letters[-1].data
    stage.send(path, button="1")
    standing = stage.standing()
    assert standing is not None
    assert (standing.frequency, standing.wants) == (MONTHLY, None)


@pytest.mark.parametrize("wish", ["monthly", "daily", ""])
def test_what_is_not_offered_is_not_had(stage: Stage, wish: str) -> None:
    scheduled(database_of(stage), WEEKLY)
    stage.send("/subscribe/weekly", address=ANA, frequency=wish)
    stage.send(stage.post.paths()[0], button="1")
    path = preferences(stage)
    assert stage.send(path, frequency=wish).status == 200
    standing = stage.standing()
    assert standing is not None
    assert (standing.frequency, standing.wants) == (Frequency.EACH, None)


def test_a_choice_is_in_force_at_once_where_nothing_was_mailed(stage: Stage) -> None:
    scheduled(database_of(stage), MONTHLY)
    path = preferences(stage)
    got = stage.send(path, frequency="monthly")
    assert "nothing changes" not in got.body
    assert offered(stage, path) == {"each": False, "monthly": True}
    standing = stage.standing()
    assert standing is not None
    assert (standing.frequency, standing.wants) == (MONTHLY, None)


@pytest.mark.parametrize("slug_of_words", ["comes twice"])
def test_a_choice_that_has_to_wait_says_so(stage: Stage, slug_of_words: str) -> None:
    scheduled(database_of(stage), MONTHLY)
    path = preferences(stage)
    mailed(stage)
    got = stage.send(path, frequency="monthly")
    assert slug_of_words in got.body
    assert offered(stage, path) == {"each": False, "monthly": True}
    standing = stage.standing()
    assert standing is not None
    assert (standing.frequency, standing.wants) == (Frequency.EACH, MONTHLY)
    assert "nothing changes" not in stage.send(path, frequency="each").body
    assert stage.hows()[-1].startswith("frequency (each), page /preferences")


def test_what_one_has_stays_to_be_chosen_when_its_schedule_is_gone(stage: Stage) -> None:
    schedules = scheduled(database_of(stage), MONTHLY)
    path = preferences(stage)
    stage.send(path, frequency="monthly")
    schedules.remove("weekly-monthly", now=NOW)
    assert offered(stage, path) == {"each": False, "monthly": True}
    assert stage.send(path, frequency="monthly").status == 200
