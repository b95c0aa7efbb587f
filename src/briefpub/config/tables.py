"""Every setting there is, its form and its default, as pydantic sees it."""

import difflib
import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from briefpub.domain.audience import DigestBody, InDoubt, List, checked_slug
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Imprint

FILE = "briefpub.toml"
NAME = r"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*)?$"


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


def _rate(text: str) -> str:
    if text and not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", text):
        raise ValueError("a rate is written as 300/hour: a number, then second, minute, hour or day")
    return text


def _quiet(text: str) -> str:
    hour = r"([01][0-9]|2[0-3]):[0-5][0-9]"
    if text and not re.fullmatch(f"{hour}-{hour}", text):
        raise ValueError("quiet hours are written as 22:00-07:00")
    return text


Rate = Annotated[str, AfterValidator(_rate)]
Quiet = Annotated[str, AfterValidator(_quiet)]
Selector = Annotated[str, Field(pattern=NAME)]
Domain = Annotated[str, Field(pattern=NAME)]
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


class DkimSettings(_Table):
    """`[dkim]`: how mail is signed (RFC 6376); without a selector the smarthost signs, or nobody."""

    selector: Selector = Field(default="", description="the selector of the RSA key, as s2026")
    key_file: str = Field(default="", description="the RSA private key, PEM, 2048 bits or more")
    domain: Domain = Field(default="", description="the signing domain; else the sender's own")
    ed25519_selector: Selector = Field(default="", description="the selector of a second, Ed25519 signature")
    ed25519_key_file: str = Field(default="", description="the Ed25519 private key, PEM")


class SiteSettings(_Table):
    """`[sites."smtp.example.org"]`: what a receiving site is given at most."""

    rate: Rate = Field(default="", description="messages at most, as 300/hour, 10/second, 20000/day")
    connections: int | None = Field(default=None, ge=1, le=200, description="connections at once")
    messages: int | None = Field(default=None, ge=1, le=100_000, description="messages on one connection")


class SendingSettings(_Table):
    """`[sending]`: how mail is sent."""

    connections: int = Field(default=8, ge=1, le=200, description="connections to a smarthost at once")
    rate: Rate = Field(default="", description="messages to any one site at most, as 300/hour")
    quiet: Quiet = Field(default="", description="hours in which nothing is sent, as 22:00-07:00")
    warm_up_from: date | None = Field(default=None, description="the first day of a new sending address")
    bounces: str = Field(default="", description="the mailbox bounces return to, as b@bounce.example.org")
    hello: Domain = Field(default="", description="the name this host says to servers; else its own")


class ListSettings(_Table):
    """`[lists.<slug>]`: a list declared in the file; a key stated here wins over the database."""

    name: Line | None = None
    sender: Line | None = Field(default=None, description="the mailbox issues come from: Name <user@host>")
    language: Tag | None = None
    timezone: Zone | None = None
    layout: str | None = None
    description: Line | None = None
    in_doubt: InDoubt | None = Field(default=None, description="hold, resend or assume-sent")
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
    transport: str = Field(
        default="maildir",
        description="maildir, smtp://user@host:587, or mx (straight to each receiving site)",
    )
    database: str = Field(default="briefpub.db", description="a file, or postgresql://user@host/name")
    outbox: str = Field(default="outbox", description="the folder of frozen editions, or database")
    engine: Literal["embedded", "distributed"] = Field(
        default="embedded", description="one process, or many machines on PostgreSQL"
    )
    articles: str = Field(default="articles", description="the folder of articles")
    layouts: str = Field(default="layouts", description="the folder of layouts of your own")
    layout: str = Field(default="default", description="the layout of lists that name none")
    typography: bool = Field(default=True, description="set spaces, quotes and dashes as each language asks")
    smtp_password: SecretStr | None = Field(default=None, description="only as BRIEFPUB_SMTP_PASSWORD")
    smtp_password_file: str = Field(default="", description="a file that holds the SMTP password")
    letterbox: Site = Field(default="", description="where subscribers' pages are served, as https://…")
    secret: SecretStr | None = Field(default=None, description="only as BRIEFPUB_SECRET")
    secret_file: str = Field(default="", description="a file that holds the secret of subscribers' links")
    log: Literal["debug", "info", "warning", "error"] = Field(default="warning", description="what is logged")
    digest: DigestSettings = DigestSettings()
    sending: SendingSettings = SendingSettings()
    dkim: DkimSettings = DkimSettings()
    sites: dict[str, SiteSettings] = Field(default_factory=dict)
    lists: dict[str, ListSettings] = Field(default_factory=dict)

    def imprint(self) -> Imprint:
        """Give what colophons and footers say."""
        return Imprint(
            name=self.name,
            site=self.site,
            publisher=self.publisher,
            rights=self.rights,
            contact=self.contact,
            letterbox=self.letterbox,
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
            in_doubt=stated.in_doubt or (known.in_doubt if known else InDoubt.HOLD),
            archived=known.archived if known else False,
        )

    def _digest_body(self, known: List | None) -> DigestBody:
        """Let a [digest] table that is written win over the database, like every key the file states."""
        if known is None or "digest" in self.model_fields_set:
            return self.digest.body
        return known.digest_body
