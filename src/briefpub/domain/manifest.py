"""The manifest: what a frozen issue is made of, so that every edition can be proved the same."""

import json
from typing import Any

from briefpub.domain.audience import Frequency
from briefpub.domain.issue import Edition, Publication

MANIFEST = "manifest.json"
VERSION = 1


def manifest_of(
    publication: Publication, editions: tuple[Edition, ...], *, layout: str, engines: dict[str, str]
) -> bytes:
    """Write the manifest as UTF-8 JSON: sorted keys, two blanks of indent, a newline at the end.

    `layout` is the layout's fingerprint; `engines` names each renderer's library and its version.
    """
    content: dict[str, Any] = {
        "briefpub": VERSION,
        "issue": {
            "key": publication.key,
            "name": publication.name,
            "number": publication.number,
            **_gathered(publication),
            "title": publication.headline,
            "date": publication.date.isoformat() if publication.date else None,
            "language": publication.language,
            "identifier": publication.identifier.urn,
            "address": publication.address or None,
            "revision": publication.revision,
        },
        "articles": [
            {
                "id": article.id,
                "title": article.title,
                "language": article.language,
                "source": article.path,
                "sha256": article.content_hash,
                "words": article.words(),
            }
            for article in publication.articles
        ],
        "editions": [
            {
                "file": edition.format.file_name,
                "format": edition.format.value,
                "media_type": edition.format.media_type,
                "size": len(edition.data),
                "sha256": edition.sha256,
            }
            for edition in editions
        ],
        "pictures": [
            {"file": picture.path, "media_type": picture.media_type, "size": len(picture.data)}
            for picture in {p.path: p for edition in editions for p in edition.pictures}.values()
        ],
        "layout": layout,
        "engines": engines,
    }
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _gathered(publication: Publication) -> dict[str, str]:
    """Say of a gathering how often it comes; of anything else nothing."""
    frequency = publication.frequency
    return {} if frequency is Frequency.EACH else {"frequency": frequency.value}


def title_of(manifest: bytes) -> str:
    """Give the headline of the publication that a manifest was written of."""
    return str(json.loads(manifest)["issue"]["title"])


def articles_of(manifest: bytes) -> tuple[str, ...]:
    """Give the ids of the articles that a manifest was written of, in their order."""
    return tuple(str(article["id"]) for article in json.loads(manifest)["articles"])
