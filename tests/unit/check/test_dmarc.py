"""DMARC: the walk up the tree, the organisation it ends at, and what a record may say (RFC 9989)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.check.answers import Answers, Kind, Question
from briefpub.check.dmarc import aligned, names_of, policy_of, walked


def told(zone: dict[str, str | tuple[str, ...]], *names: str) -> Answers:
    """Give answers to whatever a walk from these names asks; what the zone does not hold is not there."""
    asked = {f"_dmarc.{each}" for name in (*names, *zone) for each in names_of(name.lower())}
    return Answers(
        known={
            Question(kind=Kind.TXT, name=name): (texts,) if isinstance(texts, str) else texts
            for name in asked
            for texts in [zone.get(name.removeprefix("_dmarc."), ())]
        }
    )


def test_a_walk_looks_at_every_name_up_to_the_last_label() -> None:
    assert names_of("letters.quarterly.example") == (
        "letters.quarterly.example",
        "quarterly.example",
        "example",
    )
    assert names_of("example") == ("example",)


def test_a_walk_of_a_long_name_takes_eight_questions() -> None:
    names = names_of("a.b.c.d.e.f.g.h.i.j.mail.example.com")
    assert names[:3] == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
    )
    assert names[-1] == "com"
    assert len(names) == 8
    assert len(names_of("a.b.c.d.e.f.g.h")) == 8


@given(st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), min_size=1, max_size=40))
def test_a_walk_never_asks_more_than_eight_questions(labels: list[str]) -> None:
    names = names_of(".".join(labels))
    assert 1 <= len(names) <= 8
    assert all(names[0].endswith(name) for name in names)
    assert names[-1] == labels[-1]


@pytest.mark.parametrize(
    ("zone", "organisation", "policy"),
    [
        ({}, "a.b.example.org", None),
        ({"example.org": "v=DMARC1; p=none"}, "example.org", "example.org"),
        ({"a.b.example.org": "v=DMARC1; p=none"}, "a.b.example.org", "a.b.example.org"),
        (
            {"b.example.org": "v=DMARC1; p=reject", "example.org": "v=DMARC1; p=none"},
            "example.org",
            "example.org",
        ),
        (
            {"b.example.org": "v=DMARC1; p=reject; psd=n", "example.org": "v=DMARC1; p=none"},
            "b.example.org",
            "b.example.org",
        ),
        ({"org": "v=DMARC1; p=reject; psd=y"}, "example.org", "org"),
        (
            {"example.org": "v=DMARC1; p=none", "org": "v=DMARC1; p=reject; psd=y"},
            "example.org",
            "example.org",
        ),
        ({"a.b.example.org": "v=DMARC1; psd=y"}, "a.b.example.org", "a.b.example.org"),
        ({"b.example.org": ("v=DMARC1; p=none", "v=DMARC1; p=reject")}, "a.b.example.org", None),
        ({"b.example.org": ("v=DMARC1; p=none", "verification=1")}, "b.example.org", "b.example.org"),
    ],
)
def test_the_organisation_and_the_policy_that_holds(
    zone: dict[str, str | tuple[str, ...]], organisation: str, policy: str | None
) -> None:
    walk = walked("a.b.example.org", told(zone, "a.b.example.org"))
    assert walk.ended
    assert walk.organisation == organisation
    assert (walk.policy.domain if walk.policy else None) == policy


def test_a_walk_stops_where_dns_has_not_answered() -> None:
    answers = Answers(known={Question(kind=Kind.TXT, name="_dmarc.b.example"): ()})
    walk = walked("B.example", answers)
    assert not walk.ended
    assert [*answers.wanted] == [Question(kind=Kind.TXT, name="_dmarc.example")]


def test_a_subdomain_follows_sp_and_the_domain_itself_p() -> None:
    policy = policy_of(
        "example.org", "v=DMARC1; p=reject; sp=quarantine; adkim=S; rua=mailto:d@example.org!10m"
    )
    assert policy.wrong == ()
    assert policy.asked("example.org") == "reject"
    assert policy.asked("letters.example.org") == "quarantine"
    assert policy.strict("adkim")
    assert not policy.strict("aspf")
    assert policy.reports == ("d@example.org",)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("v=DMARC1; rua=mailto:d@example.org", "p is missing"),
        ("v=DMARC1; p=monitor", "p=monitor is none of"),
        ("v=DMARC1; p=none; sp=no", "sp=no"),
        ("v=DMARC1; p=none; np=off", "np=off"),
        ("v=DMARC1; p=none; psd=maybe", "psd=maybe"),
        ("v=DMARC1; p=none; t=s", "t=s"),
        ("v=DMARC1; p=none; adkim=relaxed", "adkim=relaxed"),
        ("v=DMARC1; p=none; rua=d@example.org", "rua: 'd@example.org' is not written mailto:"),
        ("v=DMARC1; p=none; fo=2", "fo=2"),
        ("v=DMARC1; p=none p=reject", "is none of"),
        ("v=DMARC1; p=none; p=reject", "stands there twice"),
        ("v=DMARC1; p=none; quarantine", "not written tag=value"),
    ],
)
def test_what_a_record_may_not_say(record: str, told: str) -> None:
    policy = policy_of("example.org", record)
    assert any(told in each for each in policy.wrong), policy.wrong


def test_tags_that_are_gone_and_tags_nobody_knows_are_no_fault() -> None:
    policy = policy_of("example.org", "v=DMARC1;p=quarantine;pct=50;ri=3600;x=1;np=reject;psd=u;t=n;fo=1:d;")
    assert policy.wrong == ()
    assert policy.gone == ("pct", "ri")


@pytest.mark.parametrize(
    ("one", "other", "strict", "together"),
    [
        ("example.org", "Example.org", True, True),
        ("bounce.example.org", "example.org", False, True),
        ("bounce.example.org", "letters.example.org", False, True),
        ("bounce.example.org", "example.org", True, False),
        ("example.net", "example.org", False, False),
        ("shop.example.org", "example.org", False, False),
    ],
)
def test_domains_of_one_organisation_belong_together(
    one: str, other: str, strict: bool, together: bool
) -> None:
    zone: dict[str, str | tuple[str, ...]] = {
        "example.org": "v=DMARC1; p=none",
        "shop.example.org": "v=DMARC1; p=none; psd=n",
    }
    assert aligned(one, other, strict=strict, answers=told(zone, one, other)) is together


def test_whether_they_belong_together_is_open_while_dns_is_silent() -> None:
    assert aligned("a.example.org", "example.org", strict=False, answers=Answers(known={})) is None


@given(record=st.text(max_size=80))
def test_no_record_is_too_odd_to_be_read(record: str) -> None:
    policy = policy_of("example.org", f"v=DMARC1;{record}")
    policy.asked("example.org")
    assert all(isinstance(each, str) for each in (*policy.wrong, *policy.gone, *policy.reports))
