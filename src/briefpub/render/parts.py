"""The parts a message is made of (MIME, RFC 2045 and 2046): texts, files, and what holds them together."""

from collections.abc import Sequence

from briefpub.render.segments import Piece, Run, Slot, Spliced, base64_lines, base64_run, quoted_run

TOKEN = 64  # about what a token takes where two encodings are compared


def text_part(subtype: str, run: Run) -> list[Piece]:
    """Give a text part in quoted-printable or base64, whichever is shorter: both survive every relay."""
    lines = _with_crlf(run)
    pieces, encoding = quoted_run(lines), "quoted-printable"
    in_base64 = base64_run(lines)
    if size_of(in_base64) < size_of(pieces):
        pieces, encoding = in_base64, "base64"
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return [head.encode(), *pieces]


def file_part(media_type: str, name: str, data: bytes, *, disposition: str, more: str = "") -> list[Piece]:
    """Give a file in base64, under an ASCII name without quotation marks; `more` is header lines."""
    head = (
        f'Content-Type: {media_type};\r\n name="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'{more}Content-Disposition: {disposition};\r\n filename="{name}"\r\n\r\n'
    )
    return [head.encode(), base64_lines(data)]


def multipart(
    subtype: str, parts: Sequence[Sequence[Piece]], *, boundary: str, more: str = ""
) -> list[Piece]:
    """Give parts as one; its header holds the boundary, which no part may hold."""
    edge = f"--{boundary}".encode()
    pieces: list[Piece] = [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"{more}\r\n'.encode()]
    for part in parts:
        pieces += [b"\r\n", edge, b"\r\n", *part]
    return [*pieces, b"\r\n", edge, b"--\r\n"]


def size_of(pieces: Sequence[Piece], *, token: int = TOKEN) -> int:
    """Give the bytes of pieces once filled, with tokens of a length."""
    tokens = (b"x" * token, b"x" * token)
    size = 0
    for piece in pieces:
        match piece:
            case Slot():
                size += token
            case Spliced():
                size += len(piece.filled(tokens))
            case _:
                size += len(piece)
    return size


def _with_crlf(run: Run) -> Run:
    """Give a run whose lines end in CRLF, the last one too."""
    lines: list[bytes | Slot] = []
    for position, piece in enumerate(run):
        if isinstance(piece, Slot):
            lines.append(piece)
            continue
        text = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        last = position == len(run) - 1
        text = text if not last or text.endswith(b"\n") else text + b"\n"
        lines.append(text.replace(b"\n", b"\r\n"))
    return lines
