"""The folder of articles: every essay in it is read, and what is wrong with one never stops the others."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from briefpub.content.article_files import ArticleFile, ArticlePlaces, read_bytes
from briefpub.content.article_joins import joined
from briefpub.content.characters import decode, without_controls
from briefpub.content.frontmatter import Front, Matter, read
from briefpub.content.links import is_web
from briefpub.content.markdown import Body, parse, parse_line
from briefpub.content.picture_watch import PictureFinder
from briefpub.content.reading import FindPicture
from briefpub.content.remarks import (
    missing_picture,
    no_alt,
    no_language,
    no_title,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One file, read: its article, if it holds one, the name that its path stands for, and its links.

    `links` names the articles that it links to, each with its line: related ones first.
    """

    where: str
    findings: tuple[Finding, ...]
    article: Article | None = None
    name: str = ""
    links: tuple[tuple[str, int | None], ...] = ()

    @property
    def id(self) -> str:
        """Give the article's id, or nothing."""
        return self.article.id if self.article else ""


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
        places = ArticlePlaces(root=self.root, folder=self.folder, patterns=self.patterns)
        files, findings = places.files()
        whole = joined(map(self.read, files), findings)
        found = [read.article for read in whole.by_id.values() if read.article]
        titles = {article.id: article.title for article in found}
        articles = tuple(resolved(article, known=whole.known, titles=titles) for article in found)
        return Gathered(articles=articles, findings=whole.findings)

    def read(self, file: ArticleFile, data: bytes | None = None) -> Read:
        """Read one file, or the bytes that were read of it before; links are not resolved yet."""
        findings: list[Finding] = []
        try:
            read = self._read(file, read_bytes(file.path, file.where) if data is None else data, findings)
        except ContentError as error:
            findings.append(unreadable(error))
            read = None
        return replace(read or Read(where=file.where, findings=()), findings=tuple(findings))

    def _read(self, file: ArticleFile, data: bytes, findings: list[Finding]) -> Read | None:
        where = file.where
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
            image, found = self.pictures.find(source, beside=file.path.parent, where=where, line=line)
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
        parts = file.place.parts
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
        related = matter.lines.get("related")
        links = ((link.article, related) for link in article.related if link.article)
        return Read(
            where=where,
            findings=(),
            article=article,
            name=slug_of_path(parts),
            links=(*links, *body.articles),
        )

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
