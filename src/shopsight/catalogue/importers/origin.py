"""Where a source lies, and what it may point to: a file's pictures lie beside it, a page's behind web addresses."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urljoin, urlsplit

from shopsight.errors import BadAddress, BadInput, BadSource


class Fetch(Protocol):
    """Gets the bytes behind a web address, or raises BadAddress. `polite` asks robots.txt first."""

    def __call__(self, url: str, *, max_bytes: int = ..., polite: bool = ...) -> bytes: ...


def is_url(text: str) -> bool:
    return bool(re.match(r"https?://", text, re.IGNORECASE))


@dataclass(frozen=True)
class Origin:
    """A feed or page: `path` when it lies on this machine, else `url` and the `data` fetched from there."""

    path: Path | None = None
    url: str = ""
    data: bytes = b""

    @property
    def name(self) -> str:
        return str(self.path) if self.path else self.url

    @property
    def suffix(self) -> str:
        return (self.path.suffix if self.path else Path(urlsplit(self.url).path).suffix).lower()

    def open(self) -> BinaryIO:
        """The bytes, from the start."""
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            return self.path.open("rb")
        except OSError as why:
            raise BadSource(
                str(self.path), f"cannot be opened ({why.strerror})", "check the path and who may read it"
            ) from why

    def head(self, length: int = 65536) -> bytes:
        with self.open() as stream:
            return stream.read(length)

    def place(self, reference: str) -> str:
        """A picture's reference as a full URL or an existing local path under the feed's own folder.

        Raises BadInput for a path that leaves the folder, BadAddress for an address of another kind.
        """
        said = reference.strip()
        if said.startswith("//"):
            return f"https:{said}"
        if is_url(said):
            return said
        if re.match(r"[a-z][a-z0-9+.-]+:", said, re.IGNORECASE):
            raise BadAddress(
                said[:80],
                "not a web address that pictures are fetched from",
                "use http:// or https://, or a file beside the feed",
            )
        if self.path is None:
            return join(self.url, said)
        return str(place_under(self.path if self.path.is_dir() else self.path.parent, said))


def join(base: str, reference: str) -> str:
    """The reference as a full address, seen from `base`; raises BadAddress when it is none."""
    try:
        joined = urljoin(base, reference.strip())
        urlsplit(joined)
    except ValueError as why:
        raise BadAddress(reference[:80], "not a web address", "write it in full: https://shop.example/a.jpg") from why
    return joined


def place_under(folder: Path, reference: str) -> Path:
    """`reference` as a file under `folder`, links followed; raises BadInput when it would lie elsewhere."""
    root = folder.resolve()
    try:
        path = (root / reference.replace("\\", "/")).resolve()
    except (OSError, ValueError, RuntimeError) as why:
        raise BadInput(
            reference[:80], "not a file name", "write the picture's path as it lies beside the feed"
        ) from why
    if not path.is_relative_to(root):
        raise BadInput(
            reference[:80],
            "lies outside the feed's own folder",
            f"put the pictures under {folder.name or root}/ and name them from there",
        )
    return path
