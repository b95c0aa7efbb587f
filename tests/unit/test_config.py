"""Settings: one frozen value from the file and the environment, or one clear error with its line."""

from pathlib import Path

import pytest

from briefpub.config import find_root, read_settings, smtp_password
from briefpub.domain.audience import DigestBody
from briefpub.domain.errors import ConfigError


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("BRIEFPUB_TRANSPORT", "BRIEFPUB_DATABASE", "BRIEFPUB_DIGEST__BODY"):
        monkeypatch.delenv(name, raising=False)

    def _write(text: str) -> Path:
        (tmp_path / "briefpub.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return _write


def test_no_file_gives_the_defaults():
    settings = read_settings(None)
    assert settings.transport == "maildir"
    assert settings.digest.body is DigestBody.LEAD


def test_the_environment_wins_over_the_file(write, monkeypatch):
    root = write('transport = "maildir"\n[digest]\nbody = "lead"\n')
    monkeypatch.setenv("BRIEFPUB_TRANSPORT", "smtp://localhost:2525?tls=off")
    monkeypatch.setenv("BRIEFPUB_DIGEST__BODY", "full")
    settings = read_settings(root)
    assert settings.transport.startswith("smtp://")
    assert settings.digest.body is DigestBody.FULL


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('name = "x"\nnam = "y"\n', 2, "did you mean 'name'"),
        ('[lists.weekly]\nname = "x"\nsendr = "a@b.org"\n', 3, "did you mean 'sender'"),
        ('[lists."../../x"]\nname = "x"\n', 1, "use 1 to 63 of a-z"),
        ('[digest]\nbody = "ful"\n', 2, ""),
        ('timezone = "Europe/Pari"\n', 1, ""),
        ('site = "example.org"\n', 1, ""),
        ('name = "x\n', 1, "key ="),
        ('name = "a\\r\\nBcc: x"\n', 1, ""),
        ('smtp_password = "s3same"\n', 1, "BRIEFPUB_SMTP_PASSWORD"),
        ('[lists.weekly]\nname = "x"\nsender = "nobody"\n', 1, "name@example.org"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_its_mend(write, text, line, says):
    with pytest.raises(ConfigError) as caught:
        read_settings(write(text))
    assert caught.value.where.endswith(f"briefpub.toml:{line}")
    assert says in caught.value.hint
    assert "s3same" not in str(caught.value)


def test_a_wrong_variable_is_named(monkeypatch):
    monkeypatch.setenv("BRIEFPUB_TIMEZONE", "Mars/Olympus")
    with pytest.raises(ConfigError) as caught:
        read_settings(None)
    assert caught.value.where == "BRIEFPUB_TIMEZONE"


def test_the_file_wins_over_the_database_key_by_key(write):
    settings = read_settings(write('[lists.weekly]\nname = "The Weekly"\nsender = "a@b.org"\n'))
    first = settings.declared("weekly", None)
    assert (first.name, first.sender, first.digest_body) == ("The Weekly", "a@b.org", DigestBody.LEAD)
    known = settings.declared("weekly", None).__class__(
        slug="weekly", name="Old", sender="c@d.org", language="fr", digest_body=DigestBody.FULL
    )
    both = settings.declared("weekly", known)
    assert (both.name, both.sender) == ("The Weekly", "a@b.org")
    assert (both.language, both.digest_body) == ("fr", DigestBody.FULL)


def test_a_list_without_a_sender_is_refused(write):
    settings = read_settings(write('[lists.weekly]\nname = "The Weekly"\n'))
    with pytest.raises(ConfigError, match="no sender"):
        settings.declared("weekly", None)


def test_the_publication_is_found_from_below(tmp_path):
    (tmp_path / "briefpub.toml").touch()
    (tmp_path / "articles" / "x").mkdir(parents=True)
    assert find_root(tmp_path / "articles" / "x") == tmp_path


def test_the_password_comes_from_the_environment_or_a_file(write, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("opensesame\n")
    root = write('smtp_password_file = "secret"\n')
    assert smtp_password(read_settings(root), root) == "opensesame"
    monkeypatch.setenv("BRIEFPUB_SMTP_PASSWORD", "other")
    settings = read_settings(root)
    assert smtp_password(settings, root) == "other"
    assert "other" not in repr(settings)
    monkeypatch.delenv("BRIEFPUB_SMTP_PASSWORD")
    (tmp_path / "secret").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        smtp_password(read_settings(root), root)
