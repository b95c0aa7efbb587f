"""The lock of a publication: one process at a time sends, and a killed one leaves nothing behind."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from briefpub.domain.errors import Locked, StoreError
from briefpub.kit.safeio import lock_file


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the publication whose database is at `path`; raises Locked when another process does.

    The kernel frees the lock when its process dies, however it dies.
    """
    lock = path.with_name(f"{path.name}.lock")
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(lock))
        except BlockingIOError as error:
            raise Locked(
                "another briefpub process is sending this publication",
                where=str(path),
                hint="wait until it has ended, or stop it: it stops tidily on Ctrl-C",
            ) from error
        except OSError as error:
            raise StoreError(
                f"the lock cannot be taken: {error.strerror}", where=str(lock), hint="may you write there?"
            ) from error
        yield
