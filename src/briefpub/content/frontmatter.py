"""Front matter: what stands above an article's words, in YAML or TOML, checked and given types."""

import datetime as dt
import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import yaml
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from briefpub.content import fields
from briefpub.content.codes import UNKNOWN_KEY, UNSAFE_LINK
from briefpub.content.links import is_web
from briefpub.content.yaml_events import Event, Kind, read_document
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding, Severity

LARGEST = 64 * 1024
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
STRING_TAG = "tag:yaml.org,2002:str"
LOOKS_LIKE_YAML = re.compile(r"[A-Za-z_][\w-]*\s*:(?:\s|$)")
# Keys of other tools that look like ours and are not.
OTHERS = frozenset({"data", "update", "updated", "name", "image", "images", "states", "files", "late"})


Words = Annotated[str, BeforeValidator(fields.words)]
Passage = Annotated[str, BeforeValidator(fields.passage)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def unknown(self) -> Mapping[str, Any]:
        """Give the keys that the model does not know."""
        return self.model_extra or {}


class PhotoFront(_Model):
    """The front matter's photo. Its caption is a line of Markdown."""

    file: Words = Field("", validation_alias=AliasChoices("file", "src", "source"))
    alt: Passage = ""
    caption: Passage = ""
    credit: Words = ""


class RelatedFront(_Model):
    """One related link of the front matter."""

    title: Words = ""
    article: Words = Field("", validation_alias=AliasChoices("article", "id"))
    address: Words = Field("", validation_alias=AliasChoices("address", "url", "href", "link"))
    photo_alt: Passage = ""
    group: Words = ""


class Front(_Model):
    """What an article says of itself. What it does not say is empty; nothing is invented."""

    title: Words = ""
    date: Annotated[dt.date | None, BeforeValidator(fields.date)] = None
    lang: Annotated[str, BeforeValidator(fields.language)] = Field(
        "", validation_alias=AliasChoices("lang", "language")
    )
    authors: Annotated[tuple[Words, ...], BeforeValidator(fields.authors)] = Field(
        (), validation_alias=AliasChoices("authors", "author")
    )
    standfirst: Passage = ""
    photo: Annotated[PhotoFront | None, BeforeValidator(fields.photo)] = None
    tags: Annotated[tuple[Words, ...], BeforeValidator(fields.tags)] = ()
    related: Annotated[
        tuple[Annotated[RelatedFront, BeforeValidator(fields.related)], ...], BeforeValidator(fields.listed)
    ] = ()
    status: Annotated[Literal["draft", "ready", ""], BeforeValidator(fields.words)] = ""
    draft: bool | None = None
    published: bool | None = None
    canonical_url: Annotated[str, BeforeValidator(fields.web_address)] = ""
    slug: Annotated[str, BeforeValidator(fields.slug)] = ""
    typography: bool | None = None

    @property
    def is_draft(self) -> bool:
        """Say whether the article must not be sent yet."""
        return self.status == "draft" or (not self.status and (self.draft is True or self.published is False))

    @property
    def extra(self) -> tuple[tuple[str, str], ...]:
        """Give the keys that briefpub does not use, and their values as words or JSON."""
        return tuple((key, _as_words(value)) for key, value in self.unknown.items())


KNOWN = (
    *("title", "date", "lang", "authors", "author", "standfirst", "photo", "tags", "related"),
    *("status", "draft", "published", "canonical_url", "slug", "typography"),
)
HINTS = {
    "date": "write it as 2026-11-02",
    "lang": "write a language tag such as fr, en or pt-BR",
    "slug": "use 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or a digit",
    "status": "write draft or ready",
    "canonical_url": "begin with https://",
    "title": "write it on one line",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A file in two parts: its front matter, and its body from line `body_line` on."""

    front: Front
    body: str
    body_line: int
    lines: Mapping[str, int]
    findings: tuple[Finding, ...]


def read(text: str, *, path: str) -> Matter:
    """Part front matter from body: YAML between `---`, TOML between `+++`, or none at all.

    Raises ContentError, with the line in the file, for what cannot be read or means nothing.
    """
    fence, inner, body, body_line = _parted(text, path)
    values: Any = {}
    lines: Mapping[str, int] = {}
    if fence == "+++":
        values, lines = _toml(inner, path)
    elif fence:
        document = read_document(_events(inner, path), path=path)
        values, lines = document.value, document.lines
        if isinstance(values, str):
            # Two thematic breaks with words between them are no front matter.
            values, body, body_line = {}, text, 1
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ContentError(
            "the front matter is not made of keys and values", path=path, line=2, hint="write `key: value`"
        )
    front = _checked(values, lines, path)
    findings = tuple(_remarks(front, lines, path))
    return Matter(front=front, body=body, body_line=body_line, lines=lines, findings=findings)


def _parted(text: str, path: str) -> tuple[str, str, str, int]:
    first, _, rest = text.partition("\n")
    fence = first.rstrip()
    if fence not in {"---", "+++"}:
        return "", "", text, 1
    ends = r"^(?:---|\.\.\.)[ \t]*$" if fence == "---" else r"^\+\+\+[ \t]*$"
    end = re.search(ends, rest, re.MULTILINE)
    if not end:
        if fence == "+++" or LOOKS_LIKE_YAML.match(rest.lstrip("\n")):
            hint = f"add a line {fence} below its keys"
            raise ContentError("the front matter is never closed", path=path, line=1, hint=hint)
        return "", "", text, 1
    inner = rest[: end.start()]
    if len(inner.encode("utf-8", "surrogatepass")) > LARGEST:
        raise ContentError(
            "the front matter is larger than 64 KB", path=path, line=1, hint="move its words into the body"
        )
    body = rest[end.end() :].removeprefix("\n")
    return fence, inner, body, inner.count("\n") + 3


def dump(values: Mapping[str, object]) -> str:
    """Write values as YAML (1.1, block style, UTF-8) in the order they come in."""
    return yaml.safe_dump(
        dict(values), allow_unicode=True, sort_keys=False, default_flow_style=False, width=1_000_000
    )


def _events(text: str, path: str) -> Iterator[Event]:
    """Give the parser's events, which make no objects, with the lines they have in the file."""
    try:
        for event in yaml.parse(text, Loader=LOADER):
            line = (event.start_mark.line if event.start_mark else 0) + 2
            tag = getattr(event, "tag", None) or ""
            match event:
                case yaml.ScalarEvent():
                    plain = event.style in {None, ""} and not tag
                    yield Event(Kind.WORDS, line, tag.removeprefix(STRING_TAG), event.value, plain=plain)
                case yaml.SequenceStartEvent():
                    yield Event(Kind.LIST, line, tag)
                case yaml.MappingStartEvent():
                    yield Event(Kind.MAPPING, line, tag)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    yield Event(Kind.END, line)
                case yaml.AliasEvent():
                    yield Event(Kind.ALIAS, line)
                case yaml.DocumentStartEvent():
                    yield Event(Kind.DOCUMENT, line)
                case _:
                    pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContentError(
            f"the front matter is not valid YAML: {error.problem or error.context}",
            path=path,
            line=mark.line + 2 if mark else 2,
            hint='put words with a colon, a # or a quotation mark between "double quotes"',
        ) from None
    except yaml.YAMLError as error:
        raise ContentError(
            f"the front matter is not valid YAML: {str(error).splitlines()[0]}",
            path=path,
            line=2,
            hint="delete characters that no editor shows",
        ) from None


def _toml(text: str, path: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        message = str(error).partition(" (at ")[0]
        raise ContentError(
            f"the front matter is not valid TOML: {message}",
            path=path,
            line=int(place[1]) + 1 if place else text.count("\n") + 1,
            hint='put words between "double quotes", and dates as 2026-11-02',
        ) from None
    except RecursionError:
        raise ContentError(
            "the front matter is nested too deep", path=path, line=2, hint="flatten it"
        ) from None
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=2):
        found = re.match(r"\s*\[*\s*[\"']?([\w-]+)[\"']?\s*[=\].]", line)
        if found:
            lines.setdefault(found[1], number)
    return values, lines


def _checked(values: dict[str, Any], lines: Mapping[str, int], path: str) -> Front:
    try:
        return Front.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0])
        place = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        why = str(first.get("ctx", {}).get("error", first["msg"]))
        line = lines.get(key)
        if line is None and key == "authors":
            line = lines.get("author")
        raise ContentError(
            f"{place} {why[:1].lower()}{why[1:]}: {str(first['input'])[:60]!r}",
            path=path,
            line=line or 1,
            hint=HINTS.get(key, "see the front matter's reference"),
        ) from None


def _remarks(front: Front, lines: Mapping[str, int], path: str) -> Iterator[Finding]:
    for key in front.unknown:
        if key in OTHERS:
            continue
        near = difflib.get_close_matches(key.lower(), KNOWN, n=1, cutoff=0.8)
        if near:
            hint = f"did you mean {near[0]!r}?"
            yield _unknown(f"the key {key!r} is not known", path, lines.get(key), hint)
    for part, name in ((front.photo, "photo"), *((each, "related") for each in front.related)):
        for key in part.unknown if part else ():
            if key != "photo":
                yield _unknown(f"the key {key!r} of {name} is not known", path, lines.get(name), "delete it")
    for each in front.related:
        if each.address and not is_web(each.address):
            yield Finding(
                code=UNSAFE_LINK,
                severity=Severity.WARNING,
                message=f"the related address {each.address[:60]!r} was left out; its title stays",
                where=path,
                line=lines.get("related"),
                hint="begin it with https://",
            )


def _unknown(message: str, path: str, line: int | None, hint: str) -> Finding:
    return Finding(
        code=UNKNOWN_KEY, severity=Severity.WARNING, message=message, where=path, line=line, hint=hint
    )


def _as_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value).lower() if isinstance(value, bool) else str(value)
