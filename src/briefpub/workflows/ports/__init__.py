"""What the workflows ask of the world, as Protocols; adapters fit by shape and bootstrap joins them."""

from briefpub.domain.article import Gathered
from briefpub.domain.audience import RowFate, SubscriberRow
from briefpub.domain.delivery import Message
from briefpub.domain.importing import ClassifiedBlock, Imported
from briefpub.domain.issue import Frozen, IssueRecord, IssueState
from briefpub.workflows.ports.audience import Audience, Consents, Intakes, People, Post
from briefpub.workflows.ports.content import (
    ArticleHeads,
    Articles,
    Importer,
    Issues,
    Layouts,
    Outbox,
    PictureShelf,
    Progress,
    silent,
)
from briefpub.workflows.ports.engine import Engine
from briefpub.workflows.ports.post import Ledger, Sites, Transport, Work
from briefpub.workflows.ports.schedules import Runs, Schedules
from briefpub.workflows.ports.watching import Count, Heartbeats

__all__ = [
    "ArticleHeads",
    "Articles",
    "Audience",
    "ClassifiedBlock",
    "Consents",
    "Count",
    "Engine",
    "Frozen",
    "Gathered",
    "Heartbeats",
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
    "Work",
    "silent",
]
