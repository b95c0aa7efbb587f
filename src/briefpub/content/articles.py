"""The folder of articles: every essay in it is read, and what is wrong with one never stops the others."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from briefpub.content.article_files import DEFAULT_PATTERNS, articles_at, matching, read_bytes
from briefpub.content.characters import decode, without_controls
from briefpub.content.frontmatter import Front, Matter, read
from briefpub.content.links import is_web
from briefpub.content.markdown import Body, parse, parse_line
from briefpub.content.reading import FindPicture
from briefpub.content.remarks import (
    duplicate_id,
    missing_picture,
    no_alt,
    no_language,
    no_match,
    no_title,
    unknown_article,
    unreadable,
)
from briefpub.content.resolve import resolved
from briefpub.content.slugs import date_of_path, slug_of_path
from briefpub.content.typography import VERSION, set_article
from briefpub.domain.article import Article, Gathered, Photo, RelatedLink, Status
from briefpub.domain.document import Image, Inlines, Picture
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding
from briefpub.domain.language import direction_of


class PictureFinder(Protocol):
    """Finds and measures the pictures that articles name; never outside the publication."""

    def find(
        self, source: str, *, beside: Path, where: str, line: int | None
    ) -> tuple[Image | None, tuple[Finding, ...]]:
        """Give the picture, or the findings why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One file, read: its article, the name that its path stands for, and the articles it links to."""

    article: Article
    name: str
    links: tuple[tuple[str, int], ...]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFolder:
    """The Markdown files of `folder` (by default `root/articles`), or those that match `patterns`.

    Patterns are globs from `folder`, or absolute. Paths are reported from `root`, never absolute.
    """

    root: Path
    default_language: str
    pictures: PictureFinder
    folder: Path | None = None
    patterns: tuple[str, ...] | None = None
    typography: bool = True

    def gather(self) -> Gathered:
        """Read every article; one that cannot be read becomes an error finding, never an exception."""
        findings: list[Finding] = []
        reads: dict[str, _Read] = {}
        for path in self._paths(findings):
            try:
                read = self._read(path, findings)
            except ContentError as error:
                findings.append(unreadable(error))
                continue
            if read is None:
                continue
            first = reads.setdefault(read.article.id, read)
            if first is not read:
                findings.append(duplicate_id(read.article.id, first.article.path, read.article.path))
        titles = {id: read.article.title for id, read in reads.items()}
        names = {read.name: id for id, read in reads.items()}
        known = {**names, **{id: id for id in reads}}
        articles = []
        for read in reads.values():
            findings.extend(_unknown_links(read, known))
            articles.append(resolved(read.article, known=known, titles=titles))
        return Gathered(articles=tuple(articles), findings=tuple(findings))

    def _paths(self, findings: list[Finding]) -> list[Path]:
        folder = self.folder or self.root / "articles"
        found: dict[Path, None] = {}
        for pattern in self.patterns if self.patterns is not None else DEFAULT_PATTERNS:
            matches = matching(folder, pattern)
            paths = [path for match in matches for path in articles_at(match)]
            if self.patterns is not None and not paths:
                findings.append(no_match(pattern, self._where(folder)))
            found.update(dict.fromkeys(paths))
        return sorted(found, key=lambda path: path.as_posix())

    def _where(self, path: Path) -> str:
        """Give a path from the publication's root; of a file elsewhere, its name alone."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return f"{path.parent.name}/{path.name}" if path.name == "index.md" else path.name

    def _read(self, path: Path, findings: list[Finding]) -> _Read | None:
        where = self._where(path)
        data = read_bytes(path, where)
        text, remarks = decode(data, where=where)
        findings.extend(remarks)
        text, remarks = without_controls(text, where=where)
        findings.extend(remarks)
        matter = read(text, path=where)
        findings.extend(matter.findings)
        front = matter.front
        language = front.lang or self.default_language
        if not front.lang:
            findings.append(no_language(where, language))

        def find(source: str, line: int | None) -> tuple[Image | None, tuple[Finding, ...]]:
            image, found = self.pictures.find(source, beside=path.parent, where=where, line=line)
            return image, found if image or found else (missing_picture(source, where, line),)

        body = parse(
            matter.body,
            path=where,
            first_line=matter.body_line,
            language=language,
            pictures=find,
            title=front.title,
        )
        findings.extend(body.findings)
        title = front.title or body.title
        if not title:
            findings.append(no_title(where))
            return None
        parts = path.resolve().parts
        article = _article(
            matter, body, title=title, language=language, where=where, find=find, findings=findings
        )
        article = replace(
            article,
            id=front.slug or slug_of_path(parts),
            date=front.date or _date(date_of_path(parts)),
            content_hash=self._hash(data, article),
        )
        if self.typography if front.typography is None else front.typography:
            article = set_article(article)
        return _Read(article=article, name=slug_of_path(parts), links=body.articles, lines=matter.lines)

    def _hash(self, data: bytes, article: Article) -> str:
        """Give the SHA-256 of all that decides how the article reads."""
        digest = hashlib.sha256(data)
        for image in (picture.image for picture in article.pictures()):
            digest.update(b"\0" + (image.sha256 if image else "").encode())
        digest.update(f"\0typography {VERSION if self.typography else 0}\0{self.default_language}".encode())
        return digest.hexdigest()


def _article(
    matter: Matter,
    body: Body,
    *,
    title: str,
    language: str,
    where: str,
    find: FindPicture,
    findings: list[Finding],
) -> Article:
    front = matter.front

    def line(text: str, key: str) -> Inlines:
        inlines, remarks = parse_line(
            text, path=where, line=matter.lines.get(key, 1), language=language, pictures=find
        )
        findings.extend(remarks)
        return inlines

    photo = None
    if front.photo and (front.photo.file or front.photo.alt):
        at = matter.lines.get("photo", 1)
        image, remarks = find(front.photo.file, at) if front.photo.file else (None, ())
        findings.extend(remarks)
        if not front.photo.alt:
            findings.append(no_alt(where, at))
        photo = Photo(
            picture=Picture(source=front.photo.file, alt=front.photo.alt, image=image),
            caption=line(front.photo.caption, "photo"),
            credit=front.photo.credit,
        )
    return Article(
        id="",
        title=title,
        language=language,
        direction=direction_of(language),
        lead=body.lead,
        sections=body.sections,
        notes=body.notes,
        related=tuple(_related(front)),
        photo=photo,
        standfirst=line(front.standfirst, "standfirst"),
        authors=tuple(author for author in front.authors if author),
        tags=tuple(tag for tag in front.tags if tag),
        status=Status.DRAFT if front.is_draft else Status.READY,
        canonical_url=front.canonical_url,
        extra=front.extra,
        path=where,
    )


def _related(front: Front) -> Iterator[RelatedLink]:
    for each in front.related:
        article = each.article
        if article.lower().endswith((".md", ".markdown")):
            article = slug_of_path(tuple(part for part in article.split("/") if part))
        address = each.address if is_web(each.address) else ""
        link = RelatedLink(
            title=each.title or address,
            article=article,
            address="" if article else address,
            photo_alt=each.photo_alt,
            group=each.group,
        )
        if link.title or link.article:
            yield link


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _unknown_links(read: _Read, known: Mapping[str, str]) -> Iterator[Finding]:
    for link in read.article.related:
        if link.article and link.article not in known:
            yield unknown_article(link.article, read.article.path, read.lines.get("related"))
    for article, line in read.links:
        if article not in known:
            yield unknown_article(article, read.article.path, line)
