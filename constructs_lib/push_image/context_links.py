"""Symbolic links in a build context: Docker copies them as they are, and cannot follow one out of the context."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs_lib.push_image.build_context import BuildContext

MAX_LINKS = 40
"""Links on one path that Linux follows (path_resolution(7))."""


def check_links(context: BuildContext, files: Mapping[str, Path]) -> None:
    """
    Refuse a link in *context*, which has *files*, that would lead nowhere, or elsewhere, in the image.

    A link that leads nowhere on this machine either is let through: it is the same in both places.

    Raises:
        BadInputError: naming the link, where it leads and what to do.

    """
    links = {name: str(path.readlink()) for name, path in files.items() if path.is_symlink()}
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    for name, target in links.items():
        home = _home(context, name)
        end = _end(name, links)
        if end is None or not (home in {".", end} or end.startswith(f"{home}/")):
            where = context.name_of(home) if home != "." else context.folder
            outside = f"outside {where}" if where != "." else "outside the project"
            raise BadInputError(_refusal(context, name, target, outside))
        if end not in files and end not in folders and files[name].exists():
            raise BadInputError(_refusal(context, name, target, "which .dockerignore leaves out"))


def _home(context: BuildContext, name: str) -> str:
    """Return the folder of the context that the link *name* must not lead out of."""
    for folder in (*context.separate_folders, *context.additional_folders):
        if name == folder or name.startswith(f"{folder}/"):
            return folder
    return "."


def _end(name: str, links: Mapping[str, str]) -> str | None:
    """Return the path in the context that *name* leads to, or None if it leads out of the context."""
    done: list[str] = []
    ahead = name.split("/")
    followed = 0
    while ahead:
        part = ahead.pop(0)
        if part == "..":
            if not done:
                return None
            done.pop()
        elif part not in {"", "."}:
            done.append(part)
            if target := links.get("/".join(done)):
                followed += 1
                if target.startswith("/") or followed > MAX_LINKS:
                    return None
                done.pop()
                ahead = [*target.split("/"), *ahead]
    return "/".join(done) or "."


def _refusal(context: BuildContext, name: str, target: str, why: str) -> str:
    ways = ["copy what it leads to", "leave the link out with .dockerignore"]
    if context.folder != ".":
        ways.insert(1, f"name its folder in additional_folders of {context.folder}/task.toml")
    return (
        f"{context.name_of(name)} is a symbolic link to {target!r}, {why}, so it would lead nowhere in the image:"
        f" {' or '.join(ways)}"
    )
