"""The shape of a line of scraped text: what may be a heading, what cannot, and how wide it stands."""

import re

LONGEST_HEADING = 150
MOST_WORDS = 22
WIDE = 2.2  # a Chinese character or kana says about as much as so many letters
# East Asian Width W and F (Unicode Standard Annex 11), by blocks
WIDE_LETTER = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\U00020000-\U0003fffd]"
)
COMBINING = re.compile("[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u200b-\u200f\u3099\u309a\ufe0f]")

# Terminal punctuation of every script (Unicode property Sentence_Terminal), without the question marks.
SENTENCE_ENDS = ".!…。．！｡۔।॥։።፧။៕។᠃᠉꓿‼⁇⁈⁉᙮"
QUESTION_MARKS = "?？؟⸮՞"
GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
GOES_ON = ":,;：，；、،؛"
CLOSERS = re.compile(r"(?:[\"'’”»›\)\]\}）］｝〉》」』】〕*†‡¹²³⁰-⁹\s]|\[\d{1,3}\])+$")
BULLET = re.compile(r"(?:[-*•◦▪‣●·–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+\S")
NUMBER = re.compile(r"\(?\d{1,3}[.)]\s+\S")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")
PHOTO = re.compile(
    r"(?:photos?|foto|fotos|фото|φωτογραφία|zdjęcie|afbeelding|صورة|תמונה|写真|照片|圖片|图片|사진)"
    r"(?:\s*[:：]\s*|\s+)(?P<alt>\S.*)",
    re.IGNORECASE,
)


def width(text: str) -> int:
    """Give the columns that a line takes: two for a wide character, none for one that combines."""
    if text.isascii():
        return len(text)
    return len(text) + len(WIDE_LETTER.findall(text)) - len(COMBINING.findall(text))


def length(text: str) -> float:
    """Give the letters that a text is worth."""
    return len(text) if text.isascii() else len(text) + (WIDE - 1) * len(WIDE_LETTER.findall(text))


def photo_alt(line: str) -> str:
    """Give X of a line `Photo X`, in any language we know, or nothing."""
    found = PHOTO.fullmatch(line)
    short = found and length(line) <= LONGEST_HEADING and not ends_sentence(line)
    return found["alt"].strip() if found and short else ""


def is_photo(line: str) -> bool:
    """Say whether a line is all that is left of a picture: `Photo` and its alt text."""
    return bool(photo_alt(line))


def is_list_item(line: str) -> bool:
    """Say whether a line begins with a bullet, a dash or a number."""
    return bool(BULLET.match(line))


def is_numbered(line: str) -> bool:
    """Say whether a line begins with a number and a point."""
    return bool(NUMBER.match(line))


def is_address(line: str) -> bool:
    """Say whether a line is an address of the web or of mail, and nothing else."""
    return bool(ADDRESS.fullmatch(line))


def has_letter(line: str) -> bool:
    """Say whether a line holds a letter of any script."""
    return any(char.isalpha() for char in line)


def is_short(line: str) -> bool:
    """Say whether a line is short enough for a heading."""
    return "\n" not in line and length(line) <= LONGEST_HEADING and len(line.split()) <= MOST_WORDS


def ends_sentence(line: str) -> bool:
    """Say whether a line ends in a sentence mark, whatever closes after it."""
    return _end(line) in set(SENTENCE_ENDS)


def asks(line: str) -> bool:
    """Say whether a line ends in a question mark; Greek writes it as a semicolon."""
    end = _end(line)
    return end in set(QUESTION_MARKS) or (end == ";" and bool(GREEK.search(line)))


def is_heading_like(line: str) -> bool:
    """Say whether a line has the shape of a heading: short, with letters, ending in no sentence mark.

    Capitals, colons within, and likeness to the next paragraph say nothing. A line that asks may be a
    heading; what stands around it decides.
    """
    if not is_short(line) or not has_letter(line):
        return False
    if is_list_item(line) or is_photo(line) or is_address(line):
        return False
    return asks(line) or _end(line) not in set(SENTENCE_ENDS + GOES_ON)


def _end(line: str) -> str:
    """Give the last character before whatever closes a line."""
    return CLOSERS.sub("", line[-80:])[-1:]
