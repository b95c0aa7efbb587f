"""The one route table of the pages, and what stands on every answer (knows Starlette)."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from briefpub.bootstrap import moment
from briefpub.domain.errors import BriefpubError
from briefpub.web.clients import client_of
from briefpub.web.forms import MOST_BYTES, fields_of
from briefpub.web.letterbox import choosing, joining, leaving
from briefpub.web.letterbox.box import Letterbox
from briefpub.web.pages import HTML, Page
from briefpub.web.visit import Visit

Handler = Callable[[Letterbox, Visit], Page]
# SQLite and its pool serve so many at once; letters wait for a mail server, and must not hold up the rest.
THREADS, LETTER_THREADS = 8, 2
PATIENCE = 20.0  # seconds for a body to arrive
TEMPORARY = 75

# Path, then what a GET shows, then what a POST does. A GET never changes anything.
ROUTES: tuple[tuple[str, Handler | None, Handler | None], ...] = (
    ("/unsubscribe/{end}", leaving.ask, leaving.leave),
    ("/undo/{end}", leaving.ask, leaving.undo),
    ("/subscribe/{end}", joining.ask, joining.request),
    ("/confirm/{end}", joining.ask_confirm, joining.confirm),
    ("/preferences/{end}", choosing.show, choosing.save),
    ("/preferences/{end}/export", None, choosing.export),
    ("/preferences/{end}/erase", choosing.ask_erase, choosing.erase),
)


class Log(Protocol):
    """What the pages tell their operator; `kit.logs` gives one. Paths hold tokens, and are never told."""

    def info(self, event: str, **values: object) -> object:
        """Tell what went as it should."""
        ...

    def error(self, event: str, **values: object) -> object:
        """Tell what went wrong."""
        ...


def letterbox_app(
    box: Letterbox, *, log: Log, behind_proxy: bool = False, now: Callable[[], datetime] = moment
) -> ASGIApp:
    """Give the letterbox as an ASGI application.

    `behind_proxy` lets the last address of X-Forwarded-For count as the caller's: only for a proxy of ours.
    """
    serving = _Serving(box=box, log=log, behind_proxy=behind_proxy, now=now)
    app = Starlette(
        routes=[
            Route("/healthz", serving.health, methods=["GET"]),
            *(serving.route(path, shown, done) for path, shown, done in ROUTES),
        ],
        exception_handlers={HTTPException: serving.refused},
    )
    app.router.redirect_slashes = False  # one-click must never be redirected (RFC 8058 3.1)
    return _Below(app=app, base=unquote(box.press.base))


def security_headers(style: str) -> dict[str, str]:
    """Give what every answer says: nothing is run, framed, kept, indexed or passed on.

    Tokens stand in our addresses, so no Referer may carry one on (Referrer Policy 3.1).
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


class _Refused(Exception):
    """A body that is too long or too slow."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Below:
    """Takes the letterbox's own path off, where a proxy did not; a slash at the end means nothing."""

    app: ASGIApp
    base: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if self.base and path.startswith(f"{self.base}/"):
                path = path.removeprefix(self.base)
            scope = {**scope, "path": path.rstrip("/") or "/", "root_path": ""}
        await self.app(scope, receive, send)


