"""Subscribers from a CSV file: each row checked, none guessed, the bad ones kept with their reason."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from briefpub.domain.audience import (
    CONTROL,
    SubscriberRow,
    SubscriptionFormat,
    SubscriptionState,
    checked_address,
)
from briefpub.domain.errors import ConfigError, ContentError

ADDRESS = frozenset({"email", "e-mail", "address", "adresse", "mail", "courriel"})
NAME = frozenset({"name", "nom", "full name"})
STATUS = frozenset({"status", "state", "statut", "état"})
FORMAT = frozenset({"format"})
# Words for "may be mailed"; every other status than these and the off ones is refused, never guessed.
ON = frozenset({"", "confirmed", "subscribed", "active", "enabled"})
OFF = frozenset(
    {"unsubscribed", "cleaned", "bounced", "unreachable", "inactive", "complained", "disabled", "blocklisted"}
)
MOST_BYTES = 50_000_000


def read_rows(data: bytes, *, name: str) -> tuple[SubscriberRow, ...]:
    """Read comma-, semicolon- or tab-separated rows under a header line with an email column.

    Lines count from 1, the header being the first. Raises ContentError when there is no such column.
    """
    if len(data) > MOST_BYTES:
        raise ContentError(f"the file has over {MOST_BYTES:,} bytes", path=name, hint="split it")
    text = _decoded(data)
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        columns = [column.strip().casefold() for column in next(reader, [])]
        places = {
            "address": _place(columns, ADDRESS),
            "name": _place(columns, NAME),
            "status": _place(columns, STATUS),
            "format": _place(columns, FORMAT),
        }
        if places["address"] is None:
            raise ContentError(
                f"no column is called email; the columns are: {', '.join(columns) or 'none'}",
                path=name,
                line=1,
                hint="give the file a header line: email,name,status",
            )
        rows: list[SubscriberRow] = []
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(cells, places, line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ContentError(
            f"the rows cannot be told apart: {error}", path=name, hint="see the quotation marks around there"
        ) from error
    return _once_each(rows)


def checked_row(row: SubscriberRow) -> SubscriberRow:
    """Give the row with its address in its true form, or with the reason why it cannot be used."""
    if CONTROL.search(row.name):
        return replace(row, reason="the name holds a line break or a control character")
    try:
        return replace(row, address=checked_address(row.address, where=""))
    except ConfigError as error:
        return replace(row, reason=error.message)


def write_rejects(rows: Sequence[SubscriberRow]) -> bytes:
    """Write rows as CSV with a reason column; cells that a spreadsheet would run are made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["email", "name", "status", "format", "line", "reason"])
    for row in rows:
        writer.writerow(
            [
                harmless(row.address),
                harmless(row.name),
                row.state.value,
                row.format.value,
                row.line,
                row.reason,
            ]
        )
    return out.getvalue().encode()


def harmless(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula (OWASP, CSV injection)."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("windows-1252", errors="replace")


def _place(columns: Sequence[str], names: frozenset[str]) -> int | None:
    return next((place for place, column in enumerate(columns) if column in names), None)


def _row(cells: Sequence[str], places: dict[str, int | None], line: int) -> SubscriberRow:
    def cell(column: str) -> str:
        place = places[column]
        return cells[place].strip() if place is not None and place < len(cells) else ""

    row = checked_row(SubscriberRow(line=line, address=cell("address"), name=cell("name")))
    status, format = cell("status").casefold(), cell("format").casefold()
    if status in OFF:
        row = replace(row, state=SubscriptionState.UNSUBSCRIBED)
    elif status == SubscriptionState.PENDING:
        row = replace(row, state=SubscriptionState.PENDING)
    elif status not in ON and not row.reason:
        row = replace(row, reason=f"the status {status!r} is not known")
    if format and format not in set(SubscriptionFormat) and not row.reason:
        row = replace(row, reason=f"the format {format!r} is not known: digest, or digest+brief")
    elif format in set(SubscriptionFormat):
        row = replace(row, format=SubscriptionFormat(format))
    return row


def _once_each(rows: Sequence[SubscriberRow]) -> tuple[SubscriberRow, ...]:
    first: dict[str, int] = {}
    result = []
    for row in rows:
        key = row.address.casefold()
        if not row.reason and first.setdefault(key, row.line) != row.line:
            result.append(replace(row, reason=f"the same address as in line {first[key]}"))
        else:
            result.append(row)
    return tuple(result)
