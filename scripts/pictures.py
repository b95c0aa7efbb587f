"""Turn every edition of the sample publication into pictures, to be looked at: `make pictures`.

Writes PNGs into build/pictures/ (mail on a desktop, on a phone and in the dark; each page of the brief;
pages of the book; the web page in light, dark and on a phone; the Arabic essay), and the README's four
into docs/pictures/. Uses Chromium and Poppler, which make system-pictures installs.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "pictures"
README = ROOT / "docs" / "pictures"
FRAME = '<!doctype html><style>html,body{{margin:0;background:#888}}iframe{{border:0;width:{width}px;height:{height}px}}</style><iframe src="{src}"></iframe>'


def shoot(source: str, name: str, *, width: int, height: int, dark: bool = False) -> Path:
    """Take a picture of a page; Chromium has no window under 500 px, so a phone is a frame within one."""
    target = OUT / name
    with tempfile.TemporaryDirectory() as profile:
        address = source
        if width < 500:
            page = Path(profile) / "frame.html"
            page.write_text(FRAME.format(width=width, height=height, src=source))
            address = page.as_uri()
        subprocess.run(
            [
                shutil.which("chromium") or shutil.which("chromium-browser") or "google-chrome",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-background-networking",
                "--allow-file-access-from-files",
                f"--user-data-dir={profile}/data",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                f"--window-size={max(width, 500)},{height}",
                f"--screenshot={target}",
                address,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    if width < 500:
        with Image.open(target) as picture:
            picture.crop((0, 0, width, height)).save(target)
    return target


def build(folder: Path) -> None:
    """Make the sample's first issue, as it would be published, and a brief of the Arabic essay alone."""
    publication = folder / "publication"
    shutil.copytree(ROOT / "articles", publication / "articles")
    shutil.copy(ROOT / "briefpub.toml", publication)
    for words in (
        ["issues", "add", "weekly"],
        ["build", "weekly/1", "-o", str(folder / "issue")],
        ["build", "--articles", "articles/kharait-al-mashi/index.md", "-o", str(folder / "arabic")],
    ):
        subprocess.run([str(Path(sys.executable).with_name("briefpub")), *words], cwd=publication, check=True)


def main() -> None:
    """Make all of them."""
    OUT.mkdir(parents=True, exist_ok=True)
    README.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        build(work)
        issue, arabic = work / "issue", work / "arabic"
        mail, web = (issue / "digest.html").as_uri(), (issue / "web.html").as_uri()
        shoot(mail, "digest-desktop.png", width=800, height=2600)
        shoot(mail, "digest-phone.png", width=390, height=2400)
        shoot(mail, "digest-dark.png", width=800, height=2600, dark=True)
        shoot(web, "web-light.png", width=1280, height=2600)
        shoot(web, "web-dark.png", width=1280, height=2600, dark=True)
        shoot(web, "web-phone.png", width=390, height=2400)
        shoot((arabic / "web.html").as_uri(), "arabic-web.png", width=1280, height=1800)
        shoot((arabic / "digest.html").as_uri(), "arabic-digest.png", width=800, height=1800)
        for folder, name in ((issue, "brief"), (arabic, "arabic-brief")):
            subprocess.run(
                ["pdftoppm", "-r", "70", "-png", str(folder / "brief.pdf"), str(OUT / name)], check=True
            )
        book = work / "book"
        with zipfile.ZipFile(issue / "compilation.epub") as archive:
            archive.extractall(book)
        pages = sorted(book.rglob("*.xhtml"))
        for page in pages:
            if page.stem in {"cover", "title", "nav", "le-levain", "kharait-al-mashi"}:
                shoot(page.as_uri(), f"book-{page.stem}.png", width=760, height=1100)
    for name in ("digest-desktop", "web-light", "brief-03", "book-cover"):
        with Image.open(OUT / f"{name}.png") as taken:
            picture = taken.convert("RGB")
        # The top of a long page says enough.
        picture = picture.crop((0, 0, picture.width, min(picture.height, round(picture.width * 1.6))))
        picture.thumbnail((800, 1280))
        picture.save(README / f"{name}.png", optimize=True)
    sys.stdout.write(f"{OUT}\n")


if __name__ == "__main__":
    main()
