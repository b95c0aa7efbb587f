"""What DNS has said so far, for checks that act on nothing: what they miss, they write down as wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Answer = tuple[str, ...]


class Kind(StrEnum):
    """What a name can be asked for. A null MX (RFC 7505) is the answer `(".",)`."""

    TXT = "TXT"
    MX = "MX"
    ADDRESS = "A or AAAA"
    PTR = "PTR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; for a PTR the name is the address."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """Say it as `example.org TXT`."""
        return f"{self.name} {self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers by question; None for one that nobody answered.

    A check that asks for more than is known gets None too, and leaves the question in `wanted`: whoever can
    ask answers it and runs the check again, until nothing is wanted.
    """

    known: Mapping[Question, Answer | None]
    wanted: dict[Question, None] = field(default_factory=dict)

    def get(self, kind: Kind, name: str) -> Answer | None:
        """Give an answer, empty where there is no such record; None where it is not known."""
        question = Question(kind=kind, name=name.rstrip(".").lower())
        if question in self.known:
            return self.known[question]
        self.wanted[question] = None
        return None

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """Give the questions that were put and not answered."""
        return tuple(question for question, answer in self.known.items() if answer is None)
