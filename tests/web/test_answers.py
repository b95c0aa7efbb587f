"""What every answer of the pages has in common, whatever was asked: safe, whole, readable, and never a 500."""

import asyncio
import itertools
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pages import ANA, FORM, Got, Stage, a_stage

from briefpub.domain.audience import Frequency, SubscriptionFormat, SubscriptionState
from briefpub.domain.errors import StoreError
from briefpub.domain.tokens import Purpose
from briefpub.web.forms import MOST_BYTES
from briefpub.web.limits import Buckets, Limits
from briefpub.web.words import AR, EN, FR, PAGES, page_word, spoken_of

NAMES = ("unsubscribe", "undo", "subscribe", "confirm", "preferences")
NUMBERS = itertools.count()
TAILS = ("", "/export", "/erase")


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("shared"), empty_database) as made:
        endless = Buckets(burst=10**9, every=1.0)
        made.box = replace(made.box, limits=Limits(network=endless, letters=endless))
        made.__post_init__()
        yield made


def every_page(stage: Stage, list: str) -> Iterator[Got]:
    """Give each page a reader of a list can come to."""
    standing = stage.reader(list=list)
    end = {purpose: stage.token(standing, purpose) for purpose in Purpose}
    stage.send(f"/subscribe/{list}", address="new@example.org")
    confirm = stage.post.paths()[-1]
    for path in (
        f"/subscribe/{list}",
        f"/unsubscribe/{list}",
        f"/preferences/{list}",
        f"/unsubscribe/{end[Purpose.UNSUBSCRIBE]}",
        f"/preferences/{end[Purpose.PREFERENCES]}",
        f"/preferences/{end[Purpose.PREFERENCES]}/erase",
        confirm,
    ):
        yield stage.get(path)
    for path, form in (
        (f"/subscribe/{list}", {"address": "?", "device": "?"}),
        (f"/preferences/{list}", {"address": ANA}),
        (confirm, {}),
        (f"/unsubscribe/{end[Purpose.UNSUBSCRIBE]}", {}),
        (f"/undo/{end[Purpose.UNSUBSCRIBE]}", {}),
        (f"/preferences/{end[Purpose.PREFERENCES]}", {"format": "notice"}),
        (f"/preferences/{end[Purpose.PREFERENCES]}/erase", {}),
        (f"/preferences/{end[Purpose.PREFERENCES]}/erase", {"sure": "1"}),
    ):
        yield stage.send(path, **form)


@pytest.mark.parametrize(
    ("list", "language", "direction"),
    [("weekly", "en", "ltr"), ("lettre", "fr", "ltr"), ("risala", "ar", "rtl"), ("woche", "en", "ltr")],
)
def test_every_page_can_be_read_by_everybody(stage: Stage, list: str, language: str, direction: str) -> None:
    for got in every_page(stage, list):
        page = got.parsed()
        assert page.of("html") == [{"lang": language, "dir": direction}]
        assert got.headers["content-language"] == language
        for once in ("title", "h1", "main"):
            assert len(page.of(once)) == 1
        labels = {one.get("for") for one in page.of("label")}
        for field in page.of("input"):
            assert field.get("type") in {"radio", "checkbox"} or field["id"] in labels
        assert all(one.get("method") == "post" for one in page.of("form"))
        ids = [one["id"] for _, one in page.all if "id" in one]
        assert len(ids) == len(set(ids))
        assert "{" not in re.sub(r"<style>.*?</style>", "", got.body, flags=re.DOTALL)


def test_every_answer_forbids_what_no_page_needs(stage: Stage) -> None:
    for got in (
        *every_page(stage, "weekly"),
        stage.get("/nowhere"),
        stage.get("/healthz"),
        stage.ask("DELETE", "/subscribe/weekly", b"", {}),
        stage.send("/unsubscribe/forged"),
    ):
        policy = got.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert got.headers["referrer-policy"] == "no-referrer"
        assert got.headers["cache-control"] == "no-store"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in got.headers
        assert "location" not in got.headers
        assert not re.search(r"<script|<img|<link| style=| on\w+=", got.body)


def test_head_is_a_get_and_other_methods_are_told_what_there_is(stage: Stage) -> None:
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
    for path in (f"/unsubscribe/{end}", "/subscribe/weekly", "/healthz"):
        assert stage.get(path, method="HEAD").status == 200
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        got = stage.ask(method, f"/unsubscribe/{end}", b"", {})
        assert got.status == 405
        assert got.headers["allow"] == "GET, HEAD, POST"
    assert stage.state() is SubscriptionState.CONFIRMED


def test_a_body_that_is_too_long_does_nothing(stage: Stage) -> None:
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
    for headers in ({"content-type": FORM}, {"content-type": FORM, "content-length": str(MOST_BYTES + 1)}):
        body = b"a" * (MOST_BYTES + 1)
        assert stage.ask("POST", f"/unsubscribe/{end}", body, headers).status == 413
    assert stage.state() is SubscriptionState.CONFIRMED


def test_a_page_nobody_knows_answers_in_the_readers_language(stage: Stage) -> None:
    got = stage.get("/nowhere", accept_language="de, ar;q=0.5, fr;q=0.8")
    assert (got.status, got.parsed().of("html")) == (404, [{"lang": "fr", "dir": "ltr"}])


