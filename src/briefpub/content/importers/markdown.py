"""Markdown of other generators becomes an article: its front matter kept, their site syntax converted."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from briefpub.content import frontmatter, markdown
from briefpub.content.characters import decode, without_controls
from briefpub.content.importers.codes import FRONT_MATTER, NO_LANGUAGE, NO_TITLE
from briefpub.content.importers.prose import pieces_of
from briefpub.content.importers.rules import Remarks, apply
from briefpub.content.importers.site_blocks import Containers
from briefpub.content.importers.site_tags import RULES
from briefpub.content.importers.text_language import guess_language
from briefpub.content.slugs import date_of_path, slug_of_path
from briefpub.domain.document import Image
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding
from briefpub.domain.importing import Imported
from briefpub.domain.walking import plain

MOST_BYTES = 10_000_000
MOST_MENDS = 20
# Pelican's `Title: …` lines and Nikola's `.. title: …` comment, above the text without a fence.
PELICAN = re.compile(r"(?:[A-Z][A-Za-z_]{1,20}:[ \t]*[^\n]*\n)+(?=\n|\Z)")
NIKOLA = re.compile(r"(?:<!--[ \t]*\n)?((?:\.\. [\w-]+:[^\n]*\n)+)(?:-->[ \t]*)?(?=\n|\Z)")
DATED_PATH = re.compile(r"(?:^|/)(\d{4})[/-](\d{2})[/-](\d{2})(?=[/-])")
STANDFIRSTS = ("description", "summary", "excerpt", "subtitle")
PHOTOS = ("image", "featured_image", "cover_image", "feature_image", "thumbnail")


def read(data: bytes, *, name: str, language: str) -> Imported:
    """Give the article that a Markdown file of another generator holds; `name` may have folders.

    Front matter stays as written, unknown keys too; a title, date, language, standfirst or photo that only
    stands elsewhere (first heading, path, `description`, `image`) is added to it. `language` is used where
    the file names none. Raises ContentError, with the line, for front matter that cannot be read.
    """
    if len(data) > MOST_BYTES:
        raise ContentError("over 10 MB: no essay is that long", path=name, hint="part it into essays first")
    text, decoding = decode(data, where=name)
    text, controls = without_controls(text, where=name)
    remarks = Remarks(name, [*decoding, *controls])
    matter, front_lines = _front(_fenced(text), name, remarks)
    body = _body(matter.body, matter.body_line, remarks)
    parts = PurePosixPath(name).parts or (name,)
    added = _added(matter, body, parts, language, remarks)
    fence = front_lines[0] if front_lines else "---"
    inner = [line for line in front_lines[1:-1] if not _is_empty(line, added)]
    kept = "".join(f"{line}\n" for line in inner)
    # TOML's top keys stand above its tables; in YAML what is added comes last.
    above = _toml(added) + kept if fence.startswith("+++") else kept + _yaml(added)
    words = body.strip("\n")
    source = (f"{fence}\n{above}{fence}\n" if above else "") + (f"\n{words}\n" if words else "")
    return Imported(
        slug=matter.front.slug or slug_of_path(parts), source=source, findings=tuple(remarks.findings)
    )


# --- front matter -------------------------------------------------------------------------------


def _fenced(text: str) -> str:
    """Put a fence around the unfenced headers of Pelican and Nikola."""
    pelican = PELICAN.match(text)
    nikola = NIKOLA.match(text)
    if pelican and re.search(r"^Title:", pelican[0], re.MULTILINE):
        lines, rest = pelican[0].splitlines(), text[pelican.end() :]
    elif nikola and re.search(r"^\.\. title:", nikola[1], re.MULTILINE):
        lines, rest = [line.removeprefix(".. ") for line in nikola[1].splitlines()], text[nikola.end() :]
    else:
        return text
    values: dict[str, object] = {}
    for line in lines:
        key, _, value = line.partition(":")
        if value.strip():
            values[key.strip().lower()] = value.strip()
    return f"---\n{frontmatter.dump(values)}---\n{rest}"


def _front(text: str, name: str, remarks: Remarks) -> tuple[frontmatter.Matter, list[str]]:
    """Give the front matter, and its lines with both fences.

    A key of ours that holds what it cannot (a date in words, an address without a scheme) is renamed to
    `original_…`, so that nothing is lost and the rest can be used.
    """
    lines = text.split("\n")
    for _ in range(MOST_MENDS):
        try:
            matter = frontmatter.read("\n".join(lines), path=name)
        except ContentError as error:
            key = _key_at(lines, error.line)
            if not key or " " in error.message.split(":")[0].split(" ")[0]:
                raise
            remarks.add(FRONT_MATTER, f"{error.message}; the key became original_{key}", error.line or 1)
            at = (error.line or 1) - 1
            lines[at] = lines[at].replace(key, f"original_{key}", 1)
        else:
            remarks.findings.extend(matter.findings)
            return matter, lines[: matter.body_line - 1]
    raise ContentError("too many keys of the front matter cannot be used", path=name, line=1)


def _key_at(lines: list[str], line: int | None) -> str:
    """Give our key at the beginning of a line, where there is one to rename."""
    if not line or line < 2 or line > len(lines):
        return ""
    found = re.match(r"\"?([A-Za-z_]\w*)\"?\s*[:=]", lines[line - 1])
    return found[1] if found and found[1] in frontmatter.KNOWN else ""


def _is_empty(line: str, added: Mapping[str, object]) -> bool:
    """Say whether a line only holds an empty value of a key that is added."""
    found = re.fullmatch(r"\s*(\w+)\s*[:=]\s*(?:\"\"|''|null|~)?\s*(?:#.*)?", line)
    return bool(found and found[1] in added)


def _added(
    matter: frontmatter.Matter, body: str, parts: tuple[str, ...], language: str, remarks: Remarks
) -> dict[str, object]:
    front = matter.front
    extra = dict(front.extra)
    added: dict[str, object] = {}
    if not front.title:
        title = _first_heading(body, remarks.where)
        if title:
            added["title"] = title
        else:
            remarks.add(NO_TITLE, "neither front matter nor a heading gives a title", 1)
    if front.date is None and (date := _date(parts, extra)):
        added["date"] = date
    if not front.lang:
        prose = "\n".join(each.text for each in pieces_of(body, first_line=1) if not each.is_code)
        tag = language or guess_language(prose)
        if tag:
            added["lang"] = tag
        else:
            remarks.add(NO_LANGUAGE, "the language could not be told from the words", 1)
    standfirst = next((extra[key].strip() for key in STANDFIRSTS if extra.get(key, "").strip()), "")
    if not front.standfirst and standfirst and standfirst[0] not in "[{":
        added["standfirst"] = " ".join(standfirst.split())
    photo = next((extra[key].strip() for key in PHOTOS if extra.get(key, "").strip()), "")
    if front.photo is None and photo and photo[0] not in "[{":
        added["photo"] = {"file": photo}
    return added


def _first_heading(body: str, where: str) -> str:
    tree = markdown.parse(body, path=where, language="", pictures=_no_picture)
    return tree.title or next((words for each in tree.sections if (words := plain(each.heading))), "")


def _no_picture(_: str, __: int | None) -> tuple[Image | None, tuple[Finding, ...]]:
    return None, ()


def _date(parts: tuple[str, ...], extra: Mapping[str, str]) -> dt.date | None:
    found = date_of_path(parts)
    if not found:
        paths = ("/".join(parts), *(extra.get(key, "") for key in ("path", "url", "permalink", "aliases")))
        dated = next((match for path in paths if (match := DATED_PATH.search(path))), None)
        found = "-".join(dated.groups()) if dated else ""
    try:
        return dt.date.fromisoformat(found) if found else None
    except ValueError:  # 2026-13-40 is a name, not a day
        return None


def _yaml(values: Mapping[str, object]) -> str:
    return frontmatter.dump(values) if values else ""


def _toml(values: Mapping[str, object]) -> str:
    """Write keys as TOML that stands above every table; JSON strings are TOML's basic strings."""
    lines: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict):
            inner = ", ".join(
                f"{each} = {json.dumps(words, ensure_ascii=False)}" for each, words in value.items()
            )
            lines.append(f"{key} = {{ {inner} }}\n")
        elif isinstance(value, dt.date):
            lines.append(f"{key} = {value.isoformat()}\n")
        else:
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines)


# --- body ---------------------------------------------------------------------------------------


def _body(body: str, first_line: int, remarks: Remarks) -> str:
    """Give the body with its site syntax converted; code comes out exactly as it went in."""
    containers = Containers(remarks)
    parts = [
        piece.text if piece.is_code else containers.converted(apply(RULES, piece, remarks))
        for piece in pieces_of(body, first_line=first_line)
    ]
    return "\n".join(parts) + containers.closed()
