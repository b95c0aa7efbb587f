"""A letterbox over real tables, its letters kept, and a browser that needs no socket."""

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from builders import NOW, a_list

from briefpub.bootstrap import open_newsroom
from briefpub.domain.audience import SubscriberRow, SubscriptionState
from briefpub.domain.consent import Standing
from briefpub.domain.delivery import Attempt, Message
from briefpub.domain.errors import TransportError
from briefpub.domain.replies import Outcome
from briefpub.domain.tokens import Purpose
from briefpub.store.audience import SqlAudience
from briefpub.store.consents import SqlConsents
from briefpub.store.database import open_database
from briefpub.store.people import SqlPeople
from briefpub.web.app import letterbox_app
from briefpub.web.letterbox.box import Letterbox
from briefpub.web.pages import Press, house_style
from briefpub.workflows.erase import Erase
from briefpub.workflows.subscribe import Subscribe

ANA = "ana@example.org"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Post:
    """Keeps letters, or is down."""

    down: bool = False
    outcome: Outcome = Outcome.ACCEPTED
    letters: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Attempt:
        if self.down:
            raise TransportError("nobody answers", where="relay")
        self.letters.append(message)
        return Attempt(at=NOW, outcome=self.outcome, reply="250 ok")

    def paths(self) -> list[str]:
        """Give the paths of the newest letter's links."""
        part = message_from_bytes(self.letters[-1].data, policy=default).get_body(("plain",))
        assert part is not None
        return re.findall(r"https://l\.example(/\S+)", part.get_content())


@dataclass
class Said:
    """Keeps what was logged."""

    lines: list[str] = field(default_factory=list)

    def info(self, event: str, **values: object) -> object:
        self.lines.append(f"{event} {values}")
        return self

    def error(self, event: str, **values: object) -> object:
        self.lines.append(f"{event} {values}")
        return self


@dataclass(frozen=True)
class Got:
    status: int
    headers: Mapping[str, str]
    body: str

    def parsed(self) -> "Elements":
        found = Elements()
        found.feed(self.body)
        return found


class Elements(HTMLParser):
    """Keeps every start tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.all if name == tag]


@dataclass
class Stage:
    """A letterbox, who writes and who reads; `now` may be moved."""

    box: Letterbox
    post: Post
    said: Said
    now: dt.datetime = NOW
    peer: str = "192.0.2.77"
    behind_proxy: bool = False
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.app = letterbox_app(
            self.box, log=self.said, behind_proxy=self.behind_proxy, now=lambda: self.now
        )

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Got:
        return self.ask(method, path, b"", headers)

    def send(self, path: str, **form: str) -> Got:
        return self.ask("POST", path, urlencode(form).encode(), {"content-type": FORM})

    def ask(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        receive: Callable[[], Awaitable[dict[str, Any]]] | None = None,
    ) -> Got:
        async def whole() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        return self._runner.run(self._ask(method, path, headers, receive or whole))

    async def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        receive: Callable[[], Awaitable[dict[str, Any]]],
    ) -> Got:
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("utf-8", "replace"),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.lower().replace("_", "-").encode(), value.encode("latin-1", "replace"))
                for name, value in headers.items()
            ],
            "client": (self.peer, 1),
            "server": ("testserver", 80),
        }

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        data = b"".join(part.get("body", b"") for part in sent[1:])
        return Got(sent[0]["status"], head, data.decode())

    def reader(self, address: str = ANA, *, list: str = "weekly", name: str = "") -> Standing:
        """Put a confirmed subscriber on a list."""
        row = SubscriberRow(line=1, address=address, name=name)
        self.box.subscribe.audience.subscribe(list, [row], consent="in a test", now=NOW)
        found = self.standing(address, list=list)
        assert found is not None
        return found

    def standing(self, address: str = ANA, *, list: str = "weekly") -> Standing | None:
        return self.box.subscribe.consents.standing_of(list, address)

    def state(self, address: str = ANA, *, list: str = "weekly") -> SubscriptionState | None:
        found = self.standing(address, list=list)
        return found.state if found else None

    def token(self, standing: Standing, purpose: Purpose) -> str:
        return self.box.subscribe.link(purpose, standing.list, standing.subscriber.id).rpartition("/")[2]

    def hows(self, address: str = ANA) -> list[str]:
        """Give by what ways somebody answered."""
        person = self.box.people.person(address)
        return [one.how for one in person.consent] if person else []


@contextmanager
def a_stage(folder: Path, empty: Path, *, base: str = "", behind_proxy: bool = False) -> Iterator[Stage]:
    """Open a letterbox over a fresh database, with a list in each language of the pages."""
    (folder / "briefpub.db").write_bytes(empty.read_bytes())
    database = open_database(str(folder / "briefpub.db"))
    audience = SqlAudience(database=database)
    for slug, language in (("weekly", "en"), ("lettre", "fr"), ("risala", "ar"), ("woche", "de")):
        audience.declare(a_list(slug, language=language))
    post = Post()
    tokens = (open_newsroom(None).layout_folders[0] / "tokens.css").read_text(encoding="utf-8")
    people = SqlPeople(database=database)
    box = Letterbox(
        subscribe=Subscribe(
            audience=audience,
            consents=SqlConsents(database=database),
            post=post,
            secret=b"s" * 32,
            letterbox=f"https://l.example{base}",
        ),
        people=people,
        erase=Erase(people=people, forget=lambda _names, _addresses: 0),
        press=Press(style=house_style(tokens), base=base, contact="letters@slow.example"),
    )
    stage = Stage(box=box, post=post, said=Said(), behind_proxy=behind_proxy)
    yield stage
    stage._runner.close()
    database.close()
