import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.content.frontmatter import Front, read
from briefpub.domain.errors import ContentError


def front(yaml: str, fence: str = "---") -> Front:
    return read(f"{fence}\n{yaml}\n{fence}\nBody.\n", path="x.md").front


def refused(text: str) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read(text, path="x.md")
    assert caught.value.hint
    return caught.value


FULL_YAML = """---
title: "L'heure : une enquête"
date: 2026-10-16
lang: fr
authors: [Agathe Rémondin, Basile Orhant]
standfirst: >
  Deux
  lignes.
photo:
  file: picture.jpg
  alt: Une horloge
  caption: L'*horloge*
  credit: La rédaction
tags: [temps, villes]
related:
  - le-levain
  - https://example.org/a
  - title: Un relevé
    address: https://example.org/b
    group: Ailleurs
    photo:
      alt: Un cadran
status: draft
canonical_url: https://example.org/heure
slug: heure
typography: false
kept: {a: [1, x]}
order: 4
---

Body."""
FULL_TOML = """+++
title = "L'heure : une enquête"
date = 2026-10-16
lang = "fr"
authors = ["Agathe Rémondin", "Basile Orhant"]
standfirst = "Deux lignes."
tags = ["temps", "villes"]
related = ["le-levain", "https://example.org/a", { title = "Un relevé", address = "https://example.org/b", group = "Ailleurs", photo = { alt = "Un cadran" } }]
status = "draft"
canonical_url = "https://example.org/heure"
slug = "heure"
typography = false
kept = { a = [1, "x"] }
order = 4

[photo]
file = "picture.jpg"
alt = "Une horloge"
caption = "L'*horloge*"
credit = "La rédaction"
+++

Body."""


@pytest.mark.parametrize("text", [FULL_YAML, FULL_TOML], ids=["yaml", "toml"])
def test_every_key(text: str) -> None:
    matter = read(text, path="x.md")
    it = matter.front
    assert it.title == "L'heure : une enquête"
    assert it.date == dt.date(2026, 10, 16)
    assert (it.lang, it.authors) == ("fr", ("Agathe Rémondin", "Basile Orhant"))
    assert it.standfirst == "Deux lignes."
    assert it.photo
    assert (it.photo.file, it.photo.alt, it.photo.caption, it.photo.credit) == (
        "picture.jpg",
        "Une horloge",
        "L'*horloge*",
        "La rédaction",
    )
    assert it.tags == ("temps", "villes")
    assert [(r.title, r.article, r.address, r.photo_alt, r.group) for r in it.related] == [
        ("", "le-levain", "", "", ""),
        ("", "", "https://example.org/a", "", ""),
        ("Un relevé", "", "https://example.org/b", "Un cadran", "Ailleurs"),
    ]
    assert it.is_draft
    assert (it.canonical_url, it.slug, it.typography) == ("https://example.org/heure", "heure", False)
    assert dict(it.extra) in (
        {"kept": '{"a": ["1", "x"]}', "order": "4"},
        {"kept": '{"a": [1, "x"]}', "order": "4"},
    )
    assert matter.body == "\nBody."
    assert text.split("\n")[matter.body_line - 1 :] == ["", "Body."]
    assert matter.findings == ()


def test_no_front_matter_and_rules_that_are_none() -> None:
    for text in ("Just words.\n", "---\n\nwords\n\n---\n\nmore", "---\nwords and no end", ""):
        matter = read(text, path="x.md")
        assert (matter.body, matter.body_line, matter.front.title) == (text, 1, "")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-02", (2026, 11, 2)),
        ("2026-11-02T23:30:00-05:00", (2026, 11, 2)),
        ("2026-11-02 00:30:00 +0200", (2026, 11, 2)),
        ("2001-12-14 21:59:43.10 -5", (2001, 12, 14)),
        ("2026-11-02t10:00", (2026, 11, 2)),
        ("2026/11/2", (2026, 11, 2)),
        ('"2026-11-02"', (2026, 11, 2)),
        ('""', None),
        ("", None),
    ],
)
def test_dates_stay_the_day_that_was_written(written: str, day: tuple[int, int, int] | None) -> None:
    assert front(f"date: {written}").date == (dt.date(*day) if day else None)


@pytest.mark.parametrize("written", ["2026-02-30", "tomorrow", "12/11/2026", "2026-13-01", "[1]"])
def test_a_date_that_is_none_is_an_error_with_its_line(written: str) -> None:
    error = refused(f"---\ntitle: x\ndate: {written}\n---\n")
    assert (error.line, error.path) == (3, "x.md")


def test_words_are_never_guessed_into_something_else() -> None:
    it = front(
        "title: no\nlang: no\nauthor: 1e3\ntags: [yes, 007, 2026-01-01, ~]\nversion: 1.10\nnothing: null\non: true"
    )
    assert (it.title, it.lang, it.authors) == ("no", "no", ("1e3",))
    assert it.tags == ("yes", "007", "2026-01-01", "")
    assert dict(it.extra) == {"version": "1.10", "nothing": "", "on": "true"}


