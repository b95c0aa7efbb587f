"""Fields of front matter: what authors write, in all its forms, becomes one form or a ValueError."""

import datetime as dt
import re

from briefpub.content.characters import LINE_BREAKING, one_line
from briefpub.content.links import is_web
from briefpub.content.reading import language_tag
from briefpub.domain.audience import SLUG

DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[Tt\s]\s*\d{1,2}:\d{2}.*)?")


def words(value: object) -> str:
    """Give a value as one line of words; raise ValueError for what is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        raise ValueError("must be words")  # noqa: TRY004
    text = str(value).strip()
    if LINE_BREAKING.search(text):
        raise ValueError("holds a line break or a control character")
    return one_line(text)


def passage(value: object) -> str:
    """Give a value as words on one line, whatever line breaks it had."""
    if isinstance(value, dict | list):
        raise ValueError("must be words")  # noqa: TRY004
    return "" if value is None else one_line(str(value))


def listed(value: object) -> list[object]:
    """Give a list, a single value as a list of one, or an empty list."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]


def tags(value: object) -> list[object]:
    """Give tags from a list or from words parted by commas."""
    if isinstance(value, str):
        return [tag.strip() for tag in value.split(",") if tag.strip()]
    return listed(value)


def authors(value: object) -> list[object]:
    """Give the authors' names, from words or from `{name: …}`."""
    return [each.get("name") if isinstance(each, dict) else each for each in listed(value)]


def date(value: object) -> object:
    """Give the day that a date or an ISO 8601 string names, as it was written: no zone is applied."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    found = DATE.fullmatch(str(value).strip())
    if not found:
        raise ValueError("is not a date")
    try:
        return dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        raise ValueError("is not a day of the calendar") from None


def language(value: object) -> str:
    """Give a language tag in its usual letter case."""
    text = words(value)
    if text and not language_tag(text):
        raise ValueError("is not a language tag")
    return language_tag(text)


def slug(value: object) -> str:
    """Give a slug that can name a folder and an address."""
    text = words(value)
    if text and not SLUG.fullmatch(text):
        raise ValueError("cannot be a slug")
    return text


def web_address(value: object) -> str:
    """Give an address that a browser can open."""
    text = words(value)
    if text and not is_web(text):
        raise ValueError("is not a web address")
    return text


def photo(value: object) -> object:
    """Give a photo's values, from its file's name too."""
    return {"file": value} if isinstance(value, str) else value


def related(value: object) -> object:
    """Give a related link's values, from an id or an address too, and its photo's alt text with them."""
    if isinstance(value, dict):
        photo = value.get("photo")
        alt = photo.get("alt") if isinstance(photo, dict) else None
        return {**value, "photo_alt": alt} if alt else value
    text = words(value)
    return {"address": text} if is_web(text) else {"article": text.removeprefix("article:")}
