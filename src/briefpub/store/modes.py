"""What a transaction is for; each database has its own way to keep them apart."""

from enum import Enum

MODE = "briefpub_mode"


class Mode(Enum):
    """`WRITING` excludes every other writer; `SHARING` excludes those who touch the same mailing.

    `MIGRATING` is writing where tables may be made anew under rows that refer to them.
    """

    READING = "reading"
    SHARING = "sharing"
    WRITING = "writing"
    MIGRATING = "migrating"
