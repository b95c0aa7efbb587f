"""Guess the language of a plain text: by its script, or by the small words of eight languages."""

import re
from collections import Counter

# Words that one of these languages uses all the time and the others seldom.
SMALL_WORDS = {
    "fr": "le la les des du et une est dans pour que qui sur pas au aux avec ce cette son ses ne nous elle",
    "en": "the of and to is that it was for with as his her on are this be have not they from which by",
    "de": "der die das und ist nicht ein eine den mit von zu auf dem des sich auch als wird im sie es",
    "es": "el los las y es una por con para como más pero sus al lo está fue ha muy también entre del",
    "it": "il lo gli che è di una per con non sono della nel anche come più dei si alla questo dal ha",
    "pt": "o os as é uma não com para mais como mas dos das ao foi pela pelo também ele são seu sua",
    "nl": "de het een van en is dat op te zijn voor niet met aan er maar om ook als door bij naar ze",
    "pl": "w na nie się z do to że jest jak o ale co po przez za od dla tak już czy tylko być jego",
}
SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
)
PERSIAN = re.compile("[\u067e\u0686\u0698\u06af\u06a9\u06cc]")
UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
ENOUGH_TEXT = 100_000


def guess_language(text: str) -> str:
    """Give a language tag, or nothing where the words do not say enough.

    Scripts that serve many languages answer only for those told apart here: Arabic and Persian, Russian.
    """
    sample = text[:ENOUGH_TEXT]
    letters = sum(char.isalpha() for char in sample)
    for tag, script in SCRIPTS:
        found = len(script.findall(sample))
        # Japanese mixes in Chinese characters: a fifth of kana is plenty.
        if found * (5 if tag == "ja" else 2) > letters > 0:
            return _of_script(tag, sample)
    words = Counter(re.findall(r"[^\W\d_]+", sample.lower()))
    counts = {tag: sum(words[word] for word in small.split()) for tag, small in SMALL_WORDS.items()}
    (best, most), (_, second) = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:2]
    return best if most >= 3 and most * 10 > words.total() and most > second * 1.15 else ""


def _of_script(tag: str, sample: str) -> str:
    if tag == "ar" and len(PERSIAN.findall(sample)) * 50 > len(sample):
        return "fa"
    if tag == "ru" and len(UKRAINIAN.findall(sample)) * 100 > len(sample):
        return "uk"
    return tag
