"""What a transaction is for; each database has its own way to keep them apart."""

from enum import Enum

MODE = "briefpub_mode"


class Mode(Enum):
    """`WRITING` excludes every other writer; `SHARING` excludes those who touch the same mailing."""

    READING = "reading"
    SHARING = "sharing"
    WRITING = "writing"
