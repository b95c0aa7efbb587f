"""The index of article heads: one sealed file in the cache; without it everything is read anew."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from briefpub.content.picture_watch import Seen
from briefpub.domain.article import Head, Status
from briefpub.domain.finding import Finding, Severity
from briefpub.kit.safeio import place_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one file: of its bytes by `sha256`, under the name its place ends with, `tail`.

    `findings`, `links` and `head` are those of its reading; a file without an article has no head. `checked`
    is what the check found when the names that it links to led to the ids in `known`.
    """

    sha256: str
    tail: str
    where: str
    findings: tuple[Finding, ...]
    pictures: tuple[Seen, ...] = ()
    id: str = ""
    name: str = ""
    links: tuple[tuple[str, int | None], ...] = ()
    known: Mapping[str, str | None] | None = None
    head: Head | None = None
    checked: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadIndex:
    """Keeps entries by path at `path`, for one `code`: what else decides what reading an article gives."""

    path: Path
    code: str

    def read(self) -> dict[str, Entry]:
        """Give the entries, or none where the file is missing, damaged, or another code's."""
        try:
            seal, _, body = self.path.read_bytes().partition(b"\n")
            if _seal(body, self.code) != seal:
                return {}
            return {path: _entry(record) for path, record in json.loads(body).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries, whole or not at all; a folder that cannot be written stops nobody.

        Of two processes that write at once one wins; either's entries hold by themselves.
        """
        body = json.dumps({path: _record(entry) for path, entry in entries.items()}).encode()
        with suppress(OSError):
            place_file(self.path, _seal(body, self.code) + b"\n" + body)

    def moment(self) -> int:
        """Give the present moment by the clock of the file system, in nanoseconds; 0 where it has none."""
        clock = self.path.with_suffix(".clock")
        try:
            place_file(clock, b"")
            return clock.stat().st_mtime_ns
        except OSError:
            return 0


def _seal(body: bytes, code: str) -> bytes:
    return hashlib.sha256(code.encode() + b"\0" + body).hexdigest().encode()


def _record(entry: Entry) -> list[Any]:
    head = entry.head
    return [
        entry.sha256,
        entry.tail,
        entry.where,
        _findings(entry.findings),
        [[each.source, each.absent, each.stamp, each.sha256] for each in entry.pictures],
        entry.id,
        entry.name,
        entry.links,
        entry.known,
        head and [head.title, head.language, str(head.date or ""), head.tags, head.status, head.minutes],
        _findings(entry.checked),
    ]


def _findings(findings: Iterable[Finding]) -> list[Any]:
    return [[f.code, f.severity, f.message, f.where, f.line, f.hint] for f in findings]


def _entry(record: list[Any]) -> Entry:
    sha256, tail, where, findings, pictures, id, name, links, known, head, checked = record
    return Entry(
        sha256=sha256,
        tail=tail,
        where=where,
        findings=_told(findings),
        pictures=tuple(
            Seen(source, absent, tuple(stamp) if stamp else None, digest)
            for source, absent, stamp, digest in pictures
        ),
        id=id,
        name=name,
        links=tuple((name, line) for name, line in links),
        known=known,
        head=_head(id, where, head) if head else None,
        checked=_told(checked),
    )


def _head(id: str, where: str, record: list[Any]) -> Head:
    title, language, date, tags, status, minutes = record
    return Head(
        id=id,
        title=title,
        language=language,
        path=where,
        date=dt.date.fromisoformat(date) if date else None,
        tags=tuple(tags),
        status=Status(status),
        minutes=minutes,
    )


def _told(records: list[Any]) -> tuple[Finding, ...]:
    return tuple(
        Finding(code=code, severity=Severity(severity), message=message, where=where, line=line, hint=hint)
        for code, severity, message, where, line, hint in records
    )
