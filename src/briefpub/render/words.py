"""The layout's own words in the reader's language, and dates (the only file that knows Babel)."""

import datetime as dt
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from briefpub.domain.audience import Frequency
from briefpub.domain.gathering import Gathering
from briefpub.domain.language import primary

EN = {
    "issue": "No. {n}",
    "issue_long": "Issue {n}",
    "weekly": "Weekly no. {n}",
    "weekly_long": "Weekly gathering {n}",
    "weekly_of": "Week of {day}",
    "weekly_series": "{name}: weekly gatherings",
    "monthly": "Monthly no. {n}",
    "monthly_long": "Monthly gathering {n}",
    "monthly_series": "{name}: monthly gatherings",
    "minutes": "{n} min read",
    "minutes_short": "{n} min",
    "read_online": "Read online",
    "read_in_browser": "Read this issue in a browser",
    "continue_reading": "Continue reading",
    "in_this_issue": "In this issue",
    "in_this_essay": "In this essay",
    "contents": "Contents",
    "authors": "Authors",
    "related": "Read next",
    "notes": "Notes",
    "note": "Note {n}",
    "back_to_text": "Back to the text",
    "by": "By",
    "and": "and",
    "cover": "Cover",
    "cover_of": "Cover of {title}.",
    "title_page": "Title page",
    "colophon": "Colophon",
    "landmarks": "Landmarks",
    "start_reading": "Start of the text",
    "photo": "Picture",
    "image_alt": "[Picture: {alt}]",
    "colon": ": ",
    "dot": " · ",
    "essay": "Essay",
    "essays": "{n} essays",
    "unsubscribe": "Unsubscribe",
    "preferences": "Choose what you receive",
    "issue_out": "A new issue of {name} is out.",
    "book_attached": "A new issue of {name}, attached as a book for your e-reader (EPUB).",
    "why": "You receive this because you subscribed to {name}.",
    "published_by": "Published by {name}",
    "made_with": "Made with briefpub, from one source: mail, web page, PDF and EPUB carry the same words.",
    "typefaces": "Set in Source Serif, Source Sans and Noto Naskh Arabic (SIL Open Font License).",
    "identifier": "Identifier",
    "web_version": "Web version",
    "scan_to_read": "Read it on the web",
    "page_of": "{page} of {pages}",
    "attached": "The brief is attached as a PDF.",
    "downloads": "Downloads",
    "as_pdf": "The issue as a PDF, to print",
    "as_epub": "The issue as an EPUB, for an e-reader",
    "write_to": "Write to us",
    "skip": "Skip to the text",
    "accessibility": (
        "This book can be read aloud, resized and restyled. It has a nested table of contents, every heading "
        "is marked up, and every picture is described. It has no flashing, motion or sound."
    ),
    "accessibility_undescribed": (
        "This book can be read aloud, resized and restyled. It has a nested table of contents and every "
        "heading is marked up. Some pictures are not described. It has no flashing, motion or sound."
    ),
}
FR = {
    "issue": "N° {n}",
    "issue_long": "Numéro {n}",
    "weekly": "La semaine n° {n}",
    "weekly_long": "La semaine n° {n}",
    "weekly_of": "Semaine du {day}",
    "weekly_series": "{name}\u00a0: la semaine",
    "monthly": "Le mois n° {n}",
    "monthly_long": "Le mois n° {n}",
    "monthly_series": "{name}\u00a0: le mois",
    "minutes": "{n} min de lecture",
    "minutes_short": "{n}\u00a0min",
    "read_online": "Lire en ligne",
    "read_in_browser": "Lire ce numéro dans un navigateur",
    "continue_reading": "Lire la suite",
    "in_this_issue": "Dans ce numéro",
    "in_this_essay": "Dans cet essai",
    "contents": "Sommaire",
    "authors": "Auteurs",
    "related": "À lire aussi",
    "notes": "Notes",
    "note": "Note {n}",
    "back_to_text": "Retour au texte",
    "by": "Par",
    "and": "et",
    "cover": "Couverture",
    "cover_of": "Couverture de {title}.",
    "title_page": "Page de titre",
    "colophon": "Colophon",
    "landmarks": "Repères",
    "start_reading": "Début du texte",
    "photo": "Image",
    "image_alt": "[Image\u00a0: {alt}]",
    "colon": "\u00a0: ",
    "dot": " · ",
    "essay": "Essai",
    "essays": "{n} essais",
    "unsubscribe": "Se désabonner",
    "preferences": "Choisir ce que vous recevez",
    "issue_out": "Un nouveau numéro de {name} est paru.",
    "book_attached": "Un nouveau numéro de {name}, joint en livre pour votre liseuse (EPUB).",
    "why": "Vous recevez cette lettre parce que vous êtes abonné à {name}.",
    "published_by": "Publié par {name}",
    "made_with": (
        "Composé avec briefpub, d’une seule source\u00a0: lettre, page, PDF et EPUB portent les mêmes mots."
    ),
    "typefaces": "Composé en Source Serif, Source Sans et Noto Naskh Arabic (licence SIL Open Font).",
    "identifier": "Identifiant",
    "web_version": "Version web",
    "scan_to_read": "Lire sur le web",
    "page_of": "{page} sur {pages}",
    "attached": "Le dossier est joint en PDF.",
    "downloads": "Téléchargements",
    "as_pdf": "Le numéro en PDF, à imprimer",
    "as_epub": "Le numéro en EPUB, pour liseuse",
    "write_to": "Nous écrire",
    "skip": "Aller au texte",
    "accessibility": (
        "Ce livre peut être lu à voix haute, agrandi et remis en forme. Il a une table des matières "
        "hiérarchisée, chaque titre est balisé et chaque image est décrite. Ni clignotement, ni mouvement, "
        "ni son."
    ),
    "accessibility_undescribed": (
        "Ce livre peut être lu à voix haute, agrandi et remis en forme. Il a une table des matières "
        "hiérarchisée et chaque titre est balisé. Certaines images ne sont pas décrites. Ni clignotement, "
        "ni mouvement, ni son."
    ),
}
AR = {
    "issue": "العدد {n}",
    "issue_long": "العدد {n}",
    "weekly": "حصاد الأسبوع {n}",
    "weekly_long": "حصاد الأسبوع، العدد {n}",
    "weekly_of": "أسبوع {day}",
    "weekly_series": "{name}: حصاد الأسبوع",
    "monthly": "حصاد الشهر {n}",
    "monthly_long": "حصاد الشهر، العدد {n}",
    "monthly_series": "{name}: حصاد الشهر",
    "minutes": "القراءة في {n} د",
    "minutes_short": "{n} د",
    "read_online": "اقرأ على الويب",
    "read_in_browser": "اقرأ هذا العدد في المتصفح",
    "continue_reading": "تابع القراءة",
    "in_this_issue": "في هذا العدد",
    "in_this_essay": "في هذه المقالة",
    "contents": "المحتويات",
    "authors": "الكُتّاب",
    "related": "اقرأ أيضًا",
    "notes": "الهوامش",
    "note": "الهامش {n}",
    "back_to_text": "العودة إلى النص",
    "by": "بقلم",
    "and": "و",
    "cover": "الغلاف",
    "cover_of": "غلاف {title}.",
    "title_page": "صفحة العنوان",
    "colophon": "بيانات النشر",
    "landmarks": "معالم",
    "start_reading": "بداية النص",
    "photo": "صورة",
    "image_alt": "[صورة: {alt}]",
    "colon": ": ",
    "dot": "، ",  # a middle dot between Arabic figures reads as a nought
    "essay": "مقالة",
    "essays": "{n} مقالات",
    "unsubscribe": "إلغاء الاشتراك",
    "preferences": "اختر ما يصلك",
    "issue_out": "صدر عدد جديد من {name}.",
    "book_attached": "عدد جديد من {name}، مرفق كتابًا لقارئك الإلكتروني (EPUB).",
    "why": "تصلك هذه الرسالة لأنك مشترك في {name}.",
    "published_by": "تصدر عن {name}",
    "made_with": "أُعدّت ببرنامج briefpub من مصدر واحد: الرسالة والصفحة وملفا PDF وEPUB تحمل الكلمات نفسها.",
    "typefaces": "الخطوط: Source Serif وSource Sans وNoto Naskh Arabic (رخصة SIL المفتوحة).",
    "identifier": "المعرّف",
    "web_version": "نسخة الويب",
    "scan_to_read": "اقرأ على الويب",
    "page_of": "{page} من {pages}",
    "attached": "الموجز مرفق بصيغة PDF.",
    "downloads": "للتنزيل",
    "as_pdf": "العدد بصيغة PDF للطباعة",
    "as_epub": "العدد بصيغة EPUB للقارئ الإلكتروني",
    "write_to": "راسلنا",
    "skip": "انتقل إلى النص",
    "accessibility": (
        "يمكن قراءة هذا الكتاب بصوت عالٍ وتكبيره وتغيير هيئته. له فهرس متدرّج، وكل عنوان فيه موسوم، "
        "وكل صورة موصوفة. لا وميض فيه ولا حركة ولا صوت."
    ),
    "accessibility_undescribed": (
        "يمكن قراءة هذا الكتاب بصوت عالٍ وتكبيره وتغيير هيئته. له فهرس متدرّج، وكل عنوان فيه موسوم. "
        "بعض الصور غير موصوفة. لا وميض فيه ولا حركة ولا صوت."
    ),
}
WORDS = {"en": EN, "fr": FR, "ar": AR}
ONE_WEEK, ONE_MONTH = dt.timedelta(days=8), dt.timedelta(days=32)


