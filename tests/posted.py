"""A publication sent through the command to the test sink, with every format and names that break careless mail.

What left the socket is the same for all tests of a run: it is made once, and read from a file by every other
process of pytest-xdist.
"""

import contextlib
import csv
import fcntl
import io
import json
import os
import pickle
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import Parser
from email.policy import SMTPUTF8
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from signatures import SELECTORS, ed25519_pem, records, rsa_pem
from sink import DROP, Fault, Offer, Received, Script, Sink, Step

from briefpub.cli.main import run

SAMPLE = Path(__file__).parents[1] / "articles"
DATA = Path(__file__).parent / "data"
SECRET = "a secret of thirty-two characters, for tests only"
DOMAIN = "example.org"
LETTERBOX = "https://letters.example.org"
BOUNCES = "b@bounce.example.org"
SITE = "https://review.example.org"
SETTINGS = f"""\
name = "La Revue d’Été"
site = "{SITE}"
publisher = "Les éditions d’Été"
rights = "© 2026 les auteurs."
contact = "La rédaction <lettre@{DOMAIN}>"
language = "fr"
timezone = "Europe/Paris"
letterbox = "{LETTERBOX}"

[sending]
bounces = "{BOUNCES}"

[dkim]
selector = "{SELECTORS[0]}"
key_file = "rsa.pem"
ed25519_selector = "{SELECTORS[1]}"
ed25519_key_file = "ed25519.pem"

[lists.weekly]
name = "La Revue d’Été"
sender = "La Revue d’Été <lettre@{DOMAIN}>"

[lists.whole]
name = "The whole of it"
sender = "The whole of it <whole@{DOMAIN}>"
language = "en"
digest.body = "full"
"""
PEOPLE = {
    "solene@example.net": ("Solène Kerguélen", "digest"),
    "hanan@example.net": ("حنان المرزوقي", "digest+brief"),
    "jane@example.net": ('Jane "Q" O\'Neil, <Jr.> \\ & co; @', "digest"),
    "emoji@example.net": ("🍞 Ana 日本", "digest"),
    "long@example.net": ("Anastasia Wilhelmina von und zu Hohenstein-Württemberg-Oldenburg " * 4, "digest"),
    "idn@bücher.example": ("Jörg", "digest"),
    "žofie@example.net": ("Žofie", "digest+brief"),
    "told@example.net": ("", "notice"),
    "rea@example.net": ("Rea Der", "compilation"),
    "grey@example.net": ("Grey Lister", "digest"),
    "left@example.net": ("Left In Between", "digest"),
    "lost@example.net": ("Lost After The Dot", "digest"),
}
DEVICE = "rea@reader.example.com"
BEYOND_ASCII = "žofie@example.net"
# The first try: one server cannot take an address beyond ASCII, asks two to wait, and dies with one in hand.
FIRST = Script(
    faults=(
        Fault(at=Step.RCPT, do="451 4.7.1 greylisted", to="grey@*", tries=1),
        Fault(at=Step.RCPT, do="451 4.7.1 greylisted", to="left@*", tries=1),
        Fault(at=Step.DOT, do=DROP, to="lost@*", tries=1),
    )
).without(Offer.SMTPUTF8)


