"""Measure how a message is filled and signed: against EmailMessage, dkimpy and a bare RSA signature."""

import datetime as dt
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import dkim
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from briefpub.domain.audience import List, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.domain.issue import Edition, Format, Frozen, Imprint
from briefpub.domain.tokens import Purpose, Token, sealed
from briefpub.render.dkim import Signer, signer
from briefpub.render.message import Compiled, Stationery, compiled
from briefpub.render.verp import verp

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
SECRET = b"s" * 32
LETTERBOX = "https://letters.example.org"
BOUNCES = "b@bounce.example.org"
WEEKLY = List(slug="weekly", name="The Weekly", sender="The Weekly <weekly@example.org>")
MANIFEST = (
    b'{"issue": {"language": "fr", "title": "Le pain", "name": "The Weekly", "number": 1, '
    b'"date": "2026-11-22", "address": null}, "articles": []}'
)
PARAGRAPH = (
    "Le pain lève toute la nuit, et la croûte chante au matin dans la cuisine vide ; personne ne "
    "l’écoute, sinon le chat, qui sait ce que l’on attend de lui."
)
LEAVE, CHANGE = f"{LETTERBOX}/unsubscribe/weekly", f"{LETTERBOX}/preferences/weekly"
TEXT = f"{PARAGRAPH}\n\n" * 60 + f"{LEAVE}\n{CHANGE}\n"
HTML = (
    '<!doctype html><html lang="fr"><title>Le pain</title>\n'
    + f'<p style="margin:0 0 8px;color:#26221f">{PARAGRAPH}</p>\n' * 140
    + f'<p><a href="{LEAVE}">Se désabonner</a> · <a href="{CHANGE}">Choisir</a></p></html>\n'
)


@dataclass(frozen=True)
class Round:
    """CPU seconds for one call, of each side, in one round."""

    ours: float
    theirs: float


def once(what: Callable[[int], object], calls: int) -> float:
    """Give the CPU seconds, user and system, that one call takes."""
    began = time.process_time()
    for number in range(1, calls + 1):
        what(number)
    return (time.process_time() - began) / calls


def alternated(
    ours: Callable[[int], object], theirs: Callable[[int], object], *, calls: tuple[int, int], rounds: int
) -> list[Round]:
    """Measure both by turns, the first round not counted: whatever slows the machine slows both."""
    return [Round(once(ours, calls[0]), once(theirs, calls[1])) for _ in range(rounds + 1)][1:]


def row(what: str, rounds: list[Round], target: str) -> None:
    ours, theirs = (statistics.median(getattr(r, side) for r in rounds) for side in ("ours", "theirs"))
    times = statistics.median(r.theirs / r.ours for r in rounds)
    print(f"| {what} | {ours * 1e6:,.1f} | {theirs * 1e6:,.1f} | {times:,.2f}x | {target} |", flush=True)


def letters(sign: Signer | None) -> Compiled:
    """Compile an issue whose message takes about 48 KB."""
    editions = (
        Edition(format=Format.DIGEST, data=HTML.encode()),
        Edition(format=Format.TEXT, data=TEXT.encode()),
    )
    return compiled(
        frozen=Frozen(key="weekly/001", folder="", manifest=MANIFEST, editions=editions, pictures=()),
        list=WEEKLY,
        imprint=Imprint(name="The Weekly"),
        subject="Le pain",
        stationery=Stationery(letterbox=LETTERBOX, bounces=BOUNCES, secret=SECRET, signer=sign),
    )


def deliveries(count: int) -> list[Delivery]:
    return [
        Delivery(
            id=number,
            mailing=1,
            subscriber=Subscriber(id=number, address=f"reader{number}@example.net", name="Ana Lima"),
            format=SubscriptionFormat.DIGEST,
            state=DeliveryState.CLAIMED,
        )
        for number in range(count + 1)
    ]


