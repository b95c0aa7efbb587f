"""A body encoded once, with places in it for what is one subscriber's own.

In quoted-printable such a place stands alone between line breaks, so that its length touches no other line.
In base64, where three bytes become four letters, what follows it is kept in the three ways it can fall.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from briefpub.render.quoted import quoted

if TYPE_CHECKING:
    from hashlib import _Hash

WIDTH = 76


class Slot(IntEnum):
    """What differs from one subscriber to the next inside a body: the tokens that end two addresses."""

    UNSUBSCRIBE = 0
    PREFERENCES = 1


Run: TypeAlias = Sequence[bytes | Slot]
"""Constant bytes and the places between them."""

Tokens: TypeAlias = tuple[bytes, bytes]
"""A subscriber's own tokens, one for each `Slot`: letters, digits, `-` and `_`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spliced:
    """A stretch of base64 with places in it, and the three ways in which what follows can be encoded."""

    middle: Run
    ways: tuple[tuple[bytes, bytes], ...]

    def filled(self, tokens: Tokens) -> bytes:
        """Encode the stretch, and what follows it."""
        raw = b"".join(tokens[piece] if isinstance(piece, Slot) else piece for piece in self.middle)
        taken, rest = self.ways[-len(raw) % 3]
        return base64_lines(raw + taken) + rest


Piece: TypeAlias = bytes | Slot | Spliced


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """A body's pieces. `begun` is the SHA-256 over the first, which is constant, ready to be gone on with."""

    pieces: tuple[bytes, ...]
    slots: tuple[tuple[int, Slot], ...]
    splices: tuple[tuple[int, Spliced], ...]
    begun: "_Hash" = field(repr=False, compare=False)

    def filled(self, tokens: Tokens) -> list[bytes]:
        """Give the pieces with a subscriber's tokens in their places."""
        pieces = list(self.pieces)
        for place, slot in self.slots:
            token = tokens[slot]
            pieces[place] = token if len(token) < WIDTH else _broken(token)
        for place, splice in self.splices:
            pieces[place] = splice.filled(tokens)
        return pieces

    def hashed(self, filled: Sequence[bytes]) -> bytes:
        """Give the SHA-256 of a filled body."""
        hash = self.begun.copy()
        for piece in filled[1:]:
            hash.update(piece)
        return hash.digest()

    @property
    def constant(self) -> bool:
        """Say that nobody has anything of their own in it."""
        return len(self.pieces) == 1


def segments(pieces: Sequence[Piece]) -> Segments:
    """Join what is constant and mark the places."""
    joined: list[bytes] = []
    slots: list[tuple[int, Slot]] = []
    splices: list[tuple[int, Spliced]] = []
    constant = b""
    for piece in pieces:
        if isinstance(piece, bytes):
            constant += piece
            continue
        joined += [constant, b""]
        constant = b""
        if isinstance(piece, Slot):
            slots.append((len(joined) - 1, piece))
        else:
            splices.append((len(joined) - 1, piece))
    joined.append(constant)
    return Segments(
        pieces=tuple(joined),
        slots=tuple(slots),
        splices=tuple(splices),
        begun=hashlib.sha256(joined[0]),
    )


def quoted_run(run: Run) -> list[Piece]:
    """Encode a run in quoted-printable, each place between line breaks that a reader does not see."""
    pieces: list[Piece] = []
    after = False
    for position, piece in enumerate(run):
        if isinstance(piece, Slot):
            pieces += [b"=\r\n", piece] if after else [piece]
            after = True
            continue
        before = position + 1 < len(run)
        text = quoted(piece, spare=1 if before else 0)
        if after and text and not text.startswith(b"\r\n"):
            pieces.append(b"=\r\n")
        pieces.append(text)
        if before and text and not text.endswith(b"\r\n"):
            pieces.append(b"=\r\n")
        after = after and not text
    return pieces


def base64_run(run: Run) -> list[Piece]:
    """Encode a run in base64; it ends in at least two constant bytes, as a line's end is, or has no place."""
    places = [position for position, piece in enumerate(run) if isinstance(piece, Slot)]
    if not places:
        return [base64_lines(b"".join(_constants(run)))]
    first, last = places[0], places[-1]
    above = b"".join(_constants(run[:first]))
    below = b"".join(_constants(run[last + 1 :]))
    whole = len(above) - len(above) % (WIDTH // 4 * 3)
    ways = tuple((below[:taken], base64_lines(below[taken:])) for taken in range(3))
    return [base64_lines(above[:whole]), Spliced(middle=(above[whole:], *run[first : last + 1]), ways=ways)]


def base64_lines(data: bytes) -> bytes:
    """Encode bytes in base64, in lines of 76 letters (RFC 2045 6.8)."""
    text = base64.b64encode(data)
    return b"".join(text[start : start + WIDTH] + b"\r\n" for start in range(0, len(text), WIDTH))


def _broken(token: bytes) -> bytes:
    """Break a token that is longer than a line of quoted-printable."""
    room = WIDTH - 1
    return b"=\r\n".join(token[start : start + room] for start in range(0, len(token), room))


def _constants(run: Run) -> Iterator[bytes]:
    return (piece for piece in run if isinstance(piece, bytes))
