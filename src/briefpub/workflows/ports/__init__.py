"""What the workflows ask of the world, as Protocols; adapters fit by shape and bootstrap joins them."""

from briefpub.domain.article import Gathered
from briefpub.domain.audience import RowFate, SubscriberRow
from briefpub.domain.delivery import Message
from briefpub.domain.importing import ClassifiedBlock, Imported
from briefpub.domain.issue import Frozen, IssueRecord, IssueState
from briefpub.workflows.ports.audience import Audience, Consents, Intakes, People, Post
from briefpub.workflows.ports.content import (
    Articles,
    Importer,
    Issues,
    Layouts,
    Outbox,
    PictureShelf,
    Progress,
    silent,
)
from briefpub.workflows.ports.post import Ledger, Sites, Transport, Work
from briefpub.workflows.ports.schedules import Runs, Schedules, Walls

__all__ = [
    "Articles",
    "Audience",
    "ClassifiedBlock",
    "Consents",
    "Frozen",
    "Gathered",
    "Imported",
    "Importer",
    "Intakes",
    "IssueRecord",
    "IssueState",
    "Issues",
    "Layouts",
    "Ledger",
    "Message",
    "Outbox",
    "People",
    "PictureShelf",
    "Post",
    "Progress",
    "RowFate",
    "Runs",
    "Schedules",
    "Sites",
    "SubscriberRow",
    "Transport",
    "Walls",
    "Work",
    "silent",
]
