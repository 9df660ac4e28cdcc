"""The files of the page, read once: what was not there at the start does not exist, so no path leads elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

KINDS = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "webmanifest": "application/manifest+json",
}
"""Files of another kind are not served."""


@dataclass(frozen=True, slots=True)
class File:
    """One file; `tag` changes with its content."""

    content: bytes
    kind: str
    tag: str


def served() -> Mapping[str, File]:
    """Return the files of the page by their names, such as `app/main.js`."""
    root = resources.files("adapters.web").joinpath("page")
    return dict(_below(root, "")) if root.is_dir() else {}


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, File]]:
    for one in folder.iterdir():
        name = f"{path}{one.name}"
        kind = KINDS.get(one.name.rpartition(".")[2])
        if one.is_dir():
            yield from _below(one, f"{name}/")
        elif kind is not None and not one.name.startswith("."):
            content = one.read_bytes()
            yield name, File(content, kind, hashlib.sha256(content).hexdigest()[:16])
