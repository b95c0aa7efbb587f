"""The client's side of ESMTP (RFC 5321): bytes in, bytes and events out, no socket and no clock.

One recipient per transaction, so nothing is ever accepted in part. It knows at each moment on which side of
the final dot a message is, and writes no dot before it is told to: that is the crash window (RFC 1047).
With PIPELINING (RFC 2920) the next message's MAIL, RCPT and DATA go out behind this one's dot, in one write:
one round trip per message. BDAT ... LAST (RFC 3030) counts as a dot.
"""

import re
from collections import deque

from briefpub.domain.delivery import Message, TroubleKind
from briefpub.domain.replies import Outcome
from briefpub.transport.envelope import Offers, offers, stuffed
from briefpub.transport.events import Ended, Event, Opened, Standing, Stopped, Untried, Upgrade
from briefpub.transport.letter import Letter, Step
from briefpub.transport.opening import Manner, Opening
from briefpub.transport.reply import JUNK, LONGEST_SAID, Replies, Reply, said

CROWDED = re.compile(r"too many (\w+ )*(connections|sessions)|OFR004_104", re.IGNORECASE)
OUTCOMES = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}
# Refusals of MAIL that mean this message and not the sender: its size (RFC 1870), its addresses (RFC 6531).
MESSAGE_REFUSED = re.compile(r"552|5\d\d[ -]5\.(?:3\.4|2\.3|6\.7)\b")


