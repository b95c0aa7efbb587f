import dataclasses
import json

from builders import IMPRINT, PICTURE, an_article, an_issue, editions_of

from briefpub.domain.issue import Imprint
from briefpub.domain.manifest import articles_of, manifest_of, title_of


def test_lists_articles_editions_and_pictures() -> None:
    issue = an_issue(an_article("bread"), an_article("salt", title="Été à “Rome”"))
    editions = editions_of(issue, pictures=[PICTURE])
    data = manifest_of(issue, editions, layout="f" * 64, engines={"weasyprint": "70.0"})
    manifest = json.loads(data)
    assert manifest["briefpub"] == 1
    assert manifest["issue"]["key"] == "weekly/001"
    assert manifest["issue"]["date"] == "2026-11-22"
    assert manifest["issue"]["address"] is None
    assert [article["id"] for article in manifest["articles"]] == ["bread", "salt"]
    assert [(e["file"], e["size"], e["sha256"]) for e in manifest["editions"]] == [
        (e.format.file_name, len(e.data), e.sha256) for e in editions
    ]
    assert [(p["file"], p["size"]) for p in manifest["pictures"]] == [(PICTURE.path, len(PICTURE.data))]
    assert manifest["engines"] == {"weasyprint": "70.0"}
    assert data.endswith(b"}\n")
    assert "Été à “Rome”" in data.decode()


def test_the_same_issue_has_the_same_manifest() -> None:
    def write() -> bytes:
        return manifest_of(an_issue(), editions_of(an_issue()), layout="f", engines={"b": "2", "a": "1"})

    assert write() == write()


def test_a_picture_of_several_editions_is_listed_once() -> None:
    issue = an_issue()
    digest, text, *_ = editions_of(issue, pictures=[PICTURE])
    web = dataclasses.replace(text, pictures=(PICTURE,))
    manifest = json.loads(manifest_of(issue, (digest, web), layout="", engines={}))
    assert len(manifest["pictures"]) == 1


def test_headline_and_articles_are_read_back() -> None:
    issue = an_issue(an_article("bread"), an_article("salt"), imprint=Imprint(site="https://e.org"))
    data = manifest_of(issue, (), layout="", engines={})
    assert title_of(data) == "On bread"
    assert articles_of(data) == ("bread", "salt")
    undated = dataclasses.replace(issue, date=None, imprint=IMPRINT)
    assert json.loads(manifest_of(undated, (), layout="", engines={}))["issue"]["date"] is None
