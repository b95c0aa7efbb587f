"""How a publication sends, out of its settings: the secret, what stands on every letter, sites, transport."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import moment, outbox_folder
from briefpub.config import PREFIX, Settings, smtp_password
from briefpub.domain.audience import List, ascii_domain, checked_mailbox
from briefpub.domain.delivery import Message
from briefpub.domain.errors import ConfigError
from briefpub.domain.flow import PRESETS, FlowPlan, SiteRules, quiet_of, rate_of
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.render.dkim import Signer
    from briefpub.render.message import Stationery
    from briefpub.transport.address import TransportAddress
    from briefpub.workflows.post_letter import PostLetter

SECRET = "secret"  # noqa: S105 - the name of the file
LEAST_SECRET = 32


def secret_of(settings: Settings, folder: Path) -> bytes:
    """Give the key that signs subscribers' links: stated, in a file, or made once and kept in `folder`.

    Raises ConfigError for a file that cannot be read and for a secret that could be guessed.
    """
    stated = settings.secret.get_secret_value() if settings.secret else ""
    where = f"{PREFIX}SECRET"
    if not stated:
        path = folder.parent / settings.secret_file if settings.secret_file else folder / SECRET
        where = str(path)
        if not settings.secret_file and not path.exists():
            _make_secret(path)
        try:
            stated = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the secret cannot be read: {error}", where=where) from error
    if len(stated) < LEAST_SECRET:
        raise ConfigError(
            f"the secret is shorter than {LEAST_SECRET} characters",
            where=where,
            hint="make one: python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return stated.encode()


def _make_secret(path: Path) -> None:
    """Write a new secret for its owner's eyes; where another process was quicker, its one stays."""
    partial = path.with_name(f".{SECRET}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    except OSError as error:
        raise ConfigError(
            f"the secret of subscribers' links cannot be written: {error.strerror}",
            where=str(path),
            hint=f"make the folder writable, or set {PREFIX}SECRET",
        ) from error


def stationery_of(settings: Settings, root: Path, folder: Path) -> "Callable[[List], Stationery]":
    """Give what stands on every letter of a list: its links' key, its bounce address, its signature."""
    from briefpub.render.message import Stationery

    secret = secret_of(settings, folder)

    @lru_cache
    def signer_for(domain: str) -> "Signer | None":
        return _signer(settings, root, domain)

    def stationery(list: List) -> Stationery:
        sender = checked_mailbox(list.sender, where=list.slug)
        return Stationery(
            letterbox=settings.letterbox,
            bounces=settings.sending.bounces,
            secret=secret,
            signer=signer_for(settings.dkim.domain or ascii_domain(sender.domain)),
        )

    return stationery


def letters_of(settings: Settings, root: Path, transport: ports.Transport) -> "PostLetter":
    """Give what hands over single letters, signed like all other mail of their sender's domain."""
    from briefpub.render.letters import signed
    from briefpub.workflows.post_letter import PostLetter

    def sign(message: Message, at: datetime) -> Message:
        domain = settings.dkim.domain or ascii_domain(message.envelope_from.rpartition("@")[2])
        signer = _signer(settings, root, domain)
        return signed(message, signer, sent=at) if signer else message

    return PostLetter(transport=transport, now=moment, sign=sign)


def _signer(settings: Settings, root: Path, domain: str) -> "Signer | None":
    dkim = settings.dkim
    if not (dkim.selector or dkim.ed25519_selector):
        return None
    if not (dkim.selector and dkim.key_file):
        raise ConfigError(
            "an RSA selector and its key are needed: large receivers verify no other signature",
            where="dkim",
            hint='write selector = "…" and key_file = "…" under [dkim]',
        )
    from briefpub.render.dkim import signer

    return signer(
        domain=domain,
        selector=dkim.selector,
        key_pem=_read(root / dkim.key_file),
        ed25519_selector=dkim.ed25519_selector,
        ed25519_pem=_read(root / dkim.ed25519_key_file) if dkim.ed25519_selector else b"",
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"the private key cannot be read: {error.strerror}",
            where=str(path),
            hint="docs/howto/dns.md says how to make one",
        ) from error


def plan_of(settings: Settings, address: "TransportAddress") -> FlowPlan:
    """Give the limits of every site: presets where we go there ourselves, and what the settings state."""
    from briefpub.transport.address import Kind

    sending = settings.sending
    default = SiteRules(connections=sending.connections)
    sites: dict[str, SiteRules] = {}
    if address.kind is Kind.MX:
        default = SiteRules()
        sites = dict(PRESETS)
    if sending.rate:
        default = _with_rate(default, sending.rate)
        sites = {
            site: rules if rules.rate else _with_rate(rules, sending.rate) for site, rules in sites.items()
        }
    for site, stated in settings.sites.items():
        rules = sites.get(site, default)
        if stated.connections:
            rules = replace(rules, connections=stated.connections)
        if stated.messages:
            rules = replace(rules, messages_per_connection=stated.messages)
        sites[site] = _with_rate(rules, stated.rate) if stated.rate else rules
    return FlowPlan(
        default=default,
        sites=sites,
        warm_up_from=sending.warm_up_from,
        quiet=quiet_of(sending.quiet, settings.timezone) if sending.quiet else None,
    )


def _with_rate(rules: SiteRules, text: str) -> SiteRules:
    rate, burst = rate_of(text)
    return replace(rules, rate=rate, burst=burst)


def transport_of(settings: Settings, root: Path, address: "TransportAddress") -> ports.Transport:
    """Give the transport that the settings name."""
    from briefpub.transport.address import Kind
    from briefpub.transport.dns import Dns
    from briefpub.transport.maildir import Maildir
    from briefpub.transport.mx import Mx
    from briefpub.transport.smtp import Smtp

    match address.kind:
        case Kind.MAILDIR:
            return Maildir(root=outbox_folder(settings, root))
        case Kind.SMTP:
            return Smtp(address=address, password=smtp_password(settings, root), hello=settings.sending.hello)
        case Kind.MX:
            return Mx(mx=Dns().mx, hello=settings.sending.hello or socket.getfqdn())
