"""What operating systems, editors and Python write into a folder that somebody only looks at."""

from pathlib import Path

FILES = (
    ".DS_Store",  # macOS, Finder
    "._a.py",  # macOS, on a disk of another system
    "Thumbs.db",  # Windows, Explorer
    "a.py~",  # GNU Emacs, gedit
    ".a.py.swp",  # Vim
    ".a.py.swo",
    "#a.py#",  # GNU Emacs, not saved yet
    "a.py___jb_tmp___",  # JetBrains, while it saves
    ".idea/workspace.xml",
    ".vscode/settings.json",
    ".git/index",
    ".ipynb_checkpoints/a-checkpoint.ipynb",
    ".mypy_cache/3.12/a.json",
    ".pytest_cache/CACHEDIR.TAG",
    ".ruff_cache/CACHEDIR.TAG",
    "__pycache__/a.cpython-312.pyc",
)


def leave_behind(folder: Path) -> None:
    """Write each of them into *folder*, and the link by which Emacs marks a file that it has open."""
    for name in FILES:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1")
    (folder / ".#a.py").symlink_to("somebody@example.4242:1700000000")
