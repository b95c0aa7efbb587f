"""Each folder of golden/markdown holds Markdown and the document tree that it must become."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from briefpub.content.markdown import parse

CASES = sorted((Path(__file__).parent / "golden" / "markdown").glob("*/in.md"))


def as_json(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        held = {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
        if type(value).__name__ == "Text":
            return held["text"]
        return {"kind": type(value).__name__} | {k: v for k, v in held.items() if v not in ("", [], None, {})}
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_markdown_becomes_this_tree(case: Path, pytestconfig: pytest.Config) -> None:
    text = case.read_text(encoding="utf-8")
    language = case.with_name("language").read_text().strip() if case.with_name("language").exists() else "fr"
    body = parse(text, path="in.md", language=language, pictures=lambda source, line: (None, ()))
    made = json.dumps(as_json(body), ensure_ascii=False, indent=1) + "\n"
    expected = case.with_name("expected.json")
    if pytestconfig.getoption("--update-golden"):
        expected.write_text(made, encoding="utf-8")
    assert made == expected.read_text(encoding="utf-8")


def test_there_are_cases() -> None:
    assert len(CASES) >= 8