# A bare tag leaves the habit open: day before month in English, Arabic-Indic digits in Arabic.
PLAIN = {"en": Locale("en", "GB"), "ar": Locale("ar", "EG")}
# Babel knows which digits a language takes (CLDR), but writes them only with a number pattern of its own.
DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}


def word(language: str, key: str, /, **values: object) -> str:
    """Give one of the layout's own words; English stands in for a language that has none yet."""
    text = WORDS.get(primary(language), EN)[key]
    return text.format(**values) if values else text


def words(language: str) -> dict[str, str]:
    """Give all of the layout's own words in a language, for the templates."""
    return dict(WORDS.get(primary(language), EN))


def spoken(language: str, otherwise: str) -> str:
    """Give the language of the layout's words for a text: its own where they exist, else `otherwise`."""
    return language if primary(language) in WORDS else otherwise


@lru_cache(maxsize=1024)
def long_date(date: dt.date | None, language: str) -> str:
    """Write a date out (`22 novembre 2026`); nothing for no date."""
    locale = _locale(language)
    return _own_digits(format_date(date, format="long", locale=locale), locale) if date else ""


def gathering_title(gathering: Gathering, language: str) -> str:
    """Name a gathering by its issues' month or week (`November 2026`, `Week of 23 November 2026`)."""
    first, last = gathering.first, gathering.last
    if gathering.frequency is Frequency.MONTHLY:
        if last - first <= ONE_MONTH:
            # Its middle: an issue of the first of a month may be gathered with those of the month before.
            return _capital(_month(first + (last - first) / 2, language))
        return _capital(f"{_month(first, language)} – {_month(last, language)}")
    if last - first <= ONE_WEEK:
        return word(language, "weekly_of", day=long_date(first, language))
    return f"{long_date(first, language)} – {long_date(last, language)}"


