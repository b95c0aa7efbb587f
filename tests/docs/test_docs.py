"""The documentation is whole: nothing briefpub has is missing from it, and no link in it is broken."""

import inspect
import re
import subprocess
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from jinja2 import Environment, meta, nodes
from pydantic import BaseModel

import briefpub
from briefpub.check.catalogue import CATALOGUE
from briefpub.cli.main import cli
from briefpub.config import Settings
from briefpub.domain import errors
from briefpub.domain.issue import FILES

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
EXIT_CODES = (0, 1, 2, 3, 4, 5, 70, 75, 130)


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Give the text under each heading, by the heading without its backticks."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").strip().strip("`")
        found.setdefault(heading, []).append(line)
    return {heading: "\n".join(lines) for heading, lines in found.items()}


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Walk the tree of commands; groups that only hold others are left out."""
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, f"{' '.join(path)} names {name}, but cannot load it"
            yield from commands(child, (*path, name))
    elif not command.hidden:
        yield " ".join(path), command


def settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Give every key of the settings, `lists.<slug>.name` for a table of tables."""
    for name, field in model.model_fields.items():
        inner: object = field.annotation
        if typing.get_origin(inner) is dict:
            yield from settings_of(typing.get_args(inner)[1], f"{prefix}{name}.<slug>.")
            continue
        options = typing.get_args(inner) if isinstance(inner, types.UnionType) else (inner,)
        tables = [kind for kind in options if inspect.isclass(kind) and issubclass(kind, BaseModel)]
        if tables:
            yield from settings_of(tables[0], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def tracked() -> list[Path]:
    """Give the files git keeps, or would keep."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:  # pragma: no cover - an unpacked archive
        pytest.fail(f"git cannot list the files of the project: {error}")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def pages() -> list[Path]:
    """Give the Markdown pages that are documentation, not articles or test cases."""
    return [
        path
        for path in tracked()
        if path.suffix == ".md" and path.relative_to(ROOT).parts[0] not in {"articles", "tests", "src"}
    ]


def prose(text: str) -> str:
    """Take listings and code out of a page."""
    text = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text: str) -> set[str]:
    """Give the fragments one may link to: the headings, as GitHub and MyST name them."""
    headings = re.findall(
        r"^#{1,6} +(.+)$",
        re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE),
        flags=re.MULTILINE,
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_command_and_option_stands_in_the_reference() -> None:
    written = sections(page("commands.md"))
    missing = []
    for name, command in commands(cli, ("briefpub",)):
        text = written.get(name)
        if text is None:
            missing.append(name)
            continue
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                longest = max(parameter.opts, key=len)
                if longest != "--help" and not re.search(re.escape(longest) + r"(?![\w-])", text):
                    missing.append(f"{name} {longest}")
    assert not missing


def test_the_reference_names_no_command_that_is_gone() -> None:
    known = {name for name, _ in commands(cli, ("briefpub",))}
    written = {heading for heading in sections(page("commands.md")) if heading.startswith("briefpub ")}
    assert written <= known


def test_every_setting_stands_in_the_reference() -> None:
    written = set(re.findall(r"^\| `([^`]+)` \|", page("settings.md"), flags=re.MULTILINE))
    assert set(settings_of(Settings)) == written


def test_every_error_stands_in_the_reference_with_its_exit_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page("errors.md"), flags=re.MULTILINE))
    known = {
        name: str(kind.exit_code)
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.BriefpubError)
    }
    assert rows == known


@pytest.mark.parametrize("code", EXIT_CODES)
def test_every_exit_code_stands_in_the_reference(code: int) -> None:
    assert re.search(rf"^\| {code} \|", page("errors.md"), flags=re.MULTILINE)


def test_every_finding_stands_in_the_reference() -> None:
    written = re.findall(
        r"^\| `([A-Z]\d{3})` \| (?:error|warning|note) \|", page("findings.md"), flags=re.MULTILINE
    )
    assert sorted(written) == sorted(CATALOGUE)


def test_every_code_of_the_source_is_in_the_catalogue() -> None:
    package = Path(inspect.getfile(briefpub)).parent
    used = {
        code
        for path in package.rglob("*.py")
        for code in re.findall(r"""["']([A-Z]\d{3})["']""", path.read_text(encoding="utf-8"))
    }
    assert used <= set(CATALOGUE)


def test_every_file_of_an_issue_stands_in_the_reference() -> None:
    text = page("outbox.md")
    assert [name for name, _ in FILES.values() if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "layouts" / "default").glob("*.j2")), ids=lambda path: path.name
)
def test_every_name_a_template_uses_stands_in_the_reference(path: Path) -> None:
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    given = meta.find_undeclared_variables(tree)
    used = given | {
        f"{node.node.name}.{node.attr}"
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name in given - {"words", "colours", "dark"}
    }
    written = sections(page("layouts.md"))
    text = "\n".join(
        body for heading, body in written.items() if heading in {path.name, "Templates"} or ":" in heading
    )
    missing = [
        name
        for name in sorted(used)
        if not re.search(rf"`{re.escape(name)}[`.]", text)
        and not ("." in name and f"`{name.partition('.')[2]}`" in text)
    ]
    assert not missing


def test_the_architecture_names_every_folder_and_file_of_the_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    package = Path(inspect.getfile(briefpub)).parent
    folders = {f"{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    files = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert [name for name in sorted(folders | files) if f"**`{name}`**" not in text] == []


def test_no_relative_link_is_broken() -> None:
    broken = []
    for path in pages():
        text = prose(path.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)", text):
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            file, _, fragment = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            known = (
                anchors(there.read_text(encoding="utf-8"))
                if fragment and there.exists() and there.suffix == ".md"
                else {fragment}
            )
            if not there.exists() or fragment not in known:
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert not broken


def test_every_decision_is_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert records
    assert [path.name for path in records if len(path.read_text(encoding="utf-8").splitlines()) > 30] == []


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    # Put together here, so that this file does not name them either.
    hosts = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "npm" + "js.org",
        "npm" + "js.com",
        "deb." + "debian.org",
    ]
    pattern = re.compile("|".join(map(re.escape, hosts)) + "|(?<![\\w.~-])/" + "work/", flags=re.IGNORECASE)
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data[:8000]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert not found


def test_no_module_is_longer_than_350_lines() -> None:
    package = Path(inspect.getfile(briefpub)).parent
    long = [
        f"{path.relative_to(package)}: {count}"
        for path in package.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 350
    ]
    assert not long
