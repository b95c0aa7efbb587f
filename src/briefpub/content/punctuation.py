"""Rules for marks and spaces, as edits (start, end, new words) to one line; pure, by language."""

import bisect
import re
from dataclasses import dataclass, field
from typing import TypeAlias

Edit: TypeAlias = tuple[int, int, str]
Stretches: TypeAlias = list[tuple[int, str]]

NBSP = "\u00a0"
NARROW = "\u202f"
BLANKS = f"[ {NBSP}\u2009{NARROW}]"
OUTER = {"fr": ("«", "»"), "en": ("“", "”")}
INNER = {"fr": ("“", "”"), "en": ("“", "”")}

MARKS = re.compile(r"""["'«»]|\.{3,}|-{2,}""")
EN_RANGE = re.compile(r"(?<![\w./-])(\d{1,4})-(\d{1,4})(?![\w/-]|\.\d)")
OPENING = frozenset(" \n\t\u00a0\u2009\u202f([{—–-/“‘«\"'")
ELIDED = re.compile(r"'(?=(?:tis|twas|em|til|cause|n|round|\d0s)\b)", re.IGNORECASE)
AFTER_OPENING = re.compile(r"[\w“‘«\"'(\[¿¡…\ufffc$€£#@+.-]")

MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
UNITS = (
    "%|‰|€|\\$|£|°C?|km/h|km²|km|m²|m³|m|cm|mm|ha|kg|g|mg|t|l|cl|ml|h|min|s|ko|Mo|Go|To|W|kW|MW|GW|V|Hz|MHz|GHz"
    "|ans?|mois|jours?|heures?|minutes?|secondes?|siècles?|pages?|euros?|francs?|dollars?|millions?|milliards?"
    f"|{MONTHS}"
)
# What stands before a number, or before a name, and must not be parted from it.
NUMBERED = ("[nN]°", "[nN]º", r"n\.", r"p\.", r"pp\.", r"t\.", r"vol\.", r"chap\.", r"art\.", r"fig\.")
TITLES = (r"M\.", r"MM\.", "Mme", "Mmes", "Mlle", "Dr", "Pr", "Mgr", "Me")


def _after(*words: str) -> str:
    """Give a pattern that holds after one of the words and one blank."""
    return "(?:" + "|".join(rf"(?<=\b{word}{BLANKS})" for word in words) + ")"


FR_QUOTES = re.compile(rf"«{BLANKS}*(?=[^\s»])|(?<=[^\s«]){BLANKS}*»")
# It begins with the blank, so that the search runs from blank to blank; what follows is looked at before what
# stands before, since that leaves few places to look back from.
FR_SPACES = re.compile(
    rf"""{BLANKS}+(?:
      (?P<high>(?=[;!?]+(?:[\s»”"')\]…,.]|\ufffc|$)))
    | (?P<colon>(?=:(?:\s|\ufffc|$)))
    | (?P<thousands>(?<=\d{BLANKS})(?=\d{{3}}(?!\d)))
    | (?:(?<=\d{BLANKS})(?=(?:{UNITS})(?!\w)))
    | (?:(?<=\dh{BLANKS})|(?<=\d{BLANKS}h{BLANKS}))(?=\d{{2}}(?!\d))
    | (?=siècles?\b)(?:(?<=[IVX]e{BLANKS})|(?<=[IVX]er{BLANKS}))
    | (?<=\b1er{BLANKS})(?=(?:{MONTHS})\b)
    | (?=[\dIVXLC]){_after(*NUMBERED)}
    | (?=[A-ZÀ-ÖØ-Þ]){_after(*TITLES)}
    )""",
    re.VERBOSE,
)
# A number so far, whose next three digits follow: one to three digits, then groups of three.
GROUPED = re.compile(rf"(?<![\d.,])(?<!\d{BLANKS})\d{{1,3}}(?:{BLANKS}\d{{3}})*$")


def marked(text: str, stretches: Stretches) -> list[Edit]:
    """Set ellipses, dashes, apostrophes and quotation marks."""
    edits: list[Edit] = []
    quotes = _Quotes()
    for found in MARKS.finditer(text):
        start, end = found.span()
        language = _language(stretches, start)
        mark = found[0]
        if not language:
            continue
        if mark[0] == ".":
            if len(mark) == 3:
                edits.append((start, end, "…"))
        elif mark[0] == "-":
            new = _dash(text, start, end) if language in OUTER else ""
            if new:
                edits.append((start, end, new))
        elif mark == "'":
            new = _apostrophe(text, start, language)
            if new:
                edits.append((start, end, new))
        elif language in OUTER:
            quotes.meet(text, start, language)
    edits.extend(quotes.paired(text))
    if any(language == "en" for _, language in stretches):
        edits.extend(
            (found.end(1), found.end(1) + 1, "–")
            for found in EN_RANGE.finditer(text)
            if _language(stretches, found.start()) == "en" and _is_range(found[1], found[2])
        )
    return sorted(edits)


