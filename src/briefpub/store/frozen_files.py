"""The outbox in the database: an issue's editions as rows, whole or absent, and proved by their manifest.

For several machines without a folder that all of them mount. It fits port `Outbox`, as `outbox.py` does.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, insert, select, update

from briefpub.domain.errors import Conflict
from briefpub.domain.issue import Edition, Frozen
from briefpub.domain.manifest import MANIFEST
from briefpub.domain.proof import checked_key, damaged, proved
from briefpub.store.database import Database
from briefpub.store.tables import frozen_file


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlOutbox:
    """The frozen editions of a publication; each method is one transaction."""

    database: Database

    def freeze(self, key: str, *, editions: Sequence[Edition], manifest: bytes) -> Frozen:
        """Keep an issue's files in one transaction; a frozen issue of the same bytes is left as it is.

        Raises Conflict when other bytes are frozen there, StoreError when they cannot be written.
        """
        checked_key(key, where=self.database.where)
        there = self.frozen(key)
        if there is None:
            files = {edition.format.file_name: edition.data for edition in editions}
            files |= {picture.path: picture.data for edition in editions for picture in edition.pictures}
            files[MANIFEST] = manifest
            with self.database.writing() as connection:
                # One writer at a time: whoever comes second finds what the first one kept.
                if connection.execute(_of(key).limit(1)).first() is None:
                    for path, data in sorted(files.items()):
                        connection.execute(insert(frozen_file).values(key=key, path=path, data=data))
            there = self.frozen(key)
        if there is None or there.manifest != manifest:
            raise Conflict(
                "other bytes are frozen there",
                where=self._place(key),
                hint="what was frozen is never changed: mend it in the next issue",
            )
        return there

    def frozen(self, key: str) -> Frozen | None:
        """Give a frozen issue; raise OutboxError when a file is not what the manifest says."""
        checked_key(key, where=self.database.where)
        with self.database.reading() as connection:
            files = {row.path: bytes(row.data) for row in connection.execute(_of(key))}
        if MANIFEST not in files:
            return None
        folder = self._place(key)

        def read(name: str) -> bytes:
            if name not in files:
                raise damaged(f"{folder}/{name}", "the file is missing")
            return files[name]

        return proved(key, folder=folder, manifest=files[MANIFEST], read=read)

    def withdraw(self, key: str) -> str:
        """Move what was frozen of an issue out of the way, and give where it is; nothing where nothing was.

        Only for an issue that nobody was mailed. Raises OutboxError, StoreError.
        """
        frozen = self.frozen(key)
        if frozen is None:
            return ""
        slug, _, issue = key.partition("/")
        kept = f"{slug}/withdrawn/{issue}-{hashlib.sha256(frozen.manifest).hexdigest()[:12]}"
        with self.database.writing() as connection:
            connection.execute(delete(frozen_file).where(frozen_file.c.key == kept))
            connection.execute(update(frozen_file).where(frozen_file.c.key == key).values(key=kept))
        return self._place(kept)

    def _place(self, key: str) -> str:
        """Name where an issue lies, so that a person finds it."""
        return f"{self.database.where}#outbox/{key}"


def _of(key: str) -> Select[tuple[str, bytes]]:
    return select(frozen_file.c.path, frozen_file.c.data).where(frozen_file.c.key == key)
