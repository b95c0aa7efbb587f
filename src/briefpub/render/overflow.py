"""The overflow rule: what a digest leaves to the web page, and in which order, to stay under the clip."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from briefpub.domain.article import Article
from briefpub.domain.audience import DigestBody
from briefpub.domain.document import Blocks, CodeBlock, Section
from briefpub.domain.walking import inlines_of, plain, walk, walk_sections


class Kind(StrEnum):
    """What one step takes away."""

    SECTION = "section"
    LEAD = "lead"
    CAPTIONS = "captions"
    LISTS = "lists"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing less: of which article, for those that are an article's own."""

    kind: Kind
    article: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """What is left: of each article its sections and lead; captions; lists of headings and links; essays."""

    sections: tuple[int, ...]
    leads: tuple[bool, ...]
    captions: bool = True
    lists: bool = True
    articles: int


def steps_of(articles: Sequence[Article], body: DigestBody) -> tuple[Step, ...]:
    """Give every step in order: sections, leads, captions, lists, then whole articles.

    Sections go from the end of whichever article is then the longest, of two as long the later one; then
    leads in the same way; captions and lists go all at once; articles go from the end.
    """
    steps: list[Step] = []
    if body is DigestBody.FULL:
        stacks = [[_size(article.lead), *map(_weight, article.sections)] for article in articles]
        heap = [(-sum(stack), -index) for index, stack in enumerate(stacks)]
        heapq.heapify(heap)
        while heap:
            size, index = heapq.heappop(heap)
            if len(stacks[-index]) > 1:
                steps.append(Step(kind=Kind.SECTION, article=-index))
                heapq.heappush(heap, (size + stacks[-index].pop(), index))
    by_lead = sorted(range(len(articles)), key=lambda index: (-_size(articles[index].lead), -index))
    steps += [Step(kind=Kind.LEAD, article=index) for index in by_lead]
    steps += [Step(kind=Kind.CAPTIONS), Step(kind=Kind.LISTS)]
    return (*steps, *(Step(kind=Kind.ARTICLE) for _ in articles))


def trimmed(articles: Sequence[Article], body: DigestBody, steps: Sequence[Step]) -> Trim:
    """Give what is left after `steps`."""
    sections = [len(article.sections) if body is DigestBody.FULL else 0 for article in articles]
    leads = [True] * len(articles)
    trim = Trim(sections=(), leads=(), articles=len(articles))
    for step in steps:
        match step.kind:
            case Kind.SECTION:
                sections[step.article] -= 1
            case Kind.LEAD:
                leads[step.article] = False
            case Kind.CAPTIONS:
                trim = replace(trim, captions=False)
            case Kind.LISTS:
                trim = replace(trim, lists=False)
            case Kind.ARTICLE:
                trim = replace(trim, articles=trim.articles - 1)
    return replace(trim, sections=tuple(sections), leads=tuple(leads))


def fewest(steps: int, fits: Callable[[int], bool]) -> int:
    """Give how many of the `steps` must be taken until it `fits`, tried by halving; at most all of them."""
    if fits(0):
        return 0
    low, high = 0, steps  # `low` steps are known to be too few
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle
    return high


def _size(blocks: Blocks) -> int:
    size = 0
    for block in walk(blocks):
        size += _bytes(block.text) if isinstance(block, CodeBlock) else 0
        size += sum(_bytes(plain(run)) for run in inlines_of(block))
    return size


def _weight(section: Section) -> int:
    return sum(_size(inner.blocks) + _bytes(plain(inner.heading)) for inner in walk_sections((section,)))


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))
