"""briefpub.toml and BRIEFPUB_* become one frozen Settings; unknown keys are refused (knows pydantic)."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from briefpub.domain.audience import DigestBody, List, checked_mailbox, checked_slug
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Imprint

FILE = "briefpub.toml"
PREFIX = "BRIEFPUB_"


def _zone(text: str) -> str:
    if text not in available_timezones():
        near = difflib.get_close_matches(text, available_timezones(), n=1)
        raise ValueError(
            f"{text!r} is no IANA time zone" + (f"; did you mean {near[0]!r}?" if near else ""),
        )
    return text


def _site(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise ValueError("a site is written as https://example.org, with no query")
    return text.rstrip("/")


def _line(text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        raise ValueError("it holds a line break or a control character")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Site = Annotated[str, AfterValidator(_site)]
Line = Annotated[str, AfterValidator(_line)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DigestSettings(_Table):
    """`[digest]`: how the mail edition is made."""

    body: DigestBody = DigestBody.LEAD


class ListDigestSettings(_Table):
    """`[lists.<slug>.digest]`: the same for one list; what is not stated is the publication's."""

    body: DigestBody | None = None


class ListSettings(_Table):
    """`[lists.<slug>]`: a list declared in the file; a key stated here wins over the database."""

    name: Line | None = None
    sender: Line | None = Field(default=None, description="the mailbox issues come from: Name <user@host>")
    language: Tag | None = None
    timezone: Zone | None = None
    layout: str | None = None
    description: Line | None = None
    digest: ListDigestSettings = ListDigestSettings()


class Settings(_Table):
    """Every setting of a publication. A BRIEFPUB_ variable wins over the file: `BRIEFPUB_DIGEST__BODY`."""

    name: Line = Field(default="", description="the publication's name, as on a masthead")
    site: Site = Field(default="", description="where the outbox is published on the web")
    publisher: Line = Field(default="", description="who publishes, for colophons")
    rights: Line = Field(default="", description="the rights statement of every edition")
    contact: Line = Field(default="", description="the mailbox readers may write to")
    language: Tag = Field(default="en", description="the language of articles that name none")
    timezone: Zone = Field(default="UTC", description="the zone in which issues are dated")
    transport: str = Field(default="maildir", description="maildir, or smtp://user@host:587?tls=starttls")
    database: str = Field(default="briefpub.db", description="a file, or sqlite:///file")
    outbox: str = Field(default="outbox", description="the folder of frozen editions")
    articles: str = Field(default="articles", description="the folder of articles")
    layouts: str = Field(default="layouts", description="the folder of layouts of your own")
    layout: str = Field(default="default", description="the layout of lists that name none")
    typography: bool = Field(default=True, description="set spaces, quotes and dashes as each language asks")
    smtp_password: SecretStr | None = Field(default=None, description="only as BRIEFPUB_SMTP_PASSWORD")
    smtp_password_file: str = Field(default="", description="a file that holds the SMTP password")
    digest: DigestSettings = DigestSettings()
    lists: dict[str, ListSettings] = Field(default_factory=dict)

    def imprint(self) -> Imprint:
        """Give what colophons and footers say."""
        return Imprint(
            name=self.name,
            site=self.site,
            publisher=self.publisher,
            rights=self.rights,
            contact=self.contact,
        )

    def declared(self, slug: str, known: List | None) -> List:
        """Give the list `slug` as the file declares it, over what the database knows of it.

        Raises ConfigError when neither names it or its sender.
        """
        stated = self.lists.get(slug, ListSettings())
        name = stated.name or (known.name if known else "")
        sender = stated.sender or (known.sender if known else "") or self.contact
        if not name or not sender:
            missing = "name" if not name else "sender"
            raise ConfigError(
                f"the list {slug!r} has no {missing}",
                where=FILE,
                hint=f'write {missing} = "…" under [lists.{slug}]',
            )
        return List(
            slug=checked_slug(slug, what="list name"),
            name=name,
            sender=sender,
            language=stated.language or (known.language if known else self.language),
            timezone=stated.timezone or (known.timezone if known else self.timezone),
            layout=stated.layout or (known.layout if known else self.layout),
            digest_body=stated.digest.body or self._digest_body(known),
            description=stated.description or (known.description if known else ""),
            archived=known.archived if known else False,
        )

    def _digest_body(self, known: List | None) -> DigestBody:
        """Let a [digest] table that is written win over the database, like every key the file states."""
        if known is None or "digest" in self.model_fields_set:
            return self.digest.body
        return known.digest_body


