"""The catalogue and the code agree: what is found is listed, and what is listed can be found."""

import re
from pathlib import Path

import briefpub
from briefpub.check.catalogue import CATALOGUE

SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in Path(briefpub.__file__).parent.rglob("*.py")
    if path.name != "catalogue.py"
}
NUMBER = re.compile(r'"([ADERIN]\d{3})"')


def test_every_number_in_the_code_is_listed_and_every_listed_one_is_in_use() -> None:
    used = {number for text in SOURCES.values() for number in NUMBER.findall(text)}
    assert used == set(CATALOGUE)


def test_every_kind_says_what_it_means_and_all_but_one_how_to_mend_it() -> None:
    assert all(kind.means for kind in CATALOGUE.values())
    assert [number for number, kind in CATALOGUE.items() if not kind.mend] == ["I016"]


def test_numbers_stand_in_order() -> None:
    for letter in "ADERIN":
        numbers = [number for number in CATALOGUE if number.startswith(letter)]
        assert numbers == sorted(numbers)
