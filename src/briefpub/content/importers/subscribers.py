"""Subscribers from a CSV file: each row checked, none guessed, the bad ones kept with their reason."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from briefpub.domain.audience import (
    CONTROL,
    Frequency,
    SubscriberRow,
    SubscriptionFormat,
    SubscriptionState,
    ascii_domain,
    checked_address,
    folded,
)
from briefpub.domain.consent import Standing
from briefpub.domain.errors import ConfigError, ContentError

COLUMNS: dict[str, frozenset[str]] = {
    "address": frozenset({"email", "e-mail", "address", "adresse", "mail", "courriel"}),
    "name": frozenset({"name", "nom", "full name"}),
    "status": frozenset({"status", "state", "statut", "état"}),
    "format": frozenset({"format"}),
    "frequency": frozenset({"frequency", "fréquence", "rythme"}),
    "device": frozenset({"device", "e-reader", "ereader", "liseuse"}),
}
REASON = "reason"
# Words for "may be mailed"; every other status than these and the off ones is refused, never guessed.
ON = frozenset({"", "confirmed", "subscribed", "active", "enabled"})
OFF = frozenset(
    {
        "unsubscribed",
        "cleaned",
        "bounced",
        "unreachable",
        "inactive",
        "complained",
        "disabled",
        "blocklisted",
        "suppressed",
    }
)
MOST_BYTES = 50_000_000
PIECE = 1 << 16
# What a spreadsheet takes for a formula (OWASP, CSV injection), full-width signs among it.
FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A CSV file, read row by row: its text never lies in memory twice."""

    data: bytes
    name: str
    encoding: str
    separator: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[SubscriberRow]:
        """Give each row, checked; lines count from 1, the header being the first.

        Raises ContentError where quotation marks leave the rest of the file unreadable.
        """
        names = [column.strip().casefold() for column in self.columns]
        places = {key: _place(names, words) for key, words in COLUMNS.items()}
        first: dict[str, int] = {}
        for line, cells in self._lines():
            if not any(cell.strip() for cell in cells):
                continue
            row = _row(cells, places, line)
            # Under its own line number the first one is itself, and good.
            if not row.reason and first.setdefault(folded(row.address), line) != line:
                row = replace(row, reason=f"the same address as in line {first[folded(row.address)]}")
            yield row

    def rejects(self, reasons: Mapping[int, str]) -> Iterator[bytes]:
        """Write the lines that `reasons` names as CSV: the file's own cells, and why each was refused.

        Mended, it can be imported as it is. Cells that a spreadsheet would run are made harmless.
        """
        kept = [place for place, name in enumerate(self.columns) if name.strip().casefold() != REASON]
        yield _record([*(harmless(self.columns[place].strip()) for place in kept), REASON])
        for line, cells in self._lines():
            if line in reasons:
                own = (cells[place] if place < len(cells) else "" for place in kept)
                yield _record([*(harmless(plain(cell)) for cell in own), reasons[line]])

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(
            io.TextIOWrapper(io.BytesIO(self.data), encoding=self.encoding, errors="replace", newline=""),
            delimiter=self.separator,
            strict=True,
        )
        try:
            next(reader, None)
            line = reader.line_num + 1
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise _unparted(error, self.name) from error


def read_sheet(data: bytes, *, name: str) -> Sheet:
    """Open comma-, semicolon- or tab-separated rows under a header line with an email column.

    Raises ContentError when there is no such column, or when the file is too large.
    """
    if len(data) > MOST_BYTES:
        raise ContentError(f"the file has over {MOST_BYTES:,} bytes", path=name, hint="split it")
    encoding = "utf-8-sig" if _is_utf8(data) else "windows-1252"
    end = data.find(b"\n")
    header = data[: end if end >= 0 else len(data)].decode(encoding, "replace")
    separator = max(",;\t", key=header.count)
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="replace", newline="")
    try:
        columns = tuple(next(csv.reader(text, delimiter=separator, strict=True), []))
    except csv.Error as error:
        raise _unparted(error, name) from error
    names = [column.strip().casefold() for column in columns]
    if _place(names, COLUMNS["address"]) is None:
        raise ContentError(
            f"no column is called email; the columns are: {', '.join(names) or 'none'}",
            path=name,
            line=1,
            hint="give the file a header line: email,name,status",
        )
    return Sheet(data=data, name=name, encoding=encoding, separator=separator, columns=columns)


