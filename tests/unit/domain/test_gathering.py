"""What a gathering holds, and when one may go from one frequency to another."""

import datetime as dt
from collections.abc import Sequence

import pytest
from builders import NOW

from briefpub.domain.audience import Frequency
from briefpub.domain.gathering import (
    Course,
    Move,
    Queued,
    at_once,
    gathered,
    missed,
    moves_after,
    moves_before,
)
from briefpub.domain.issue import IssueRecord, IssueState

DAY = dt.timedelta(days=1)
EACH, WEEKLY, MONTHLY = Frequency


def record(
    number: int, *articles: str, frequency: Frequency = EACH, through: int | None = None
) -> IssueRecord:
    return IssueRecord(
        list="weekly",
        number=number,
        date=NOW.date() + number * DAY,
        title="",
        state=IssueState.PUBLISHED,
        articles=articles,
        frequency=frequency,
        through=through,
    )


def course(*steps: int | tuple[Frequency, int], waiting: Sequence[tuple[Frequency, int]] = ()) -> Course:
    """Give a course: a number is a single issue, a pair a gathering and the issue it goes through."""
    queued, counts = [], dict.fromkeys(Frequency, 0)

    def gathering(frequency: Frequency, through: int, mailing: int) -> Queued:
        counts[frequency] += 1
        return Queued(frequency=frequency, number=counts[frequency], through=through, mailing=mailing)

    for mailing, step in enumerate(steps, start=1):
        if isinstance(step, int):
            at = NOW + step * DAY
            queued.append(Queued(frequency=EACH, number=step, mailing=mailing, at=at))
        else:
            queued.append(gathering(*step, mailing))
    return Course(queued=tuple(queued), waiting=tuple(gathering(*each, 0) for each in waiting))


RECORDS = [record(1, "a", "b"), record(2, "c"), record(3, "d", "e"), record(4, "f")]


def test_gathers_what_was_mailed_since_the_last_gathering() -> None:
    before = record(1, "a", "b", frequency=MONTHLY, through=1)
    made = gathered([*RECORDS, before], MONTHLY, course=course(1, (MONTHLY, 1), 2, 3), since=NOW)
    assert made is not None
    assert (made.articles, made.through, made.again) == (("c", "d", "e"), 3, False)
    assert (made.first, made.last) == (RECORDS[1].date, RECORDS[2].date)


def test_what_waits_to_be_mailed_is_not_gathered_twice() -> None:
    before = record(1, "a", "b", "c", frequency=MONTHLY, through=2)
    made = gathered([*RECORDS, before], MONTHLY, course=course(1, 2, 3, waiting=[(MONTHLY, 2)]), since=NOW)
    assert made is not None
    assert made.articles == ("d", "e")


def test_the_other_frequency_is_another_matter() -> None:
    before = record(1, "a", "b", "c", frequency=WEEKLY, through=2)
    made = gathered([*RECORDS, before], MONTHLY, course=course(1, 2, (WEEKLY, 2), 3), since=NOW)
    assert made is not None
    assert made.articles == ("a", "b", "c", "d", "e")


def test_nothing_new_makes_no_gathering() -> None:
    assert gathered([], WEEKLY, course=Course(), since=NOW) is None
    before = record(1, "a", "b", frequency=WEEKLY, through=1)
    assert gathered([*RECORDS, before], WEEKLY, course=course(1, (WEEKLY, 1)), since=NOW) is None


def test_issues_gather_in_the_order_in_which_they_were_queued() -> None:
    # Issue 1 was held, and went out after issue 3: the gathering that ended with 3 did not have it.
    first = gathered(RECORDS, WEEKLY, course=course(2, 3), since=NOW)
    assert first is not None
    assert (first.articles, first.through) == (("c", "d", "e"), 3)
    before = record(1, *first.articles, frequency=WEEKLY, through=first.through)
    then = gathered([*RECORDS, before], WEEKLY, course=course(2, 3, (WEEKLY, 3), 1), since=NOW)
    assert then is not None
    assert (then.articles, then.through) == (("a", "b"), 1)
    # …and the course goes on from there, though its number is the smallest.
    both = [*RECORDS, before, record(2, "a", "b", frequency=WEEKLY, through=1)]
    last = gathered(both, WEEKLY, course=course(2, 3, (WEEKLY, 3), 1, (WEEKLY, 1), 4), since=NOW)
    assert last is not None
    assert last.articles == ("f",)


def test_the_first_one_begins_with_its_schedule_or_its_first_taker() -> None:
    since = NOW + 2.5 * DAY
    made = gathered(RECORDS, MONTHLY, course=course(1, 2, 3, 4), since=since)
    assert made is not None
    assert made.articles == ("d", "e", "f")
    early = Course(queued=course(1, 2, 3, 4).queued, takers={MONTHLY: NOW + 1.5 * DAY, WEEKLY: NOW})
    made = gathered(RECORDS, MONTHLY, course=early, since=since)
    assert made is not None
    assert made.articles == ("c", "d", "e", "f")
    assert gathered(RECORDS, MONTHLY, course=course(1, 2), since=since) is None


def test_a_cancelled_issue_is_passed_over() -> None:
    queued = [*course(1, 2, 3).queued]
    queued[2] = Queued(frequency=EACH, number=3, mailing=3, at=NOW, cancelled=True)
    made = gathered(RECORDS, WEEKLY, course=Course(queued=tuple(queued)), since=NOW)
    assert made is not None
    assert (made.articles, made.through) == (("a", "b", "c"), 3)