def test_no_token_and_no_address_is_logged(stage: Stage) -> None:
    for got in every_page(stage, "weekly"):
        assert got.status < 500
    ends = [stage.token(stage.reader("cy@example.org"), purpose) for purpose in Purpose]
    for end in ends:
        stage.send(f"/unsubscribe/{end}")
    told = "\n".join(stage.said.lines)
    assert "answered" in told
    assert not [end for end in ends if end in told]
    assert "@" not in told


def test_what_fails_passes_or_is_ours_and_is_said_without_particulars(stage: Stage) -> None:
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)
    whole = stage.box.subscribe
    for error, status in ((StoreError("busy", where="db"), 503), (RuntimeError("secret words"), 500)):
        broken: Any = Broken(error)
        stage.box = replace(stage.box, subscribe=replace(whole, consents=broken, audience=broken))
        stage.__post_init__()
        got = stage.send(f"/unsubscribe/{end}")
        assert got.status == status
        assert "secret words" not in got.body
        assert stage.get("/healthz").status == 503
    assert not [line for line in stage.said.lines if end in line]


ends = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=string.ascii_letters + string.digits + "-_=", max_size=120),
    st.sampled_from(["weekly", "nolist", "-", "a" * 64]),
)
bodies = st.one_of(
    st.binary(max_size=300),
    st.dictionaries(
        st.sampled_from(["address", "name", "device", "format", "sure", "button", "website"]),
        st.text(max_size=60),
    ).map(lambda form: "&".join(f"{key}={quote(value)}" for key, value in form.items()).encode()),
    st.text(max_size=200).map(
        lambda text: (
            b'--x\r\nContent-Disposition: form-data; name="address"\r\n\r\n'
            + text.encode("utf-8", "replace")
            + b"\r\n--x--\r\n"
        )
    ),
)
kinds = st.one_of(
    st.sampled_from([FORM, "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""]),
    st.text(alphabet=st.characters(max_codepoint=255), max_size=60),
)


@given(
    name=st.sampled_from(NAMES),
    tail=st.sampled_from(TAILS),
    end=ends,
    body=bodies,
    kind=kinds,
    good=st.booleans(),
)
@example(name="subscribe", tail="", end="weekly", body=b"address=a@b.example&name=%00", kind=FORM, good=False)
@example(name="preferences", tail="", end="\ud800", body=b"", kind=FORM, good=True)
def test_whatever_is_asked_and_sent_it_is_no_500(
    shared: Stage, *, name: str, tail: str, end: str, body: bytes, kind: str, good: bool
) -> None:
    if good:
        # Somebody new each time: an example may erase them.
        end = shared.token(shared.reader(f"r{next(NUMBERS)}@example.org"), Purpose.PREFERENCES)
    path = f"/{name}/{quote(end.encode('utf-8', 'replace'), safe='')}{tail}"
    shared.said.lines.clear()
    assert shared.ask("GET", path, b"", {}).status < 500
    assert shared.ask("POST", path, body, {"content-type": kind}).status < 500
    assert not [line for line in shared.said.lines if line.startswith(("a page failed", "a letter was"))]


def test_what_is_no_slug_never_reaches_the_database(stage: Stage) -> None:
    broken: Any = Broken(RuntimeError("a text cannot hold NUL"))
    subscribe = replace(stage.box.subscribe, audience=broken, consents=broken)
    stage.box = replace(stage.box, subscribe=subscribe)
    stage.__post_init__()
    for name in NAMES:
        for got in (stage.get(f"/{name}/a%00"), stage.send(f"/{name}/a%00", address=ANA)):
            assert got.status == 404


def test_a_body_that_never_comes_and_a_caller_that_goes_are_let_be(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("briefpub.web.app.PATIENCE", 0.01)
    end = stage.token(stage.reader(), Purpose.UNSUBSCRIBE)

    async def silence() -> dict[str, Any]:
        await asyncio.sleep(10)
        return {"type": "http.disconnect"}

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    for receive, status in ((silence, 408), (gone, 400)):
        got = stage.ask("POST", f"/unsubscribe/{end}", b"", {"content-type": FORM}, receive=receive)
        assert got.status == status
    assert stage.state() is SubscriptionState.CONFIRMED


@given(st.text(max_size=60))
def test_any_accept_language_is_read(text: str) -> None:
    assert spoken_of(text) in {"", *PAGES}


def test_the_pages_say_everything_in_every_language() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    assert set(EN) == set(FR) == set(AR)
    # A choice's words are found by its value.
    values = {one.value for one in (*SubscriptionFormat, *Frequency)}
    values |= {f"frequency_waits_{one.value}" for one in Frequency}
    assert values <= set(EN)
    for key, text in EN.items():
        assert names(FR[key]) == names(text) == names(AR[key]), key
    used = {
        key
        for path in (Path(__file__).parents[2] / "src" / "briefpub" / "web").rglob("*")
        if path.suffix in {".py", ".j2"} and path.name != "words.py"
        for key in re.findall(r'"([a-z]+(?:_[a-z]+)*)"', path.read_text(encoding="utf-8"))
    }
    assert {key for key in EN if key not in used} <= values


def test_a_name_keeps_its_own_direction_within_a_sentence() -> None:
    assert page_word("en", "leave_title", name="الرسالة") == "Leave \u2068الرسالة\u2069"
    assert page_word("ar", "leave_title", name="Weekly").endswith("\u2068Weekly\u2069")