@pytest.mark.parametrize(
    ("yaml", "draft"),
    [
        ("", False),
        ("draft: true", True),
        ("draft: false", False),
        ("published: false", True),
        ("published: true", False),
        ("status: ready", False),
        ("status: draft", True),
        ("status: ready\ndraft: true", False),
        ('draft: "true"', True),
    ],
)
def test_drafts(yaml: str, draft: bool) -> None:
    assert front(yaml).is_draft is draft


@pytest.mark.parametrize(
    ("written", "tag"), [("en_us", "en-US"), ("ZH-hans", "zh-Hans"), ("pt-BR", "pt-BR"), ("fr", "fr")]
)
def test_language_tags_get_their_usual_case(written: str, tag: str) -> None:
    assert front(f"lang: {written}").lang == tag


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: a\ntitle: b\n---\n", 3),
        ("---\na: &x [1]\nb: *x\n---\n", 3),
        ("---\na: !!python/object/apply:os.system [x]\n---\n", 2),
        ("---\ntitle: !!binary aGk=\n---\n", 2),
        ("---\ntitle: a: b\n---\n", 2),
        ("---\ntitle: ok\n\tbad: x\n---\n", 3),
        ("---\n- a\n- b\n---\n", 2),
        ("---\ntitle: never closed\n\ntext", 1),
        ("+++\ntitle = 'x'\n\ntext", 1),
        ("+++\ntitle = x\n+++\n", 2),
        ("+++\na = 1\na = 2\n+++\n", 3),
        ('---\ntitle: "a\\r\\nBcc: b@example.org"\n---\n', 2),
        ("---\nlang: fr\ntitle: |\n  one\n  two\n---\n", 3),
        ('---\ntitle: "a\\u0007b"\n---\n', 2),
        ("---\ntitle: [a]\n---\n", 2),
        ('---\nauthors: ["a\\nb"]\n---\n', 2),
        ("---\nslug: ../../x\n---\n", 2),
        ('---\nlang: "fr; rm"\n---\n', 2),
        ("---\nstatus: later\n---\n", 2),
        ("---\ncanonical_url: javascript:x\n---\n", 2),
        ("---\ntypography: maybe\n---\n", 2),
        ("---\na: " + "[" * 30_000 + "\n---\n", 2),
        ("---\na: " + "- " * 30_000 + "x\n---\n", 2),
        ("+++\na = " + "[" * 30_000 + "\n+++\n", None),
        ("---\na: " + "x" * 70_000 + "\n---\n", 1),
        ("---\n? [a]\n: b\n---\n", 2),
        ("---\na: b\n%TAG ! x\n---\n", None),
    ],
)
def test_what_cannot_be_read_is_one_error_with_its_line(text: str, line: int | None) -> None:
    error = refused(text)
    assert line is None or error.line == line


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x,x,x]\n" + "\n".join(
        f"{b}: &{b} [*{a},*{a},*{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert refused(f"---\n{bomb}\n---\n").line == 3


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("tittle", "title"),
        ("Title", "title"),
        ("autor", "author"),
        ("langue", "lang"),
        ("tag", "tags"),
        ("standfrist", "standfirst"),
    ],
)
def test_a_key_that_looks_like_ours_is_asked_about(key: str, near: str) -> None:
    matter = read(f"---\nx: y\n{key}: z\n---\n", path="x.md")
    assert [(f.code, f.line, f.hint) for f in matter.findings] == [("A005", 3, f"did you mean {near!r}?")]
    assert dict(matter.front.extra)[key] == "z"


def test_keys_of_other_tools_survive_without_a_word() -> None:
    matter = read(
        "---\nlayout: post\npermalink: /x\ndescription: y\ncategories: [a]\nweight: 1\n---\n", path="x.md"
    )
    assert matter.findings == ()
    assert dict(matter.front.extra)["categories"] == '["a"]'


def test_unknown_keys_within_photo_and_related_are_told() -> None:
    matter = read("---\nphoto: {file: a, width: 3}\nrelated: [{title: x, addres: y}]\n---\n", path="x.md")
    assert [(f.code, f.line) for f in matter.findings] == [("A005", 2), ("A005", 3)]


def test_related_addresses_must_be_web_addresses() -> None:
    matter = read("---\nrelated: [{title: x, address: 'javascript:x'}]\n---\n", path="x.md")
    assert [f.code for f in matter.findings] == ["A010"]


def test_short_forms() -> None:
    it = front("author: One Name\nphoto: a.jpg\ntags: 'a, b'\nrelated: other")
    assert it.authors == ("One Name",)
    assert it.photo
    assert it.photo.file == "a.jpg"
    assert (it.tags, it.related[0].article) == (("a", "b"), "other")


@given(st.text(alphabet="ab:-[]{}\"'#&*!|>%@`, \n\t?0~é", max_size=60), st.sampled_from(["---", "+++"]))
def test_any_front_matter_is_read_or_refused(text: str, fence: str) -> None:
    with contextlib.suppress(ContentError):
        assert read(f"{fence}\n{text}\n{fence}\n", path="x.md").body_line >= 1
