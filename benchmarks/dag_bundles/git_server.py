"""A server of Git repositories on loopback, over Git's own `http-backend`, which can be switched off and on."""

import base64
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from typing_extensions import override

ENVIRONMENT = {
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_AUTHOR_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "PATH": os.environ["PATH"],
}
"""Independent of the settings of the user."""


def git(*arguments: str, folder: Path) -> str:
    """
    Run git in *folder* and return what it prints.

    Raises:
        RuntimeError: it fails.

    """
    command = ["git", *arguments]
    run = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if run.returncode:
        msg = f"git {arguments[0]} failed: {run.stderr}"
        raise RuntimeError(msg)
    return run.stdout.strip()


class GitRepository:
    """A repository in *folder*, a new one, with the branch `main`; `commit` is a push of somebody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commits: list[str] = []
        """All commits, the oldest first."""
        folder.mkdir(parents=True)
        git("init", "--quiet", "--initial-branch=main", folder=folder)
        # As the known hosts do.
        git("config", "uploadpack.allowFilter", "true", folder=folder)

    def commit(self, files: Mapping[str, str | None], *, branch: str = "main") -> str:
        """Write *files*, remove those with None, and return the new commit of *branch*."""
        git("symbolic-ref", "HEAD", f"refs/heads/{branch}", folder=self.folder)
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        git("add", "--all", folder=self.folder)
        git("commit", "--quiet", "--allow-empty", "--message=change", folder=self.folder)
        self.commits.append(git("rev-parse", "HEAD", folder=self.folder))
        return self.commits[-1]

    def restart(self, files: Mapping[str, str | None]) -> str:
        """Replace the history of `main` by one commit, and forget the others, as after a forced push."""
        git("update-ref", "-d", "refs/heads/main", folder=self.folder)
        commit = self.commit(files)
        git("reflog", "expire", "--expire=now", "--all", folder=self.folder)
        git("gc", "--quiet", "--prune=now", folder=self.folder)
        return commit

    def tag(self, name: str, commit: str) -> None:
        """Add an annotated tag."""
        git("tag", "--annotate", "--message=tag", name, commit, folder=self.folder)


class GitServer:
    """
    Serve the repositories in *folder*: `url` with a repository's name, and `/.git`, is its address.

    With a *password*, each request must have it, with any user. Change it to rotate it. `switch_off` is what a client
    sees of a remote that is away: it refuses connections. With a *certificate*, a file that has the key too, the server
    is `localhost` and speaks https.
    """

    def __init__(self, folder: Path, *, password: str | None = None, certificate: Path | None = None) -> None:
        self.folder = folder
        self.password = password
        self._certificate = certificate
        self.protocol: str | None = None
        """Git's protocol; None: the one that the client asks for."""
        self.redirect: str | None = None
        """Where to send each request."""
        self.requests: list[str] = []
        """Method and path of each request that was answered."""
        self.refused = 0
        """The number of requests with another password."""
        self.users: list[str] = []
        """The user and the password of each request that had one."""
        self._server: ThreadingHTTPServer | None = None
        self._thread = threading.Thread()
        self._port = 0

    @property
    def url(self) -> str:
        """The address of the server; it stays the same while the server is off."""
        return f"https://localhost:{self._port}" if self._certificate else f"http://127.0.0.1:{self._port}"

    def switch_on(self) -> None:
        """Accept connections, on the same port as before."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._port = int(self._server.server_address[1])
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def switch_off(self) -> None:
        """Refuse connections from now on."""
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def accepts(self, authorization: str | None) -> bool:
        """Return whether a request with this header may read the repositories."""
        if authorization:
            self.users.append(base64.b64decode(authorization.removeprefix("Basic ")).decode())
        return not self.password or (bool(authorization) and self.users[-1].partition(":")[2] == self.password)


@contextmanager
def git_server(folder: Path, *, password: str | None = None, certificate: Path | None = None) -> Iterator[GitServer]:
    """Serve the repositories in *folder* until the block ends."""
    server = GitServer(folder, password=password, certificate=certificate)
    server.switch_on()
    try:
        yield server
    finally:
        server.switch_off()


def _handler(server: GitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            authorization = self.headers.get("Authorization")
            if not server.accepts(authorization):
                # Git asks without credentials first.
                server.refused += bool(authorization)
                self.send_response(HTTPStatus.UNAUTHORIZED)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            server.requests.append(f"{self.command} {self.path}")
            if server.redirect:
                self.send_response(HTTPStatus.FOUND)
                self.send_header("Location", server.redirect + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            # Common Gateway Interface: git-http-backend(1).
            variables = ENVIRONMENT | {
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROJECT_ROOT": str(server.folder),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", "") if server.protocol is None else server.protocol,
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
            }
            command = ["git", "-c", "safe.directory=*", "http-backend"]
            answer = subprocess.run(command, env=variables, input=body, capture_output=True, check=False).stdout
            head, _, content = answer.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 http.server's names

        @override
        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