def test_an_article_that_was_asked_for_again_is_gathered_again_and_once() -> None:
    records = [*RECORDS, record(5, "a", "f"), record(1, "a", "b", frequency=WEEKLY, through=1)]
    made = gathered(records, WEEKLY, course=course(1, (WEEKLY, 1), 4, 5), since=NOW)
    assert made is not None
    assert (made.articles, made.again) == (("f", "a"), True)


def test_two_frequencies_stand_where_their_issues_end() -> None:
    there = course(1, 2, (WEEKLY, 2), 3, (MONTHLY, 2), waiting=[(WEEKLY, 3)])
    assert [there.stand(each) for each in Frequency] == [3, 2, 2]
    assert [there.ahead(each) for each in Frequency] == [3, 3, 2]
    assert there.places == {1: 1, 2: 2, 3: 2, 4: 3, 5: 2}


def test_before_a_single_issue_one_may_go_to_a_gathering_of_all_there_is() -> None:
    assert list(moves_before(Course())) == []
    assert list(moves_before(course(1, 2, (WEEKLY, 1), (MONTHLY, 2)))) == [
        Move(leaves=EACH, wants=MONTHLY, takes=MONTHLY, upto=0)
    ]
    # Composed of all there is, and not yet mailed.
    assert list(moves_before(course(1, 2, waiting=[(WEEKLY, 2)]))) == [
        Move(leaves=EACH, wants=WEEKLY, takes=WEEKLY, upto=0)
    ]


def test_after_a_gathering_all_who_stand_level_may_go() -> None:
    assert list(moves_after(course(1, 2, (WEEKLY, 2), (MONTHLY, 2)), MONTHLY)) == [
        Move(leaves=MONTHLY, wants=EACH, takes=EACH, upto=2),
        Move(leaves=EACH, wants=MONTHLY, takes=MONTHLY, upto=2),
        Move(leaves=MONTHLY, wants=WEEKLY, takes=WEEKLY, upto=2),
        Move(leaves=WEEKLY, wants=MONTHLY, takes=MONTHLY, upto=2),
    ]


def test_who_leaves_a_gathering_gets_what_went_out_since_it_was_composed() -> None:
    assert list(moves_after(course(1, 2, 3, (MONTHLY, 2)), MONTHLY)) == [
        Move(leaves=MONTHLY, wants=EACH, takes=EACH, upto=3),
        Move(leaves=MONTHLY, wants=WEEKLY, takes=EACH, upto=3),
        Move(leaves=WEEKLY, wants=MONTHLY, takes=MONTHLY, upto=2),
    ]


def test_a_rarer_gathering_that_is_behind_is_waited_for() -> None:
    assert list(moves_after(course(1, (MONTHLY, 1), 2, (WEEKLY, 2)), WEEKLY)) == [
        Move(leaves=WEEKLY, wants=EACH, takes=EACH, upto=2),
        Move(leaves=EACH, wants=WEEKLY, takes=WEEKLY, upto=2),
    ]


def test_nobody_leaves_a_gathering_that_still_waits_behind_a_later_one() -> None:
    queued = Queued(frequency=WEEKLY, number=2, through=2, mailing=3)
    there = Course(
        queued=(*course(1, 2).queued, queued), waiting=(Queued(frequency=WEEKLY, number=1, through=1),)
    )
    assert [move.leaves for move in moves_after(there, WEEKLY)] == [EACH]


@pytest.mark.parametrize(
    ("to", "had", "since", "safe"),
    [
        (MONTHLY, 0, 9, True),  # joined after all of it: the next gathering brings what came since the last
        (MONTHLY, 1, 0, False),  # would miss issue 2
        (MONTHLY, 2, 0, True),
        (MONTHLY, 3, 0, False),  # issue 3 would come again
        (MONTHLY, 0, 0, False),  # both issues that were gathered would be missed
        (EACH, 4, 0, True),
        (EACH, 2, 0, False),
        (EACH, 2, 9, True),  # came back after all of it
        (WEEKLY, 0, 0, True),  # no weekly one was ever made
        (WEEKLY, 1, 9, False),
    ],
)
def test_one_may_change_at_once_where_nothing_comes_twice_or_never(
    to: Frequency, had: int, since: int, safe: bool
) -> None:
    there = course(1, 2, (MONTHLY, 2), 3, 4)
    assert at_once(there, to, leaves=None, had=had, since=NOW + since * DAY) is safe


def test_a_first_gathering_that_waits_begins_with_nobody_any_more() -> None:
    there = course(1, 2, waiting=[(MONTHLY, 2)])
    assert at_once(course(1, 2), MONTHLY, leaves=WEEKLY, had=0, since=NOW)
    assert not at_once(there, MONTHLY, leaves=WEEKLY, had=0, since=NOW)
    assert at_once(there, MONTHLY, leaves=None, had=0, since=NOW + 9 * DAY)


def test_nobody_leaves_at_once_what_still_waits_behind_a_later_one() -> None:
    late = Queued(frequency=WEEKLY, number=2, through=2, mailing=3)
    waits = (Queued(frequency=WEEKLY, number=1, through=1),)
    there = Course(queued=(*course(1, 2).queued, late), waiting=waits)
    assert at_once(there, EACH, leaves=None, had=2, since=NOW)
    assert not at_once(there, EACH, leaves=WEEKLY, had=2, since=NOW)


def test_what_was_missed_is_what_was_queued_since_one_joined() -> None:
    there = course(1, 2, 3)
    assert [one.number for one in missed(there, had=0, since=NOW + 2 * DAY, upto=3)] == [2, 3]
    assert [one.number for one in missed(there, had=2, since=NOW, upto=2)] == []
