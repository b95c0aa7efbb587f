"""briefpub.toml and BRIEFPUB_* become one frozen Settings; unknown keys are refused (knows pydantic)."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from briefpub.config.tables import (
    FILE,
    DigestSettings,
    DkimSettings,
    ListSettings,
    SendingSettings,
    Settings,
    SiteSettings,
)
from briefpub.domain.audience import checked_mailbox, checked_slug
from briefpub.domain.errors import ConfigError

__all__ = ["FILE", "PREFIX", "Settings", "find_root", "read_settings", "smtp_password"]

PREFIX = "BRIEFPUB_"
SECRET = frozenset({"smtp_password", "secret"})


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
        for key in SECRET.intersection(data):
            raise ConfigError(
                "a secret does not belong in this file",
                where=f"{where}:{_line_of(text, (key,))}",
                hint=f"put it into the variable {PREFIX}{key.upper()}, or name a file in {key}_file",
            )
    try:
        settings = Settings.model_validate(_laid_over(data, _from(environment)))
    except ValidationError as error:
        raise _first_error(error, text, where) from error
    if settings.engine == "distributed":
        _check_machines(settings, where, _line_of(text, ("engine",)))
    for slug, stated in settings.lists.items():
        place = f"{where}:{_line_of(text, ('lists', slug))}"
        try:
            checked_slug(slug, what="list name")
            if stated.sender:
                checked_mailbox(stated.sender, where=place)
        except ConfigError as error:
            raise ConfigError(error.message, where=place, hint=error.hint) from error
    return settings


def _check_machines(settings: Settings, where: str, line: int | None) -> None:
    """Refuse what many machines cannot share: a file as database, a maildir, a secret of each one's own."""
    where = f"{where}:{line}" if line else where
    if not settings.database.startswith("postgres"):
        raise ConfigError(
            f"many machines need a database on a server, and `database` is {settings.database!r}",
            where=where,
            hint='set database = "postgresql://user@host/name"; `briefpub migrate-db` brings what is there',
        )
    if settings.transport.partition(":")[0] == "maildir":
        raise ConfigError(
            "many machines cannot deliver into one machine's maildir",
            where=where,
            hint='set transport = "smtp://…" or "mx", or keep engine = "embedded"',
        )
    if not (settings.secret or settings.secret_file):
        raise ConfigError(
            "many machines need one secret: links in one machine's mail are opened at another",
            where=where,
            hint=f'set secret_file = ".briefpub/secret" and copy that file to each, or set {PREFIX}SECRET',
        )


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
        case ("sites", _):
            return sorted(SiteSettings.model_fields)
        case ("sending",):
            return sorted(SendingSettings.model_fields)
        case ("dkim",):
            return sorted(DkimSettings.model_fields)
        case ("lists", _):
            return sorted(ListSettings.model_fields)
        case ("lists", _, "digest") | ("digest",):
            return sorted(DigestSettings.model_fields)
        case _:
            return sorted(set(Settings.model_fields) - SECRET)


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
