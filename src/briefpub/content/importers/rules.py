"""Rules over prose: what becomes of each match of a pattern, and what is remarked of it."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from briefpub.content.importers.codes import PLACEHOLDER, WIKI_LINK
from briefpub.content.importers.prose import Piece, masked, unmasked
from briefpub.domain.finding import Finding, Severity

Found: TypeAlias = re.Match[str]
# Where none of these stands, no rule of ours has anything to do.
MARKS = ("{", "[[", "*[", "<!--", "[TOC", "[toc")


@dataclass(slots=True)
class Remarks:
    """Where the findings about one file are gathered."""

    where: str
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, message: str, line: int) -> None:
        """Remark on a line."""
        self.findings.append(
            Finding(
                code=code,
                severity=Severity.NOTE if code in {PLACEHOLDER, WIKI_LINK} else Severity.WARNING,
                message=message,
                where=self.where,
                line=line,
                hint="compare the article with the page it came from",
            )
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a match: `convert` gives words, or None for what is no tag after all.

    An empty `message` remarks nothing.
    """

    pattern: re.Pattern[str]
    convert: Callable[[Found], str | None]
    code: str
    message: str

    def over(self, text: str, line: int, remarks: Remarks) -> str:
        """Give the text, which begins on `line`, with each match converted; its line feeds stay as many."""
        feeds = [found.start() for found in re.finditer("\n", text)]

        def replaced(found: Found) -> str:
            words = self.convert(found)
            if words is None:
                return found[0]
            if self.message:
                shown = " ".join(re.sub("\0\\d+\1", "…", found[0]).split())[:60]
                remarks.add(self.code, f"{self.message}: {shown}", line + bisect_right(feeds, found.start()))
            return words + "\n" * max(0, found[0].count("\n") - words.count("\n"))

        return self.pattern.sub(replaced, text)


def apply(rules: Sequence[Rule], piece: Piece, remarks: Remarks) -> Piece:
    """Give a piece of prose with the rules applied one after another; code spans stay as they are."""
    if not any(mark in piece.text for mark in MARKS):
        return piece
    text, spans = masked(piece.text)
    for rule in rules:
        text = rule.over(text, piece.line, remarks)
    return replace(piece, text=unmasked(text, spans))
