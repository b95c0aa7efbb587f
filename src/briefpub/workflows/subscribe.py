"""A person's own answers, by signed links: ask, confirm, leave, come back, change what one takes."""

from dataclasses import dataclass, replace
from datetime import datetime

from briefpub.domain.audience import CONTROL, Frequency, List, ascii_domain, checked_address
from briefpub.domain.consent import (
    CONFIRM_WITHIN,
    Answer,
    Asked,
    Changes,
    Requested,
    Standing,
    Wish,
    whole_second,
)
from briefpub.domain.delivery import Attempt, Message
from briefpub.domain.errors import ConfigError, TransportError
from briefpub.domain.replies import Outcome
from briefpub.domain.tokens import Purpose, Token, opened, sealed
from briefpub.render.letterbox import preferences_page, unsubscribe_page
from briefpub.render.letters import confirm_page, confirmation, farewell
from briefpub.workflows.ports.audience import Audience, Consents, Post

ONE_LINE = "write it on one line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """What a person says yes or no to. `how` tells each time by what way they said it, for the proof.

    Nothing here may be called on a GET: link scanners open every link of a mail (RFC 8058 1).
    """

    audience: Audience
    consents: Consents
    post: Post
    secret: bytes
    letterbox: str

    def request(self, list: str, wish: Wish, *, how: str, now: datetime) -> Requested:
        """Ask for a list; an address that may be asked gets one letter an hour at most.

        A page tells everybody the same, except of BAD: it would else tell strangers who reads what. Raises
        ConfigError for a list that is not there, and where no letterbox or secret is set.
        """
        found = self._list(list)
        try:
            checked = _checked(wish)
            self._offered(list, wish.frequency)
        except ConfigError as error:
            return Requested(fate=Asked.BAD, reason=error.message)
        self.link(Purpose.CONFIRM, list, 0)  # refuses before anything is written down
        requested = self.consents.request(list, checked, how=how, now=now)
        if requested.subscriber is None:
            return requested
        link = self.link(
            Purpose.CONFIRM, list, requested.subscriber.id, expires=whole_second(now) + CONFIRM_WITHIN
        )
        letter = confirmation(
            list=found, subscriber=requested.subscriber, wish=checked, link=link, asked_at=now
        )
        attempt = self._posted(letter, now)
        if attempt.outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
            return requested
        if attempt.outcome is Outcome.DEFERRED:
            self.consents.unsent(list, requested.subscriber.id, how=attempt.reply, now=now)
        return replace(requested, fate=Asked.UNSENT, reason=attempt.reply)

    def confirm(self, token: str, *, how: str, now: datetime) -> Answer:
        """Confirm by the link of the letter; pressing it twice is the same as once."""
        said = opened(token, secret=self._secret())
        if said is None or said.purpose is not Purpose.CONFIRM or said.expires is None:
            return Answer.FORGED
        if said.expires <= now:
            return Answer.EXPIRED
        if self.audience.list(said.list) is None:
            return Answer.GONE
        asked_at = said.expires - CONFIRM_WITHIN
        return self.consents.confirm(said.list, said.subscriber, asked_at=asked_at, how=how, now=now)

    def unsubscribe(self, token: str, *, how: str, now: datetime) -> Answer:
        """Leave a list by the link of any of its mails (RFC 8058); twice is the same as once."""
        said = self._meant(token, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)
        if said is None:
            return Answer.FORGED
        return self.consents.unsubscribe(said.list, said.subscriber, how=how, now=now)

    def remove(self, list: str, address: str, *, how: str, now: datetime) -> Answer:
        """Let an address leave a list: it wrote to us, or an editor takes it off."""
        self._list(list)
        standing = self.consents.standing_of(list, address)
        if standing is None:
            return Answer.GONE
        return self.consents.unsubscribe(list, standing.subscriber.id, how=how, now=now)

    def farewell(self, standing: Standing, *, left_at: datetime) -> Attempt:
        """Tell somebody that they are off a list, and how to undo it where there is a page for it."""
        link = ""
        if self.letterbox and self.secret:
            link = self.link(Purpose.UNSUBSCRIBE, standing.list, standing.subscriber.id)
        letter = farewell(
            list=self._list(standing.list), subscriber=standing.subscriber, link=link, left_at=left_at
        )
        return self._posted(letter, left_at)

    def undo(self, token: str, *, how: str, now: datetime) -> Answer:
        """Come back by the same link one left by, within a day; later one has to ask anew."""
        said = self._meant(token, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)
        if said is None:
            return Answer.FORGED
        return self.consents.undo(said.list, said.subscriber, how=how, now=now)

    def preferences(self, token: str, changes: Changes, *, how: str, now: datetime) -> Answer:
        """Change what one takes of a list, or one's name.

        Raises ConfigError for a bad device or name, and for a frequency that the list does not offer.
        """
        said = self._meant(token, Purpose.PREFERENCES)
        if said is None:
            return Answer.FORGED
        if changes.name is not None and CONTROL.search(changes.name):
            raise ConfigError(
                "the name holds a line break or a control character", hint="write it on one line"
            )
        if changes.device:
            changes = replace(changes, device=_checked_mailbox(changes.device))
        if changes.frequency is not None:
            standing = self.consents.standing(said.list, said.subscriber)
            if standing is None or changes.frequency not in {standing.frequency, standing.chosen}:
                self._offered(said.list, changes.frequency)
        return self.consents.change(said.list, said.subscriber, changes, how=how, now=now)

    def standing(self, token: str) -> Standing | None:
        """Say whose subscription a link is of, for the page it opens; changes nothing."""
        said = self._meant(token, *Purpose)
        return self.consents.standing(said.list, said.subscriber) if said else None

    def link(self, purpose: Purpose, list: str, subscriber: int, *, expires: datetime | None = None) -> str:
        """Give the address of a subscriber's page; raises ConfigError where none are served."""
        if not self.letterbox:
            raise ConfigError(
                "there are no pages on which people could answer",
                where="letterbox",
                hint='set letterbox = "https://…" in briefpub.toml: where subscribers\' pages are served',
            )
        token = Token(purpose=purpose, list=list, subscriber=subscriber, expires=expires)
        end = sealed(token, secret=self._secret())
        match purpose:
            case Purpose.CONFIRM:
                return confirm_page(self.letterbox, end)
            case Purpose.UNSUBSCRIBE:
                return unsubscribe_page(self.letterbox, end)
            case Purpose.PREFERENCES:
                return preferences_page(self.letterbox, end)

    def _secret(self) -> bytes:
        if not self.secret:
            raise ConfigError(
                "there is no secret to sign people's links with",
                where="secret_file",
                hint="write 32 random bytes into a file and name it in secret_file, or set BRIEFPUB_SECRET",
            )
        return self.secret

    def _list(self, slug: str) -> List:
        found = self.audience.list(slug)
        if found is None:
            raise ConfigError(f"there is no list {slug!r}", hint="`briefpub lists list` names them all")
        return found

    def _offered(self, list: str, frequency: Frequency) -> None:
        """Raise ConfigError for a frequency at which nothing of a list would ever come."""
        if frequency not in self.audience.frequencies(list):
            raise ConfigError(
                f"the list has no {frequency} gathering",
                where=list,
                hint=f"`briefpub schedule add NAME --list {list} --gather {frequency} …` makes one",
            )

    def _meant(self, token: str, *purposes: Purpose) -> Token | None:
        said = opened(token, secret=self._secret())
        if said is None or said.purpose not in purposes or self.audience.list(said.list) is None:
            return None
        return said

    def _posted(self, letter: Message, now: datetime) -> Attempt:
        try:
            return self.post.send(letter)
        except TransportError as error:
            return Attempt(at=now, outcome=Outcome.DEFERRED, reply=error.message)


def _checked(wish: Wish) -> Wish:
    """Give a wish with its addresses in their true form; raise ConfigError where it cannot be."""
    if CONTROL.search(wish.name):
        raise ConfigError("the name holds a line break or a control character", hint=ONE_LINE)
    device = _checked_mailbox(wish.device) if wish.device else ""
    return replace(wish, address=_checked_mailbox(wish.address), device=device)


def _checked_mailbox(text: str) -> str:
    address = checked_address(text, where="")
    ascii_domain(address.rpartition("@")[2])
    return address
