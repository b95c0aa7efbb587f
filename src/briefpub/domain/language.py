"""What a language tag (BCP 47) decides: the direction of writing and the pace of reading."""

from briefpub.domain.document import Direction

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
# Characters per minute where words are not parted by spaces; else words per minute.
# Trauzettel-Klosinski & Dietz, "Standardized Assessment of Reading Performance" (IReST), 2012.
WORDS_PER_MINUTE = {
    "ar": 138,
    "de": 179,
    "en": 228,
    "es": 218,
    "fr": 195,
    "he": 187,
    "it": 188,
    "pt": 181,
    "ru": 184,
}
CHARACTERS_PER_MINUTE = {"zh": 255, "ja": 357, "ko": 430}
DEFAULT_WORDS_PER_MINUTE = 200


def primary(tag: str) -> str:
    """Give the primary subtag in lower case: `fr-CA` is `fr`."""
    return tag.replace("_", "-").split("-", 1)[0].lower()


def direction_of(tag: str) -> Direction:
    """Give the direction of writing of a language tag; a script subtag decides first."""
    subtags = tag.replace("_", "-").lower().split("-")
    if "latn" in subtags or "cyrl" in subtags:
        return Direction.LTR
    if "arab" in subtags or "hebr" in subtags or subtags[0] in RIGHT_TO_LEFT:
        return Direction.RTL
    return Direction.LTR


def minutes_to_read(words: int, characters: int, tag: str) -> int:
    """Give the whole minutes, at least one, that a text of so many words and characters takes."""
    language = primary(tag)
    if language in CHARACTERS_PER_MINUTE:
        return max(1, round(characters / CHARACTERS_PER_MINUTE[language]))
    return max(1, round(words / WORDS_PER_MINUTE.get(language, DEFAULT_WORDS_PER_MINUTE)))
