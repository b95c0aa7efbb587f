"""One opening of a page: what its caller sent, without the web framework around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from briefpub.web.clients import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was asked: `end` is the slug or token at the end of the path, `page` the path without it.

    `ticks` are seconds of a clock that never goes back, `wanted` the Accept-Language header.
    """

    page: str
    end: str
    client: Client
    now: datetime
    ticks: float
    form: Mapping[str, str] = field(default_factory=dict)
    wanted: str = ""

    def how(self, way: str = "page") -> str:
        """Say by what way somebody answered, for the proof: never the token, never a whole address."""
        return f"{way} {self.page}, {self.client.network}"