class Protocol:
    """One connection's conversation: `sent` counts the bytes of `out` that were written, `heard` replies."""

    __slots__ = (
        "_awaited",
        "_emitted",
        "_events",
        "_letter_before_dot",
        "_manner",
        "_offers",
        "_opening",
        "_replies",
        "_stale",
        "_standing",
        "begun",
        "ended",
        "heard",
        "out",
        "over",
        "sent",
    )

    def __init__(self, manner: Manner) -> None:
        self.out: list[bytes | memoryview] = []
        self.sent = 0
        self.heard = 0
        self.over = False
        self.begun = 0
        self.ended = 0
        self._manner = manner
        self._opening: Opening | None = Opening(manner)
        self._replies = Replies()
        self._awaited: deque[tuple[Step, Letter | None]] = deque()
        self._events: list[Event] = []
        self._emitted = 0
        self._letter_before_dot: Letter | None = None
        self._standing = False
        self._stale = False  # a transaction was begun and refused: RSET before the next
        self._offers = Offers()

    # ---- what the driver asks

    @property
    def room(self) -> bool:
        """Say whether another message may be begun now."""
        if self.over or self._opening or self._letter_before_dot:
            return False
        if not self._awaited:
            return True
        last = self._awaited[-1][0]
        return self._offers.pipelining and (last is Step.DOT or last is Step.LONE_DOT)

    @property
    def busy(self) -> bool:
        """Say whether a reply is awaited, or a message stands before its dot."""
        return bool(self._awaited or self._letter_before_dot or self._opening)

    @property
    def after_dot(self) -> bool:
        """Say whether the next reply is the one to a final dot."""
        return bool(self._awaited) and self._awaited[0][0] is Step.DOT

    # ---- what the driver tells

    def receive(self, data: bytes) -> list[Event]:
        """Hear what came, and give what it comes to."""
        replies = self._replies.feed(data)
        self.heard += len(replies)
        for reply in replies:
            if self.over:
                break
            if self._opening:
                self._open(self._opening, reply)
            else:
                self._hear(reply)
        return self._told()

    def secured(self) -> None:
        """Go on behind TLS."""
        assert self._opening is not None
        self._say(self._opening.secured() + b"\r\n")

    def begin(self, message: Message) -> list[Event]:
        """Begin a message's transaction; one that this server cannot be given ends at once."""
        self.begun += 1
        envelope = self._offers.envelope(message)
        if isinstance(envelope, str):
            self.ended += 1
            return [Ended(message, Outcome.FAILED, envelope)]
        letter = Letter(message, envelope)
        awaited = self._awaited
        if not self._offers.pipelining:
            if self._stale:
                self._await(Step.RSET, letter, b"RSET\r\n")
            else:
                self._await(Step.MAIL, letter, envelope[0])
            return []
        if self._stale:
            awaited.append((Step.RSET, letter))
            envelope = (b"RSET\r\n", *envelope)
        awaited.append((Step.MAIL, letter))
        awaited.append((Step.RCPT, letter))
        if not self._offers.chunking:
            awaited.append((Step.DATA, letter))
        self._stale = False
        self._say(b"".join(envelope))
        return []

    def flushed(self) -> list[Event]:
        """Hear that all of `out` was written: a body that was, stands before its dot now."""
        if self._letter_before_dot and not self._standing and not self.over:
            self._standing = True
            return [Standing(self._letter_before_dot.message)]
        return []

    def hand(self) -> list[Event]:
        """Write the final dot of the message that stands before it; only the ledger's word allows that."""
        letter = self._letter_before_dot
        assert letter is not None
        assert self._standing
        if self._replies.unread:
            # What came before the dot is no reply to it.
            self._stop(TroubleKind.UNREACHABLE, "the server answers what it was not asked")
            return self._told()
        self._letter_before_dot = None
        self._standing = False
        data = letter.message.data
        if self._offers.chunking:
            self._say(b"BDAT %d LAST\r\n" % len(data))
            self._say(data)
        else:
            self._say(b".\r\n")
        letter.dot_at = self._emitted
        self._awaited.append((Step.DOT, letter))
        return []

    def withdraw(self) -> list[Message]:
        """Give the messages whose dot was not written, and forget them; the connection must be dropped."""
        open = [letter for _, letter in self._awaited if letter]
        if self._letter_before_dot:
            open.append(self._letter_before_dot)
        withdrawn = [one for one in dict.fromkeys(open) if not (one.ended or one.dot_at)]
        for letter in withdrawn:
            letter.ended = True
        return [letter.message for letter in withdrawn]

    def leave(self) -> None:
        """Say goodbye (RFC 5321 4.1.1.10)."""
        self._await(Step.QUIT, None, b"QUIT\r\n")

    def lost(self, why: str, kind: TroubleKind = TroubleKind.UNREACHABLE, hint: str = "") -> list[Event]:
        """Hear that the connection is gone; each message's own side of the dot decides what becomes of it."""
        if not self.over:
            self._stop(kind, why, hint=hint)
        return self._told()

    # ---- replies

    def _open(self, opening: Opening, reply: Reply) -> None:
        if reply[0] == JUNK:
            self._stop(
                TroubleKind.UNREACHABLE, f"this is no SMTP server: {said(reply)}", hint="is the port right?"
            )
            return
        match opening.hear(reply):
            case bytes(words):
                self._say(words + b"\r\n")
            case Upgrade() as upgrade:
                if self._replies.unread:
                    # Said in the clear by whoever stood between: it must not count as said behind TLS.
                    self._stop(TroubleKind.TLS, "something was said between STARTTLS and TLS", lasting=True)
                else:
                    self._events.append(upgrade)
            case Opened() as opened:
                self._opening = None
                self._offers = offers(opening.extensions, chunking=self._manner.chunking)
                self._events.append(opened)
            case Stopped() as stopped:
                self._stop(stopped.kind, stopped.words, hint=stopped.hint, lasting=stopped.lasting)

    def _hear(self, reply: Reply) -> None:
        code = reply[0]
        if not self._awaited:
            what = "the server closes" if code == 421 else "the server answers what it was not asked"
            self._stop(TroubleKind.BUSY if code == 421 else TroubleKind.UNREACHABLE, f"{what}: {said(reply)}")
            return
        if code == JUNK:
            self._stop(TroubleKind.UNREACHABLE, said(reply))
            return
        step, letter = self._awaited.popleft()
        if letter is None:
            if code == 421 or step is Step.QUIT:
                self._stop(TroubleKind.BUSY, said(reply))
            return
        match step:
            case Step.DOT:
                outcome = OUTCOMES.get(code // 100, Outcome.UNKNOWN)
                self._end(letter, outcome, said(reply))
                if code == 421 or outcome is Outcome.UNKNOWN:
                    self._stop(TroubleKind.BUSY, said(reply))
            case Step.MAIL:
                self._hear_mail(letter, reply)
            case Step.RCPT:
                self._hear_rcpt(letter, reply)
            case Step.DATA:
                self._hear_data(letter, reply)
            case _ if code == 250:  # RSET
                if not self._offers.pipelining:
                    self._stale = False
                    self._await(Step.MAIL, letter, letter.envelope[0])
            case _:
                self._awaited.appendleft((step, letter))
                self._stop(TroubleKind.BUSY if code == 421 else TroubleKind.UNREACHABLE, said(reply))

    def _hear_mail(self, letter: Letter, reply: Reply) -> None:
        code = reply[0]
        if code == 250:
            letter.seen = True
            if not self._offers.pipelining:
                self._await(Step.RCPT, letter, letter.envelope[1])
            return
        words = said(reply)
        if code == 421 or (code // 100 == 4 and CROWDED.search(words)):
            self._awaited.appendleft((Step.MAIL, letter))
            self._stop(TroubleKind.BUSY, f"the server takes nothing now: {words}")
        elif code // 100 == 5 and not MESSAGE_REFUSED.match(words):
            self._awaited.appendleft((Step.MAIL, letter))
            kind = TroubleKind.LOGIN if code == 530 else TroubleKind.REFUSED
            self._stop(
                kind,
                f"the server refuses the sender: {words}",
                hint="check the list's sender, the user name and the server's rules",
                lasting=True,
            )
        else:
            self._refuse(letter, reply, words)

    def _hear_rcpt(self, letter: Letter, reply: Reply) -> None:
        code = reply[0]
        if code in {250, 251, 252}:
            letter.seen = True
            if self._offers.chunking and not letter.ended:
                self._stand(letter)
            elif not self._offers.pipelining:
                self._await(Step.DATA, letter, letter.envelope[2])
            return
        letter.rcpt_refused = code >= 400
        if not letter.ended:
            self._stale = True
        self._refuse(letter, reply, said(reply))

    def _hear_data(self, letter: Letter, reply: Reply) -> None:
        code = reply[0]
        if code == 354 and not letter.ended:
            self._stand(letter)
        elif code == 354 and letter.rcpt_refused:
            # RFC 2920 3.1: the transaction has no recipient; a lone dot ends it, and nobody gets anything.
            self._stale = False
            self._await(Step.LONE_DOT, None, b".\r\n")
        elif code == 354:
            self._stop(TroubleKind.UNREACHABLE, "the server waits for a message that it refused")
        else:
            if not letter.ended:
                self._stale = True
            self._refuse(letter, reply, said(reply))

    def _refuse(self, letter: Letter, reply: Reply, words: str) -> None:
        """End a message before its dot; a reply out of place is a passing trouble and ends the connection."""
        code = reply[0]
        self._end(letter, Outcome.FAILED if code >= 500 else Outcome.DEFERRED, words)
        if code < 400 or code == 421:
            self._stop(TroubleKind.BUSY if code == 421 else TroubleKind.UNREACHABLE, words)

    def _stand(self, letter: Letter) -> None:
        self._letter_before_dot = letter
        if self._awaited:  # the server said more, or less, than we asked
            self._stop(TroubleKind.UNREACHABLE, "the server answers out of turn")
        elif self._offers.chunking:
            self._standing = True
            self._events.append(Standing(letter.message))
        else:
            # The body goes before the grant is asked for: a server that dies in the middle of it is found out
            # while there is still no dot, and the message is begun again instead of being in doubt.
            self._say(stuffed(letter.message))

    def _end(self, letter: Letter, outcome: Outcome, words: str) -> None:
        if not letter.ended:
            letter.ended = True
            self.ended += 1
            self._events.append(Ended(letter.message, outcome, words))

    def _stop(self, kind: TroubleKind, why: str, *, hint: str = "", lasting: bool = False) -> None:
        """End the conversation, and say of each message that is still open how it stands."""
        self.over = True
        opened = [letter for _, letter in self._awaited if letter]
        if self._letter_before_dot:
            opened.append(self._letter_before_dot)
        self._awaited.clear()
        self._letter_before_dot = None
        for letter in dict.fromkeys(opened):
            if letter.ended:
                continue
            if letter.dot_at and self.sent >= letter.dot_at:
                words = f"connection lost after the final dot: {why}"
                self._end(letter, Outcome.UNKNOWN, words[:LONGEST_SAID])
            elif letter.seen or letter.dot_at:
                words = f"connection lost before the final dot: {why}"
                self._end(letter, Outcome.DEFERRED, words[:LONGEST_SAID])
            else:
                letter.ended = True
                self._events.append(Untried(letter.message))
        self._events.append(Stopped(kind, why, hint, lasting=lasting))

    def _await(self, step: Step, letter: Letter | None, words: bytes) -> None:
        self._awaited.append((step, letter))
        self._say(words)

    def _say(self, words: bytes) -> None:
        self.out.append(words)
        self._emitted += len(words)

    def _told(self) -> list[Event]:
        events, self._events = self._events, []
        return events
