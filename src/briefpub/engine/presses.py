"""Renders several editions at once in child processes: WeasyPrint may use no threads, and may crash."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait

from briefpub.domain.errors import RenderError
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures
from briefpub.render.press import render

# The longest work first, so that the short ones fill the other processor meanwhile.
ORDER = (Format.PDF, Format.EPUB, Format.WEB, Format.DIGEST, Format.TEXT)
TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Presses:
    """Renders in this process when `jobs` is 1, else in as many children; the bytes are the same.

    In any other thread than the first, always in children: the first may be busy with something else.
    """

    jobs: int
    prepare: Callable[[Layout], None]

    def __call__(
        self, publication: Publication, layout: Layout, formats: Sequence[Format], pictures: Pictures
    ) -> Iterator[Edition]:
        """Give each edition as it is done; raises LayoutError or RenderError.

        A child that dies (a crash in Pango, the system's memory guard) is replaced once.
        """
        self.prepare(layout)
        ordered = sorted(formats, key=ORDER.index)
        if _in_first_thread() and (self.jobs == 1 or len(ordered) <= 1):
            for format in ordered:
                yield render(publication, layout, format, pictures)
            return
        todo = list(ordered)
        for attempt in range(1, TRIES + 1):
            done: list[Format] = []
            try:
                for edition in self._in_children(publication, layout, todo, pictures):
                    done.append(edition.format)
                    yield edition
            except BrokenProcessPool as error:
                todo = [format for format in todo if format not in done]
                if attempt == TRIES:
                    raise RenderError(
                        "the renderer's process died twice",
                        format=todo[0].value,
                        hint="try again with --jobs 1; if it dies again, look at the system's log for memory",
                    ) from error
            else:
                return

    def _in_children(
        self, publication: Publication, layout: Layout, formats: Sequence[Format], pictures: Pictures
    ) -> Iterator[Edition]:
        with _pool(min(self.jobs, len(formats))) as pool:
            futures: list[Future[Edition]] = [
                pool.submit(render, publication, layout, format, pictures) for format in formats
            ]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                for future in futures:
                    future.cancel()


def _in_first_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _pool(workers: int) -> ProcessPoolExecutor:
    """Give a pool of children that are made as this process allows.

    fork shares what is loaded already, but copies locks that other threads hold, and nobody lets those go.
    So any thread but the first, which is one among several, asks a server of forks, which has only one; where
    there is neither (Windows), spawn loads everything for each child.
    """
    methods = multiprocessing.get_all_start_methods()
    if "fork" in methods and _in_first_thread():
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_in_child)


def _in_child() -> None:
    """Leave signals to whoever asked for the work, and end with them, however they end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asked_by = multiprocessing.parent_process()
    if asked_by is not None:
        threading.Thread(target=partial(_end_with, asked_by.sentinel), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