def find_root(start: Path) -> Path | None:
    """Give the nearest folder at or above `start` that holds a briefpub.toml."""
    return next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)


def read_settings(root: Path | None, *, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of the publication at `root`, or the defaults where there is none.

    Raises ConfigError naming file, line and key, with the nearest known key for an unknown one.
    """
    text, data = "", dict[str, Any]()
    where = FILE
    if root is not None:
        path = root / FILE
        where = str(path)
        try:
            text = path.read_bytes().decode("utf-8-sig")
            data = tomllib.loads(text)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the settings cannot be read: {error}", where=where) from error
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            place = f"{where}:{line[1]}" if line else where
            raise ConfigError(
                f"this is not TOML: {error}", where=place, hint='a setting is written as key = "value"'
            ) from error
        if "smtp_password" in data:
            raise ConfigError(
                "a password does not belong in this file",
                where=f"{where}:{_line_of(text, ('smtp_password',))}",
                hint="put it into the variable BRIEFPUB_SMTP_PASSWORD, or name a file in smtp_password_file",
            )
    try:
        settings = Settings.model_validate(_laid_over(data, _from(environment)))
    except ValidationError as error:
        raise _first_error(error, text, where) from error
    for slug, stated in settings.lists.items():
        place = f"{where}:{_line_of(text, ('lists', slug))}"
        try:
            checked_slug(slug, what="list name")
            if stated.sender:
                checked_mailbox(stated.sender, where=place)
        except ConfigError as error:
            raise ConfigError(error.message, where=place, hint=error.hint) from error
    return settings


def _from(environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the settings that BRIEFPUB_ variables state: `BRIEFPUB_DIGEST__BODY` is `digest.body`.

    Variables of other names are options of commands; an empty one states nothing.
    """
    stated: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or not value:
            continue
        *tables, key = name.removeprefix(PREFIX).lower().split("__")
        if (tables or [key])[0] not in Settings.model_fields:
            continue
        table = stated
        for part in tables:
            table = table.setdefault(part, {})
        table[key] = value
    return stated


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two tables, key by key."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = (
            _laid_over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
        )
    return merged


def smtp_password(settings: Settings, root: Path) -> str | None:
    """Give the SMTP password from the environment or its file; raises ConfigError for an unreadable file."""
    if settings.smtp_password:
        return settings.smtp_password.get_secret_value()
    if not settings.smtp_password_file:
        return None
    try:
        return (root / settings.smtp_password_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the SMTP password cannot be read: {error}", where=settings.smtp_password_file
        ) from error


def _first_error(error: ValidationError, text: str, where: str) -> ConfigError:
    problem = error.errors(include_url=False)[0]
    location = tuple(str(part) for part in problem["loc"])
    key = ".".join(location)
    variable = PREFIX + "__".join(location).upper()
    place = variable if variable in os.environ else where
    line = _line_of(text, location)
    if line and place == where:
        place = f"{where}:{line}"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _known(location[:-1]), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(_known(location[:-1]))}"
        return ConfigError(f"unknown setting {key!r}", where=place, hint=hint)
    message = problem["msg"].removeprefix("Value error, ")
    return ConfigError(f"{key}: {message} (it is {problem['input']!r})", where=place)


def _known(parents: tuple[str, ...]) -> list[str]:
    match parents:
        case ("lists", _):
            return sorted(ListSettings.model_fields)
        case ("lists", _, "digest") | ("digest",):
            return sorted(DigestSettings.model_fields)
        case _:
            return sorted(set(Settings.model_fields) - {"smtp_password"})


def _line_of(text: str, location: tuple[str, ...]) -> int | None:
    """Find the line that states `location`: its key within its table, or the table's own header."""
    table: tuple[str, ...] = ()
    header = None
    for number, line in enumerate(text.splitlines(), start=1):
        if found := re.match(r"\s*\[\[?([^\]]+)\]", line):
            table = _parts(found[1])
            if table[: len(location)] == location and header is None:
                header = number
        elif found := re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line):
            key = (*table, *_parts(found[1]))
            if key == location or key == location[: len(key)]:
                return number
    return header


def _parts(key: str) -> tuple[str, ...]:
    """Part a dotted TOML key; a dot within quotation marks parts nothing."""
    found = re.findall(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)", key)
    return tuple(double or single or bare for double, single, bare in found)
