from builders import an_article
from hypothesis import given
from hypothesis import strategies as st
from mailbench import essay_of

from briefpub.domain.audience import DigestBody
from briefpub.domain.document import CodeBlock
from briefpub.render.overflow import Kind, fewest, steps_of, trimmed


def test_sections_go_from_the_longest_essay_and_of_two_as_long_from_the_later():
    essays = [essay_of("a", 500, 2), essay_of("b", 500, 2), essay_of("c", 5000, 2)]
    steps = [step for step in steps_of(essays, DigestBody.FULL) if step.kind is Kind.SECTION]

    assert [step.article for step in steps[:4]] == [2, 2, 1, 0]
    assert len(steps) == 6


def test_leads_captions_lists_and_whole_essays_follow():
    essays = [essay_of("a", 100, 1), essay_of("b", 900, 1)]
    kinds = [(step.kind, step.article) for step in steps_of(essays, DigestBody.LEAD)]

    assert kinds == [
        (Kind.LEAD, 1),
        (Kind.LEAD, 0),
        (Kind.CAPTIONS, -1),
        (Kind.LISTS, -1),
        (Kind.ARTICLE, -1),
        (Kind.ARTICLE, -1),
    ]


def test_code_counts_too():
    listing = an_article("code", lead=(CodeBlock(text="x" * 999),))
    steps = steps_of([essay_of("a", 60, 1), listing], DigestBody.LEAD)

    assert steps[0].article == 1


def test_what_is_left_is_told_after_any_number_of_steps():
    essays = [essay_of("a", 300, 2), essay_of("b", 200, 1)]
    steps = steps_of(essays, DigestBody.FULL)
    whole, bare = trimmed(essays, DigestBody.FULL, ()), trimmed(essays, DigestBody.FULL, steps)

    assert (whole.sections, whole.leads, whole.captions, whole.lists, whole.articles) == (
        (2, 1),
        (True, True),
        True,
        True,
        2,
    )
    assert (bare.sections, bare.leads, bare.captions, bare.lists, bare.articles) == (
        (0, 0),
        (False, False),
        False,
        False,
        0,
    )


@given(needed=st.integers(0, 200), more=st.integers(0, 50))
def test_the_fewest_steps_are_found(needed, more):
    assert fewest(needed + more, lambda count: count >= needed) == needed


def test_all_steps_are_taken_where_none_is_enough():
    assert fewest(9, lambda _: False) == 9
    assert fewest(0, lambda _: False) == 0