def read_rows(data: bytes, *, name: str) -> tuple[SubscriberRow, ...]:
    """Read a whole file at once; raises ContentError."""
    return tuple(read_sheet(data, name=name).rows())


def checked_row(row: SubscriberRow) -> SubscriberRow:
    """Give the row with its addresses in their true form, or with the reason why it cannot be used."""
    if CONTROL.search(row.name):
        return replace(row, reason="the name holds a line break or a control character")
    try:
        address = _checked(row.address)
    except ConfigError as error:
        return replace(row, reason=error.message)
    try:
        return replace(row, address=address, device=_checked(row.device) if row.device else "")
    except ConfigError as error:
        return replace(row, reason=f"the device: {error.message}")


def write_sheet(standings: Iterable[Standing]) -> Iterator[bytes]:
    """Write subscriptions as CSV (RFC 4180), a line at a time; importing it again changes nothing.

    A suppressed one is told as such: where it is imported, it stays off.
    """
    yield _record(["email", "name", "status", "format", "frequency", "device", "since", "consent"])
    for one in standings:
        yield _record(
            [
                harmless(one.subscriber.address),
                harmless(one.subscriber.name),
                "suppressed" if one.suppressed else one.state.value,
                one.format.value,
                one.chosen.value,
                harmless(one.device),
                one.since.isoformat(),
                harmless(one.consent),
            ]
        )


def harmless(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula; `plain` takes it away."""
    return "'" + cell if FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """Give a cell as it was before it was made harmless."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _record(cells: Sequence[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()


def _unparted(error: csv.Error, name: str) -> ContentError:
    return ContentError(
        f"the rows cannot be told apart: {error}", path=name, hint="see the quotation marks around there"
    )


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), PIECE):
            decoder.decode(data[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _checked(text: str) -> str:
    address = checked_address(text, where="")
    ascii_domain(address.rpartition("@")[2])
    return address


def _place(columns: Sequence[str], names: frozenset[str]) -> int | None:
    return next((place for place, column in enumerate(columns) if column in names), None)


def _row(cells: Sequence[str], places: dict[str, int | None], line: int) -> SubscriberRow:
    def cell(column: str) -> str:
        place = places[column]
        return plain(cells[place].strip()) if place is not None and place < len(cells) else ""

    row = checked_row(
        SubscriberRow(line=line, address=cell("address"), name=cell("name"), device=cell("device"))
    )
    status, format, frequency = (cell(name).casefold() for name in ("status", "format", "frequency"))
    if status in OFF:
        row = replace(row, state=SubscriptionState.UNSUBSCRIBED)
    elif status == SubscriptionState.PENDING:
        row = replace(row, state=SubscriptionState.PENDING)
    elif status not in ON and not row.reason:
        row = replace(row, reason=f"the status {status!r} is not known")
    if format and format not in set(SubscriptionFormat) and not row.reason:
        row = replace(row, reason=f"the format {format!r} is not known: {', '.join(SubscriptionFormat)}")
    elif format in set(SubscriptionFormat):
        row = replace(row, format=SubscriptionFormat(format))
    if frequency and frequency not in set(Frequency) and not row.reason:
        row = replace(row, reason=f"the frequency {frequency!r} is not known: {', '.join(Frequency)}")
    elif frequency in set(Frequency):
        row = replace(row, frequency=Frequency(frequency))
    return row
