"""Files that were read become one folder of articles: whose id stands, which links lead nowhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from briefpub.content.remarks import duplicate_id, unknown_article
from briefpub.domain.finding import Finding


class Joinable(Protocol):
    """A file that was read; `id` is empty where it gave no article.

    `name` is the slug its path stands for, `links` the articles it names, each with the line in the file.
    """

    @property
    def where(self) -> str:
        """Give the file's path from the root."""

    @property
    def id(self) -> str:
        """Give the article's id."""

    @property
    def name(self) -> str:
        """Give the slug that the file's path stands for."""

    @property
    def links(self) -> tuple[tuple[str, int | None], ...]:
        """Give the names of the articles that it links to, in the order in which they are remarked on."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Give what there was to remark as it was read."""


T = TypeVar("T", bound=Joinable)


@dataclass(frozen=True, slots=True)
class Joined(Generic[T]):
    """The files that gave an article, by its id; what a name of an article leads to; all findings."""

    by_id: dict[str, T]
    known: Mapping[str, str]
    findings: tuple[Finding, ...]


def joined(files: Iterable[T], findings: Iterable[Finding] = ()) -> Joined[T]:
    """Join files in their order: the first of an id has it. `findings` stand before theirs."""
    told = list(findings)
    by_id: dict[str, T] = {}
    for file in files:
        told.extend(file.findings)
        if file.id:
            first = by_id.setdefault(file.id, file)
            if first is not file:
                told.append(duplicate_id(file.id, first.where, file.where))
    known = {**{file.name: id for id, file in by_id.items()}, **{id: id for id in by_id}}
    told.extend(
        unknown_article(name, file.where, line)
        for file in by_id.values()
        for name, line in file.links
        if name not in known
    )
    return Joined(by_id, known, tuple(told))
