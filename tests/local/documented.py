"""The DAGs and plugins that pages of docs/ show: a comment before a block of Python names it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from typing_extensions import override

from tests.clone import PROJECT
from tests.http_server import serving

PAGES = ("dags.md", "migration.md")


def documented(kind: str) -> dict[str, str]:
    """Return the code of each `dag` or `plugin` by its name."""
    block = re.compile(rf"<!-- {kind}: (\w+) -->\n\n```python\n(.*?)```", re.DOTALL)
    return {name: code for page in PAGES for name, code in block.findall((PROJECT / "docs" / page).read_text())}


def write(kind: str, folder: Path) -> list[str]:
    """Write each of them into a file of *folder*, and return their names."""
    folder.mkdir(exist_ok=True)
    for name, code in documented(kind).items():
        (folder / f"{name}.py").write_text(code)
    return list(documented(kind))


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a server that takes mail (RFC 5321), and the mails so far."""
    mails: list[str] = []

    class Session(StreamRequestHandler):
        @override
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                verb = line.split()[0].upper()
                if verb == b"DATA":
                    self._say("354 go on")
                    mails.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
                self._say("221 bye" if verb == b"QUIT" else "250 ok")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with serving(ThreadingTCPServer(("127.0.0.1", 0), Session)) as port:
        yield port, mails
