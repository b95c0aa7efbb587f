"""Logs: set up once, one line an event on standard error, mail addresses masked below DEBUG."""

import re
import sys
from typing import Any, TextIO, cast

import structlog
from structlog.types import EventDict, FilteringBoundLogger, Processor, WrappedLogger

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
# Only the local part is personal, and hiding the domain would hide what an operator looks for.
ADDRESS = re.compile(r"([^\s<>\"'(),:;@\[\]\\])[^\s<>\"'(),:;@\[\]\\]*@(?=[\w\[])")


def set_up(*, level: str = "info", stream: TextIO | None = None) -> None:
    """Send events of `level` (a key of LEVELS) and above to `stream`, standard error by default.

    On a terminal they are drawn for reading, else each is one `key=value` line in UTC.
    """
    target = stream or sys.stderr
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        mask_addresses,
    ]
    if target.isatty():
        processors.append(structlog.dev.ConsoleRenderer(pad_event_to=0))
    else:
        processors.append(structlog.processors.TimeStamper(fmt="iso", utc=True))
        processors.append(_one_line)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> FilteringBoundLogger:
    """Give the log of one part of the program; `name` stands in each of its events."""
    return cast("FilteringBoundLogger", structlog.get_logger(part=name))


def mask_addresses(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask the local part of each mail address in an event: `a***@example.org`; debug events keep them."""
    if method == "debug":
        return event
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return ADDRESS.sub(r"\1***@", value)
    if isinstance(value, bytes):
        return _masked(value.decode("utf-8", "replace"))
    if isinstance(value, dict):
        return {_masked(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    return value


def _one_line(_: WrappedLogger, __: str, event: EventDict) -> str:
    order = ("timestamp", "level", "part", "event")
    first = [(key, event[key]) for key in order if key in event]
    rest = sorted((key, value) for key, value in event.items() if key not in order)
    return " ".join(f"{key}={_quoted(value)}" for key, value in first + rest)


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    # repr keeps a line one line: CR, LF and control characters in a foreign reply cannot forge an event.
    return text if re.fullmatch(r"[^\s\"'=\\\x00-\x1f\x7f-\x9f]+", text) else repr(text)