def _month(day: dt.date, language: str) -> str:
    locale = _locale(language)
    return _own_digits(format_skeleton("yMMMM", day, locale=locale), locale)


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


@lru_cache(maxsize=1024)
def number(value: int, language: str) -> str:
    """Write a whole number in a language's own digits."""
    locale = _locale(language)
    return _own_digits(format_decimal(value, locale=locale), locale)


def numbered(value: int | None, frequency: Frequency, language: str, *, long: bool = False) -> str:
    """Name an issue by its number (`No. 3`), and a gathering by its own (`Monthly gathering 3`)."""
    if value is None:
        return ""
    key = "issue" if frequency is Frequency.EACH else frequency.value
    return word(language, f"{key}_long" if long else key, n=number(value, language))


def joined(names: tuple[str, ...], language: str) -> str:
    """Write names one after another: `A, B and C`."""
    if len(names) < 2:
        return "".join(names)
    comma = "، " if primary(language) == "ar" else ", "
    link = word(language, "and")
    last = f"{link}{names[-1]}" if primary(language) == "ar" else f"{link} {names[-1]}"
    return f"{comma.join(names[:-1])} {last}"


def _own_digits(text: str, locale: Locale) -> str:
    return text.translate(DIGITS.get(locale.default_numbering_system, {}))


def _locale(language: str) -> Locale:
    if language in PLAIN:
        return PLAIN[language]
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")
