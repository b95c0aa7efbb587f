"""Real places, quickly found, are the system's own: links, circles, dots and names of any kind."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from briefpub.content.picture_files import locate
from briefpub.content.real_places import RealPlaces

NAMES = ("a", "b", "c", "file", "in", "out", "circle", "one", "two", "nothing", "..", ".", "", "é", "x" * 300)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6).map("/".join)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with links in, out, to nothing and in circles."""
    top = tmp_path_factory.mktemp("real")
    (top / "out/a").mkdir(parents=True)
    root = top / "root"
    for folder in (root / "a/b/c", root / "b"):
        folder.mkdir(parents=True)
    for folder in (root, root / "a", root / "a/b"):
        (folder / "file").write_bytes(b"")
        (folder / "in").symlink_to(root / "a/b")
        (folder / "out").symlink_to("../" * len(folder.relative_to(top).parts) + "out")
        (folder / "circle").symlink_to("circle")
        (folder / "one").symlink_to("two")
        (folder / "two").symlink_to("one")
        (folder / "nothing").symlink_to("gone")
    return root


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PATHS, min_size=1, max_size=8))
@example(["in/file", "in", "a/in/../file", "out/a", "one/x", "../out/a", "a/"])
def test_places_are_those_of_the_system(root: Path, paths: list[str]) -> None:
    real = RealPlaces()
    for path in paths:
        for whole in (f"{root}/{path}", path, f"/{path}"):
            written = str(Path(whole))
            assert real(written) == os.path.realpath(written)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PATHS, min_size=1, max_size=8))
def test_pictures_are_located_at_the_same_places(root: Path, paths: list[str]) -> None:
    real = RealPlaces()
    for path in paths:
        for beside in (root, root / "a", root / "a/in"):
            assert locate(path, root=root, beside=beside, real=real) == locate(path, root=root, beside=beside)


def test_a_name_that_no_file_can_have(root: Path) -> None:
    with pytest.raises(ValueError, match="null"):
        RealPlaces()(f"{root}/a\0b")