def spaced(text: str, stretches: Stretches) -> list[Edit]:
    """Make the spaces that French keeps no-break so, and add those within « » that are missing."""
    if not any(language == "fr" for _, language in stretches):
        return []
    edits: list[Edit] = []
    if "«" in text or "»" in text:
        edits.extend(
            (*found.span(), f"«{NARROW}" if found[0][0] == "«" else f"{NARROW}»")
            for found in FR_QUOTES.finditer(text)
        )
    edits.extend((*found.span(), _space(text, found)) for found in FR_SPACES.finditer(text))
    return sorted(
        edit for edit in edits if text[edit[0] : edit[1]] != edit[2] and _language(stretches, edit[0]) == "fr"
    )


def _space(text: str, found: re.Match[str]) -> str:
    """Give the space that French puts where it was found, or the same where it is none of ours."""
    before = text[found.start() - 1 : found.start()]
    match found.lastgroup:
        case "high":
            return NARROW if before.strip("«") else found[0]
        case "colon":
            # In a ratio, 16 : 9, the colon is a sign between numbers.
            ratio = before.isdigit() and re.match(rf":{BLANKS}*\d", text[found.end() :])
            return NBSP if before.strip("«") and not ratio else found[0]
        case "thousands":
            return NARROW if GROUPED.search(text[max(0, found.start() - 24) : found.start()]) else found[0]
        case _:
            return NBSP


def _language(stretches: Stretches, at: int) -> str:
    if len(stretches) == 1:
        return stretches[0][1]
    place = bisect.bisect_right([end for end, _ in stretches], at)
    return stretches[place][1] if place < len(stretches) else ""


def _dash(text: str, start: int, end: int) -> str:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    # `-->` and `<--` are arrows, ` --option` is an option.
    if end - start > 3 or before in "<!" or after == ">":
        return ""
    if end - start == 2 and before.isspace() and not after.isspace():
        return ""
    return "—" if end - start == 3 else "–"


@dataclass(slots=True)
class _Open:
    """A quotation mark that waits for its partner: where it stands, if it is a straight one."""

    at: int
    straight: bool
    closing: str = ""


@dataclass(slots=True)
class _Quotes:
    """The quotation marks of one line, paired as they come."""

    open: list[_Open] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)

    def meet(self, text: str, at: int, language: str) -> None:
        """Take in one of `"`, « and »; straight ones are set when both of a pair are known."""
        mark = text[at]
        if mark == "«":
            self.open.append(_Open(at, straight=False))
        elif mark == "»":
            if any(not each.straight for each in self.open):
                while self.open.pop().straight:
                    pass
        elif self._opens(text, at):
            self.open.append(_Open(at, straight=True, closing=language))
        elif self.open and self.open[-1].straight:
            opened = self.open.pop()
            pair = (INNER if self.open else OUTER)[opened.closing]
            self.edits.extend(((opened.at, opened.at + 1, pair[0]), (at, at + 1, pair[1])))

    def paired(self, text: str) -> list[Edit]:
        """Give the edits; a mark that opens the line and is never closed goes on in the next one."""
        first = self.open[0] if self.open else None
        if first and first.straight and not text[: first.at].strip():
            self.edits.append((first.at, first.at + 1, OUTER[first.closing][0]))
        return self.edits

    def _opens(self, text: str, at: int) -> bool:
        before = text[at - 1] if at else " "
        after = text[at + 1] if at + 1 < len(text) else " "
        if before in OPENING and not after.isspace():
            return True
        return before in OPENING and after.isspace() and not (self.open and self.open[-1].straight)


def _apostrophe(text: str, at: int, language: str) -> str:
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    if before.isalpha() and after.isalpha():
        return "’"
    if language not in OUTER:
        return ""
    if before.isdigit() and not after.isalpha():
        return ""
    if before not in OPENING:
        return "’"
    if language == "en" and ELIDED.match(text, at):
        return "’"
    return "‘" if AFTER_OPENING.match(after) and _closes_later(text, at) else ""


def _closes_later(text: str, at: int) -> bool:
    """Say whether a single quotation mark is closed further on: after a word, before none."""
    return re.search(r"[^\s(\[]'(?!\w)", text[at + 1 :]) is not None


def _is_range(low: str, high: str) -> bool:
    if len(low) == len(high):
        return int(low) < int(high)
    return (len(low), len(high)) in {(4, 2), (1, 2), (2, 3)} and (len(low) == 4 or int(low) < int(high))
