"""SPF: records are read as RFC 7208 has it, followed through what they include, and their lookups counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.check.answers import Answer, Answers, Kind, Question
from briefpub.check.spf import Spf, allows, spf_of, terms_of, with_mechanisms


def told(zone: dict[str, str | list[str]], **more: Answer) -> Answers:
    """Give answers where every name without a record has none."""

    class World(dict[Question, Answer | None]):
        def __contains__(self, _: object) -> bool:
            return True

        def __missing__(self, _: Question) -> Answer:
            return ()

    known = World()
    for name, texts in zone.items():
        host, _, kind = name.partition(" ")
        values = (texts,) if isinstance(texts, str) else tuple(texts)
        known[Question(kind=Kind[kind or "TXT"], name=host)] = values
    return Answers(known=known)


def read(zone: dict[str, str | list[str]]) -> Spf:
    found = spf_of("a.example", told(zone))
    assert found is not None
    return found


def test_only_a_record_that_says_its_version_counts() -> None:
    assert read({"a.example": ["v=spf10 -all", "google-site=1", "V=SPF1 -all"]}).record == "V=SPF1 -all"
    assert read({"a.example": "v=spf1"}).count == 1
    assert read({}).count == 0
    assert read({"a.example": ["v=spf1 -all", "v=spf1 ~all"]}).count == 2


@pytest.mark.parametrize(
    "term",
    [
        "all",
        "+all",
        "include:_spf.b.example",
        "INCLUDE:b.example.",
        "a",
        "a/24",
        "a//64",
        "a:b.example/24//64",
        "mx",
        "-mx:b.example",
        "ptr",
        "ptr:b.example",
        "ip4:192.0.2.1",
        "ip4:192.0.2.0/24",
        "?ip6:2001:db8::/32",
        "exists:%{ir}.%{l1r+-}._spf.%{d}",
        "redirect=b.example",
        "exp=explain._spf.%{d}",
        "unknown=whatever",
    ],
)
def test_every_term_of_the_standard_is_read(term: str) -> None:
    terms, wrong = terms_of(f"v=spf1 {term}", domain="a.example")
    assert wrong == ()
    assert [each.written for each in terms] == [term]


@pytest.mark.parametrize(
    "term",
    [
        "ip:192.0.2.1",
        "ipv4:192.0.2.1",
        "ip4:192.0.2.300",
        "ip4:192.0.2.0/33",
        "ip4:",
        "ip6:192.0.2.1",
        "include",
        "include:",
        "include:b",
        "include:b..example",
        "a:b example",
        "a/33",
        "mx//129",
        "all:b.example",
        "exists:%{z}.example",
        "redirect=",
        "inlcude:b.example",
        "192.0.2.1",
    ],
)
def test_what_is_no_term_is_told(term: str) -> None:
    _, wrong = terms_of(f"v=spf1 {term} -all", domain="a.example")
    assert len(wrong) == 1 + term.count(" ")
    assert term.split(maxsplit=1)[0] in wrong[0]


def test_a_modifier_stands_once() -> None:
    _, wrong = terms_of("v=spf1 redirect=b.example redirect=c.example", domain="a.example")
    assert wrong == ("redirect= stands there twice",)


def test_lookups_are_counted_through_everything_included() -> None:
    found = read(
        {
            "a.example": "v=spf1 ip4:192.0.2.1 a mx include:b.example exists:%{i}.c.example ~all",
            "b.example": "v=spf1 include:d.example include:e.example -all",
            "d.example": "v=spf1 ip4:192.0.2.0/24 -all",
            "e.example": "v=spf1 ptr ip6:2001:db8::/32 ?all",
        }
    )
    assert found.lookups == 7
    assert found.domains == ("a.example", "b.example", "d.example", "e.example")
    assert found.ends == "~"
    assert found.empty == ()


def test_a_record_that_includes_itself_ends_after_ten() -> None:
    found = read({"a.example": "v=spf1 include:a.example include:a.example -all"})
    assert found.lookups > 10


def test_an_include_without_a_record_is_told() -> None:
    found = read({"a.example": "v=spf1 include:b.example include:c.example -all", "c.example": "v=spf1"})
    assert found.empty == ("b.example",)


def test_a_redirect_decides_about_the_others_unless_all_does() -> None:
    zone: dict[str, str | list[str]] = {"b.example": "v=spf1 ip4:192.0.2.1 -all"}
    assert read({"a.example": "v=spf1 redirect=b.example", **zone}).ends == "-"
    found = read({"a.example": "v=spf1 redirect=b.example ?all", **zone})
    assert (found.ends, found.lookups, found.whole) == ("?", 0, True)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.9", True),
        ("198.51.100.1", True),
        ("198.51.100.2", False),
        ("203.0.113.7", True),
        ("203.0.114.7", False),
        ("2001:db8::25", True),
        ("2001:db9::25", False),
        ("100.64.0.1", False),
    ],
)
def test_who_may_send(address: str, allowed: bool) -> None:
    answers = told(
        {
            "a.example": "v=spf1 ip4:192.0.2.0/24 a include:b.example -ip4:100.64.0.1 ~all",
            "a.example ADDRESS": ["198.51.100.1", "2001:db8:1::1"],
            "b.example": "v=spf1 mx/24//32 -all",
            "b.example MX": "mx.b.example",
            "mx.b.example ADDRESS": ["203.0.113.1", "2001:db8::1"],
        }
    )
    found = spf_of("a.example", answers)
    assert found
    assert allows(found, address, answers) is allowed


def test_a_macro_can_only_be_answered_by_a_receiver() -> None:
    answers = told({"a.example": "v=spf1 exists:%{i}.b.example -all"})
    found = spf_of("a.example", answers)
    assert found
    assert allows(found, "192.0.2.1", answers) is None


def test_nothing_is_judged_before_it_is_known_and_everything_needed_is_asked_for() -> None:
    answers = Answers(known={})
    assert spf_of("a.example", answers) is None
    asked = Question(kind=Kind.TXT, name="a.example")
    assert [*answers.wanted] == [asked]
    answers = Answers(known={asked: ("v=spf1 redirect=B.example.",)})
    found = spf_of("a.example", answers)
    assert found
    assert not found.whole
    assert [*answers.wanted] == [Question(kind=Kind.TXT, name="b.example")]


@pytest.mark.parametrize(
    ("record", "whole"),
    [
        ("v=spf1", "v=spf1 include:b.example ~all"),
        ("v=spf1 mx -all", "v=spf1 mx include:b.example -all"),
        ("v=spf1 redirect=c.example", "v=spf1 include:b.example redirect=c.example"),
        ("v=spf1 Include:B.example ?all", "v=spf1 Include:B.example ?all"),
    ],
)
def test_a_mechanism_is_put_before_what_holds_for_all_others(record: str, whole: str) -> None:
    assert with_mechanisms(record, ("include:b.example",)) == whole


@given(record=st.text(st.sampled_from("aipx4:6/.=%{}~-+? redctlnumos1v"), max_size=60))
def test_no_record_is_too_odd_to_be_read(record: str) -> None:
    answers = told({"a.example": f"v=spf1 {record}"})
    found = spf_of("a.example", answers)
    assert found
    allows(found, "192.0.2.1", answers)
    allows(found, "2001:db8::1", answers)