@dataclass(frozen=True)
class Mail:
    """One message as the sink took it."""

    received: Received

    @property
    def data(self) -> bytes:
        """Give its bytes."""
        return self.received.data

    @property
    def to(self) -> str:
        """Give its one recipient."""
        (recipient,) = self.received.rcpt_to
        return recipient

    @cached_property
    def root(self) -> EmailMessage:
        """Parse it as a receiver does."""
        message = Parser(policy=SMTPUTF8).parsestr(self.data.decode())
        assert isinstance(message, EmailMessage)
        return message

    @cached_property
    def fields(self) -> tuple[bytes, ...]:
        """Give its header fields, unfolded."""
        head = self.data.partition(b"\r\n\r\n")[0]
        return tuple(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"))

    def field(self, name: str) -> str:
        """Give the value of a field that is there once."""
        (found,) = (line for line in self.fields if line.lower().startswith(f"{name}: ".lower().encode()))
        return found.decode().partition(": ")[2].strip()

    def text(self, kind: str) -> str:
        """Give the decoded text of its `plain` or `html` part."""
        part = self.root.get_body((kind,))
        assert isinstance(part, EmailMessage)
        return str(part.get_content()).replace("\r\n", "\n")

    def encoded(self, kind: str) -> bytes:
        """Give the part's body as it was sent."""
        part = self.root.get_body((kind,))
        assert part is not None
        payload = part.get_payload()
        assert isinstance(payload, str)
        return payload.replace("\n", "\r\n").encode()


@dataclass(frozen=True)
class Posted:
    """All that left, in its order; and what the ledger said after the first try and at the end."""

    received: tuple[Received, ...]
    violations: tuple[str, ...]
    first: Mapping[str, Any]
    last: Mapping[str, Any]
    manifests: Mapping[str, Mapping[str, Any]]
    records: Mapping[bytes, bytes]

    @cached_property
    def mails(self) -> tuple[Mail, ...]:
        """Give every message of a mailing."""
        return tuple(mail for mail in map(Mail, self.received) if mail.root["List-Unsubscribe"])

    @cached_property
    def letter(self) -> Mail:
        """Give the farewell: a letter to one person, which no mailing holds."""
        (letter,) = (mail for mail in map(Mail, self.received) if not mail.root["List-Unsubscribe"])
        return letter

    def sent_to(self, address: str) -> list[Mail]:
        """Give the messages that one recipient got."""
        return [mail for mail in self.mails if mail.to == address]

    def mail(self, address: str) -> Mail:
        """Give the one message that a recipient got."""
        (mail,) = self.sent_to(address)
        return mail

    def deliveries(self, told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """Give what the ledger said, by subscriber."""
        return {one["address"]: one for one in told["deliveries"]}


def told(*args: str) -> tuple[int, str]:
    """Run the command, and give its exit code and what it printed, or else what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(args))
    assert "Traceback" not in err.getvalue()
    assert code != 70, err.getvalue()
    return code, out.getvalue() or err.getvalue()


def _publication(root: Path) -> None:
    articles = root / "articles"
    for name in ("les-meandres", "kharait-al-mashi"):
        shutil.copytree(SAMPLE / name, articles / name)
    shutil.copy(DATA / "every-kind-of-block.md", articles)
    (root / "briefpub.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "rsa.pem").write_bytes(rsa_pem())
    (root / "ed25519.pem").write_bytes(ed25519_pem())
    with (root / "people.csv").open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["email", "name", "status", "format", "device"])
        for address, (name, format) in PEOPLE.items():
            sheet.writerow([address, name, "confirmed", format, DEVICE if format == "compilation" else ""])


def _post(root: Path) -> Posted:
    _publication(root)
    count = str(len(PEOPLE))
    with _at(root) as environment, Sink(FIRST) as sink:
        environment.setenv("BRIEFPUB_TRANSPORT", f"smtp://127.0.0.1:{sink.port}?tls=off")
        assert told("subscribers", "import", "people.csv", "--list", "weekly", "--yes")[0] == 0
        one = ("subscribers", "add", "one@example.net", "--list", "whole", "--consent", "said so, in a test")
        assert told(*one)[0] == 0
        composed = ("issues", "add", "weekly", "--article", "les-meandres", "--article", "kharait-al-mashi")
        assert told(*composed)[0] == 0
        assert told("publish", "weekly", "--yes", "--expect", count, "--jobs", "1")[0] == 3
        first = json.loads(told("outbox", "show", "weekly/1", "--all", "--json")[1])
        sink.script = Script()
        assert told("subscribers", "remove", "left@example.net", "--list", "weekly", "--tell")[0] == 0
        assert told("outbox", "retry", "weekly/1", "--yes", "--expect", "1")[0] == 0
        assert told("outbox", "retry", "weekly/1", "--unknown", "--yes", "--expect", "1")[0] == 0
        assert told("outbox", "resume", "weekly/1")[0] == 0
        assert told("run", "--once")[0] == 0
        last = json.loads(told("outbox", "show", "weekly/1", "--all", "--json")[1])
        assert told("issues", "add", "whole", "--article", "every-kind-of-block")[0] == 0
        assert told("publish", "whole", "--yes", "--expect", "1", "--jobs", "1")[0] == 0
        return Posted(
            received=tuple(sink.received),
            violations=tuple(sink.violations),
            first=first,
            last=last,
            manifests={
                slug: json.loads((root / "outbox" / slug / "001" / "manifest.json").read_bytes())
                for slug in ("weekly", "whole")
            },
            records=records(DOMAIN),
        )


@contextlib.contextmanager
def _at(root: Path) -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("BRIEFPUB_")]:
            environment.delenv(name)
        environment.setenv("BRIEFPUB_SECRET", SECRET)
        environment.chdir(root)
        yield environment


def posted_once(folder: Path) -> Posted:
    """Give what was posted: from the file in `folder`, else post it and write the file."""
    with (folder / "posted.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / "posted"
        if not kept.exists():
            root = folder / f"publication-{os.getpid()}"
            root.mkdir()
            kept.write_bytes(pickle.dumps(_post(root)))
        posted = pickle.loads(kept.read_bytes())
        assert isinstance(posted, Posted)
        return posted
