"""The heads of a folder's articles, quickly: what has not changed since it was read is not read again."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from briefpub.check.articles import check_article
from briefpub.content.article_files import ArticleFile, ArticlePlaces, read_bytes
from briefpub.content.article_joins import joined
from briefpub.content.head_index import Entry, HeadIndex
from briefpub.content.picture_watch import Watch, still
from briefpub.content.real_places import RealPlaces
from briefpub.content.remarks import unreadable
from briefpub.domain.article import Heads, head_of, told
from briefpub.domain.errors import ContentError

if TYPE_CHECKING:
    from briefpub.content.articles import ArticleFolder
    from briefpub.domain.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleHeads:
    """Gives what gathering and checking `folder` would say of each article, from an index on the `shelf`.

    Loading what reads articles takes longer than looking at a thousand of them that have not changed: so
    `folder` is made only when one has. `places` are the same folder's. `code` names whatever else decides
    what reading gives: our own code, the settings, the libraries.
    """

    places: ArticlePlaces
    folder: "Callable[[], ArticleFolder]"
    shelf: Path
    code: str

    def heads(self) -> Heads:
        """Give each article's head with the findings on it; losing the index costs time and nothing else."""
        named = (self.places.root, self.places.folder, self.places.patterns)
        name = hashlib.sha256("\0".join(map(str, named)).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return _Look(self, HeadIndex(path=self.shelf / f"{name}.json", code=self.code)).heads()


@dataclass
class _Look:
    """One look at the folder: what was known before, and what had to be read for it."""

    over: ArticleHeads
    index: HeadIndex
    read: dict[str, "Article"] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)
    real: RealPlaces = field(default_factory=RealPlaces)
    changed: bool = False

    def heads(self) -> Heads:
        files, findings = self.over.places.files()
        before = self.index.read()
        entries = {str(file.path): self._entry(file, before.get(str(file.path))) for file in files}
        whole = joined(entries.values(), findings)
        titles = {id: entry.head.title if entry.head else "" for id, entry in whole.by_id.items()}
        for file in files:
            entry = entries[str(file.path)]
            if whole.by_id.get(entry.id) is entry:
                checked = self._checked(file, entry, whole.known, titles)
                entries[str(file.path)] = whole.by_id[entry.id] = checked
        kept = {path: entry for path, entry in entries.items() if entry.sha256}
        if self.changed or kept.keys() != before.keys():
            self.index.write(kept)
        found = whole.by_id.values()
        checks = (finding for entry in found for finding in entry.checked)
        return told((entry.head for entry in found if entry.head), (*whole.findings, *checks))

    @cached_property
    def moment(self) -> int:
        """The moment of this look: what changed since, or shortly before, is not known by its stamp."""
        return self.index.moment()

    @cached_property
    def watch(self) -> Watch:
        """Remembers what pictures each article names."""
        return Watch(root=self.over.places.root, finder=self.folder.pictures, before=lambda: self.moment)

    @cached_property
    def folder(self) -> "ArticleFolder":
        """The folder itself, which loads the readers."""
        return self.over.folder()

    def _entry(self, file: ArticleFile, before: Entry | None) -> Entry:
        """Give what is known of a file: the same as before, or by reading it."""
        try:
            data = read_bytes(file.path, file.where)
        except ContentError as error:
            return Entry(sha256="", tail="", where=file.where, findings=(unreadable(error),))
        self.data[str(file.path)] = data
        sha256 = hashlib.sha256(data).hexdigest()
        tail = "/".join(file.place.parts[-2:])
        if before and (before.sha256, before.tail, before.where) == (sha256, tail, file.where):
            same = self._same(file, before)
            if same:
                return same
        self.changed = True
        self.watch.seen.clear()
        read = replace(self.folder, pictures=self.watch).read(file, data)
        if read.article:
            self.read[str(file.path)] = read.article
        return Entry(
            sha256=sha256,
            tail=tail,
            where=file.where,
            findings=read.findings,
            pictures=tuple(dict.fromkeys(self.watch.seen)),
            id=read.id,
            name=read.name,
            links=read.links,
            head=head_of(read.article) if read.article else None,
        )

    def _same(self, file: ArticleFile, entry: Entry) -> Entry | None:
        """Give the entry, with what is known of its pictures now, if they are still the same."""
        now = []
        for seen in entry.pictures:
            found = still(
                seen,
                root=self.over.places.root,
                beside=file.path.parent,
                real=self.real,
                before=lambda: self.moment,
            )
            if found is None:
                return None
            now.append(found)
        if tuple(now) == entry.pictures:
            return entry
        self.changed = True
        return replace(entry, pictures=tuple(now))

    def _checked(
        self, file: ArticleFile, entry: Entry, known: Mapping[str, str], titles: Mapping[str, str]
    ) -> Entry:
        """Give the entry with what the check says of it, now that the links' ends are known.

        Of other articles nothing matters to it but the ids that its links lead to; its words stay the same.
        """
        ends = {name: known.get(name) for name, _ in entry.links}
        if ends == entry.known:
            return entry
        from briefpub.content.resolve import resolved

        self.changed = True
        article = self.read.get(str(file.path))
        if article is None:
            article = self.folder.read(file, self.data[str(file.path)]).article
        assert article, "the same bytes give the same article"
        article = resolved(article, known=known, titles=titles)
        return replace(entry, known=ends, checked=check_article(article))
