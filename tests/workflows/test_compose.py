import datetime as dt

import pytest
from builders import IMPRINT, NOW, a_list, an_article
from fakes import FakeAudience, FakeBooks, FakeIssues
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.article import Status
from briefpub.domain.errors import ConfigError, Conflict
from briefpub.workflows.compose import Compose, choose, day_of, issue_of


def test_chooses_ready_articles_that_were_in_no_issue() -> None:
    articles = [an_article("a"), an_article("b", status=Status.DRAFT), an_article("c")]
    assert [article.id for article in choose(articles, frozenset({"c"}))] == ["a"]


def test_newest_first_undated_last_then_by_id() -> None:
    articles = [
        an_article("undated-b"),
        an_article("old", date=dt.date(2025, 1, 1)),
        an_article("undated-a"),
        an_article("new-b", date=dt.date(2026, 1, 1)),
        an_article("new-a", date=dt.date(2026, 1, 1)),
    ]
    assert [article.id for article in choose(articles, frozenset())] == [
        "new-a",
        "new-b",
        "old",
        "undated-a",
        "undated-b",
    ]


@given(st.permutations([an_article(id, date=dt.date(2026, 1, 1)) for id in "abcd"]))
def test_the_order_of_the_folder_does_not_matter(articles: list[object]) -> None:
    assert [article.id for article in choose(articles, frozenset())] == ["a", "b", "c", "d"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("UTC", 22), ("Asia/Tokyo", 23), ("America/Los_Angeles", 22), ("Pacific/Kiritimati", 23)],
)
def test_the_day_is_the_list_s_own(timezone: str, day: int) -> None:
    evening = dt.datetime(2026, 11, 22, 21, 0, tzinfo=dt.UTC)
    assert day_of(a_list(timezone=timezone), evening) == dt.date(2026, 11, day)


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "", "../etc/passwd", "\0"])
def test_a_time_zone_that_is_none_is_told(timezone: str) -> None:
    with pytest.raises(ConfigError, match="time zone"):
        day_of(a_list(timezone=timezone), NOW)


def compose() -> Compose:
    books = FakeBooks()
    FakeAudience(books).declare(a_list())
    return Compose(issues=FakeIssues(books))


def test_composes_the_next_issue_and_then_nothing() -> None:
    composer = compose()
    articles = [an_article("a"), an_article("b", date=dt.date(2026, 1, 1))]
    plan = composer.plan(a_list(), articles, now=NOW)
    assert composer.issues.of() == ()
    record = composer(a_list(), articles, now=NOW)
    assert record == plan
    assert record is not None
    assert (record.key, record.articles, record.date) == ("weekly/001", ("b", "a"), dt.date(2026, 11, 22))
    assert composer(a_list(), articles, now=NOW) is None
    second = composer(a_list(), [*articles, an_article("c")], now=NOW, title="Own words")
    assert second is not None
    assert (second.key, second.articles, second.title) == ("weekly/002", ("c",), "Own words")


def test_two_plans_of_one_number_are_told() -> None:
    composer = compose()
    plan = composer.plan(a_list(), [an_article("a")], now=NOW)
    composer(a_list(), [an_article("b")], now=NOW)
    assert plan is not None
    with pytest.raises(Conflict, match="meanwhile"):
        composer.record(plan)


def test_an_issue_has_its_articles_in_the_record_s_order() -> None:
    record = compose()(a_list(), [an_article("a"), an_article("b", date=dt.date(2026, 1, 1))], now=NOW)
    assert record is not None
    articles = [an_article("a"), an_article("b"), an_article("new")]
    issue = issue_of(record, list=a_list(), imprint=IMPRINT, articles=articles)
    assert [article.id for article in issue.articles] == ["b", "a"]
    assert issue.key == record.key
    with pytest.raises(Conflict, match="no longer there: a") as caught:
        issue_of(record, list=a_list(), imprint=IMPRINT, articles=articles[1:])
    assert caught.value.hint
