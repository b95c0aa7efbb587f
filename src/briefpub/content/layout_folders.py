"""Where the default layout lies; apart from its reading, which loads a parser of style sheets."""

from importlib import resources
from pathlib import Path

DEFAULT = "default"


def bundled() -> Path:
    """Give the folder of the default layout, which comes with briefpub."""
    return Path(str(resources.files("briefpub") / "layouts" / DEFAULT))