class _Serving:
    """Carries a request to its handler, in a thread, and its page back."""

    def __init__(self, *, box: Letterbox, log: Log, behind_proxy: bool, now: Callable[[], datetime]) -> None:
        self._box = box
        self._log = log
        self._behind_proxy = behind_proxy
        self._now = now
        self._headers = security_headers(box.press.style)
        self._threads = CapacityLimiter(THREADS)
        self._letters = CapacityLimiter(LETTER_THREADS)

    def route(self, path: str, shown: Handler | None, done: Handler | None) -> Route:
        handlers = {"GET": shown, "HEAD": shown, "POST": done}
        known = {method: handler for method, handler in handlers.items() if handler}
        return Route(path, partial(self._answer, path, known), methods=list(known))

    async def health(self, request: Request) -> Response:  # noqa: ARG002
        """Say whether the database answers, for a proxy or a supervisor."""
        try:
            await to_thread.run_sync(self._box.subscribe.audience.lists, limiter=self._threads)
        except Exception as error:  # noqa: BLE001 - whatever it is, we are not well
            self._log.error("not well", why=type(error).__name__)
            return self._response(Page(body="not well\n", language="", status=503, media_type="text/plain"))
        return self._response(Page(body="ok\n", language="", media_type="text/plain"))

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that is not there."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        title, told = ("missing_title", "missing") if status == 404 else ("unreadable_title", "unreadable")
        page = self._box.note(self._visit(request, ""), title, told, status=status)
        headers = dict((error.headers if isinstance(error, HTTPException) else None) or {})
        if "Allow" in headers:  # Starlette keeps a set: its order differs from process to process
            headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
        return self._response(replace(page, headers=headers))

    async def _answer(self, path: str, handlers: Mapping[str, Handler], request: Request) -> Response:
        page_name = path.replace("/{end}", "")
        visit = self._visit(request, page_name)
        try:
            if request.method == "POST":
                body = await _body_of(request)
                visit = replace(visit, form=fields_of(request.headers.get("content-type", ""), body))
            handler = handlers[request.method]
            page = await to_thread.run_sync(handler, self._box, visit, limiter=self._threads)
        except _Refused as error:
            page = self._box.note(visit, "unreadable_title", "unreadable", status=error.status)
        except Exception as error:  # noqa: BLE001 - whatever a caller sends, they get a page and we a line
            page = self._trouble(visit, page_name, error)
        if request.method == "POST":
            self._log.info("answered", page=page_name, status=page.status)
        return self._response(page)

    def _trouble(self, visit: Visit, page_name: str, error: Exception) -> Page:
        told = str(error) if isinstance(error, BriefpubError) else ""
        self._log.error("a page failed", page=page_name, why=type(error).__name__, told=told)
        passing = isinstance(error, BriefpubError) and error.exit_code == TEMPORARY
        headers = {"Retry-After": "60"} if passing else {}
        return self._box.note(
            visit, "trouble_title", "trouble", status=503 if passing else 500, headers=headers
        )

    def _visit(self, request: Request, page_name: str) -> Visit:
        forwarded = ",".join(request.headers.getlist("x-forwarded-for")) if self._behind_proxy else None
        return Visit(
            page=f"{self._box.press.base}{page_name}",
            end=request.path_params.get("end", ""),
            client=client_of(request.client.host if request.client else "", forwarded=forwarded),
            now=self._now(),
            ticks=time.monotonic(),
            wanted=request.headers.get("accept-language", ""),
        )

    def _response(self, page: Page) -> Response:
        kind = page.media_type
        headers = {**self._headers, **page.headers}
        if page.language:
            headers["Content-Language"] = page.language
        if kind == HTML:
            headers["Vary"] = "Accept-Language"
        task = BackgroundTask(self._afterwards, page.after) if page.after else None
        return Response(page.body, status_code=page.status, media_type=kind, headers=headers, background=task)

    async def _afterwards(self, after: Callable[[], object]) -> None:
        """Send the letter of a request that has its answer already."""
        try:
            await to_thread.run_sync(after, limiter=self._letters)
        except Exception as error:  # noqa: BLE001 - nobody is left to tell but the operator
            told = str(error) if isinstance(error, BriefpubError) else ""
            self._log.error("a letter was not sent", why=type(error).__name__, told=told)


async def _body_of(request: Request) -> bytes:
    """Read a body of at most MOST_BYTES within PATIENCE."""
    if int(request.headers.get("content-length", "0") or 0) > MOST_BYTES:
        raise _Refused(413)
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _Refused(413)
    except TimeoutError as error:
        raise _Refused(408) from error
    except ClientDisconnect as error:
        raise _Refused(400) from error
    return bytes(body)