def by_the_library(delivery: Delivery) -> bytes:
    """Build the same message with the standard library, as most programs do, for each recipient anew."""
    subscriber = delivery.subscriber
    tokens = [
        sealed(Token(purpose=purpose, list="weekly", subscriber=subscriber.id), secret=SECRET)
        for purpose in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)
    ]
    page, change = f"{LETTERBOX}/unsubscribe/{tokens[0]}", f"{LETTERBOX}/preferences/{tokens[1]}"
    verp(bounces=BOUNCES, secret=SECRET)(1, delivery.id)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address("The Weekly", "weekly", "example.org")
    message["To"] = Address(subscriber.name, addr_spec=subscriber.address)
    message["Subject"] = "Le pain"
    message["Date"] = format_datetime(NOW)
    message["Message-ID"] = f"<weekly.001.{subscriber.id}.cafe@example.org>"
    message["List-Id"] = "<weekly.example.org>"
    message["List-Unsubscribe"] = f"<{page}>, <mailto:weekly@example.org?subject=unsubscribe%20weekly>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message["Feedback-ID"] = "i.weekly.001:l.weekly:digest:bp0123456789"
    message.set_content(TEXT.replace(LEAVE, page).replace(CHANGE, change))
    message.add_alternative(HTML.replace(LEAVE, page).replace(CHANGE, change), subtype="html")
    return message.as_bytes()


def fill(runs: int) -> None:
    make, queue = letters(None), deliveries(1500)
    size = len(make(queue[1], NOW).data)
    form, leave = make.forms[SubscriptionFormat.DIGEST], make.leave
    assert leave is not None
    fields = (
        b"To: Ana Lima <reader1@example.net>\r\n",
        b"Date: x\r\n",
        b"Message-ID: <x>\r\n",
        b"List-Unsubscribe: <x>\r\n",
    )
    tokens = leave.unsubscribe(1), leave.preferences(1)
    library = lambda number: by_the_library(queue[number])  # noqa: E731
    rounds = alternated(
        lambda _: form.filled(make.above, fields, tokens, 0), library, calls=(1500, 12), rounds=runs
    )
    row(f"filling a message of {size:,} bytes, against EmailMessage for each recipient", rounds, ">= 1,000x")
    rounds = alternated(lambda number: make(queue[number], NOW), library, calls=(1500, 12), rounds=runs)
    row("the same with header, two sealed links and return address made anew", rounds, "")


def sign(runs: int) -> None:
    rsa = generate_private_key(public_exponent=65537, key_size=2048)
    pem, ed25519_pem = _pem(rsa), _pem(Ed25519PrivateKey.generate())
    one = letters(signer(domain="example.org", selector="r", key_pem=pem))
    two = letters(
        signer(domain="example.org", selector="r", key_pem=pem, ed25519_selector="e", ed25519_pem=ed25519_pem)
    )
    queue, plain = deliveries(1500), letters(None)
    bare = plain(queue[1], NOW).data
    names = [
        line.partition(b":")[0] for line in bare.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] != b" "
    ]
    data = b"x" * 900
    ours = lambda number: one(queue[number], NOW)  # noqa: E731
    theirs = lambda _: dkim.sign(  # noqa: E731
        bare, b"r", b"example.org", pem, canonicalize=(b"relaxed", b"relaxed"), include_headers=names
    )
    row(
        "filling and signing (RSA-2048), against dkimpy's signing of a message made before",
        alternated(
            ours,
            theirs,
            calls=(60, 8),
            rounds=runs,
        ),
        ">= 20x",
    )
    raw = lambda _: rsa.sign(data, PKCS1v15(), hashes.SHA256())  # noqa: E731
    row(
        "the same, against a bare RSA signature of 900 bytes",
        alternated(ours, raw, calls=(100, 100), rounds=runs),
        ">= 0.83x",
    )
    row(
        "a bare RSA signature against dkimpy: what no signer can pass on this processor",
        alternated(raw, theirs, calls=(100, 8), rounds=runs),
        "",
    )
    row(
        "filling and signing twice (RSA-2048 and Ed25519), against the bare RSA signature",
        alternated(lambda number: two(queue[number], NOW), raw, calls=(100, 100), rounds=runs),
        "",
    )


def _pem(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
