import datetime as dt

import pytest
from builders import IMPRINT, a_list, a_manifest, an_article, an_issue, editions_of
from fakes import FakeArticles, FakeLayouts, FakeOutbox
from newsroom import FakeBuild

from briefpub.domain.errors import Conflict
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.domain.manifest import articles_of
from briefpub.workflows.proof import Proof

MINE = Finding(code="A002", severity=Severity.WARNING, message="no alt", where="articles/bread.md")
OTHER = Finding(code="A002", severity=Severity.WARNING, message="no alt", where="articles/draft.md")


def a_record(*articles: str) -> IssueRecord:
    return IssueRecord(
        list="weekly",
        number=1,
        date=dt.date(2026, 11, 22),
        title="",
        state=IssueState.COMPOSED,
        articles=articles or ("bread",),
    )


def a_proof(build: FakeBuild, outbox: FakeOutbox) -> Proof:
    return Proof(
        articles=FakeArticles((an_article("bread"),), (MINE, OTHER)),
        layouts=FakeLayouts(),
        outbox=outbox,
        build=build,
        imprint=IMPRINT,
    )


def test_an_issue_is_built_and_stays_as_it_was() -> None:
    build, outbox = FakeBuild(), FakeOutbox()
    proved = a_proof(build, outbox)(a_record(), a_list())
    assert (build.built, outbox.folders) == (1, {})
    assert (proved.frozen.key, articles_of(proved.frozen.manifest)) == ("weekly/001", ("bread",))
    assert proved.findings == (MINE,)
    assert [picture.path for picture in proved.frozen.pictures] == ["pictures/loaf.jpg"]


def test_a_frozen_issue_is_taken_as_it_is() -> None:
    build, outbox, issue = FakeBuild(), FakeOutbox(), an_issue()
    editions = editions_of(issue)
    kept = outbox.freeze("weekly/001", editions=editions, manifest=a_manifest(issue, editions))
    proved = a_proof(build, outbox)(a_record(), a_list())
    assert (build.built, proved.frozen, proved.findings) == (0, kept, ())


def test_an_article_that_is_gone_is_told() -> None:
    with pytest.raises(Conflict, match="salt"):
        a_proof(FakeBuild(), FakeOutbox())(a_record("salt"), a_list())
