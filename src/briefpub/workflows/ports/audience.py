"""What the workflows ask of lists, subscribers and their consent."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from briefpub.domain.audience import Frequency, List, RowFate, SubscriberRow, Subscription
from briefpub.domain.consent import Answer, Changes, Intake, Requested, Standing, Undone, Wish
from briefpub.domain.delivery import Attempt, Message
from briefpub.domain.gathering import Course
from briefpub.domain.person import Person, Removed


class Audience(Protocol):
    """Lists, subscribers and subscriptions."""

    def declare(self, list: List) -> None:
        """Insert the list, or bring an existing one to these values."""
        ...

    def lists(self, *, archived: bool = False) -> tuple[List, ...]:
        """Give the lists by slug; archived ones only when asked."""
        ...

    def list(self, slug: str) -> List | None:
        """Give one list, archived or not."""
        ...

    def subscribe(
        self, list: str, rows: Sequence[SubscriberRow], *, consent: str, now: datetime
    ) -> tuple[RowFate, ...]:
        """Add rows to a list, each as a subscriber (one address once) and a subscription; one transaction.

        An existing subscription keeps its state, whatever the row says. Gives each row's fate.
        """
        ...

    def fates(self, list: str, rows: Sequence[SubscriberRow]) -> tuple[RowFate, ...]:
        """Say what `subscribe` would do, and do nothing."""
        ...

    def unsubscribe(self, list: str, address: str, *, now: datetime) -> bool:
        """End a subscription; False when there was none to end."""
        ...

    def suppress(self, address: str, *, reason: str, now: datetime) -> None:
        """Never mail an address again, on any list; its hash is kept, so that erasing it undoes nothing."""
        ...

    def subscriptions(self, list: str) -> Iterator[Subscription]:
        """Give a list's subscriptions by address."""
        ...

    def confirmed(self, list: str, frequency: Frequency | None = None) -> int:
        """Count those who may be mailed: confirmed and not suppressed.

        With a frequency, those who would get an issue of it that is queued now; of a gathering, whoever has
        had an article of it is counted and will be passed by. Whether an issue has to be made at all is asked
        without one: a single issue is gathered later for the others, and by a gathering those go over who
        wait for it.
        """
        ...

    def frequencies(self, list: str) -> tuple[Frequency, ...]:
        """Give what a reader may choose: each issue, and the gatherings that a schedule makes."""
        ...

    def course(self, list: str) -> Course:
        """Give how far a list has come: its issues as they were queued, and the gatherings that wait."""
        ...


class Consents(Protocol):
    """What people said yes or no to. Each method is one transaction, and twice is the same as once."""

    def request(self, list: str, wish: Wish, *, how: str, now: datetime) -> Requested:
        """Write down that an address asks for a list; pending until it confirms.

        The wish must have been checked. Whoever left stays off until they confirm.
        """
        ...

    def unsent(self, list: str, subscriber: int, *, how: str, now: datetime) -> None:
        """Write down that the letter of the last request did not go out, so that they may ask again."""
        ...

    def confirm(self, list: str, subscriber: int, *, asked_at: datetime, how: str, now: datetime) -> Answer:
        """Confirm the request made at `asked_at` (a whole second); lifts the suppression an erasure left."""
        ...

    def unsubscribe(self, list: str, subscriber: int, *, how: str, now: datetime) -> Answer:
        """End a subscription and skip its open deliveries; ALREADY where it had ended."""
        ...

    def undo(self, list: str, subscriber: int, *, how: str, now: datetime) -> Answer:
        """Put back who left by their own hand within a day."""
        ...

    def change(self, list: str, subscriber: int, changes: Changes, *, how: str, now: datetime) -> Answer:
        """Change what a subscriber takes, or their name; ALREADY where nothing differs.

        Another frequency is in force at once where no article would come twice or be missed by it; else it
        is wanted, until a fan-out of the list finds the two frequencies at the same issue.
        """
        ...

    def standing(self, list: str, subscriber: int) -> Standing | None:
        """Give one subscription."""
        ...

    def standing_of(self, list: str, address: str) -> Standing | None:
        """Give one subscription, by address."""
        ...


class Intakes(Protocol):
    """People brought in by an editor: many from a file, or one. None of it ever re-subscribes anybody."""

    def begin(self, list: str, *, source: str, now: datetime) -> int:
        """Open an import and give its number."""
        ...

    def bring(
        self, intake: int, rows: Sequence[SubscriberRow], *, consent: str, now: datetime
    ) -> tuple[RowFate, ...]:
        """Add rows to an import's list in one transaction; gives each row's fate.

        Raises Conflict where the import was taken back.
        """
        ...

    def add(self, list: str, row: SubscriberRow, *, consent: str, now: datetime) -> RowFate:
        """Add one person, who agreed as `consent` says."""
        ...

    def undo(self, intake: int, *, now: datetime) -> Undone:
        """Take back what an import added: those still as imported, never mailed or changed since.

        Raises ConfigError where there is no such import.
        """
        ...

    def of(self, list: str | None = None) -> tuple[Intake, ...]:
        """Give the imports into one list, or all, oldest first."""
        ...

    def standings(self, list: str) -> Iterator[Standing]:
        """Give a list's subscriptions by address, suppressed or not, a page at a time."""
        ...


class People(Protocol):
    """What is held of one person, and its erasure."""

    def person(self, address: str) -> Person | None:
        """Give all that is held of an address; None where it is nothing."""
        ...

    def messages(self, address: str) -> tuple[str, ...]:
        """Give what stands before the @ in the Message-ID of every mail and letter written to an address."""
        ...

    def erase(self, address: str, *, now: datetime) -> Removed:
        """Take the person out of the database, all but the hash that keeps imports out; scrub the files."""
        ...


class Post(Protocol):
    """Hands over single letters that no mailing holds: they are tried once, now."""

    def send(self, message: Message) -> Attempt:
        """Hand one letter over and say how it went; raises TransportError when no site can be reached."""
        ...
