"""`shopsight serve`: the pages and the HTTP API."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, progress_bar, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from types import FrameType

    from shopsight.shop import Shop

Host = Annotated[
    str | None, typer.Option("--host", help="Address to listen on; 0.0.0.0 for the whole network.", show_default=False)
]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one.", show_default=False)
]


def serve(
    host: Host = None,
    port: Port = None,
    engine: EngineName = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Serve the shopper's page, the console and the HTTP API."""
    with open_for_reading(shop, engine, host=host, port=port) as opened:
        look_at_new_photos(opened)
        door = listen(opened.settings.host, opened.settings.port)
        address = address_of(door)
        if json:
            print_document({"url": address, "console": f"{address}console", "api": f"{address}api/v1"})
        else:
            tell(f"Open {address} for shoppers, {address}console for the shop. Ctrl-C stops.")
        answer(opened, door)


def look_at_new_photos(shop: Shop) -> None:
    """Photos that this engine has not seen (another engine was used, or its weights are new) would never be found."""
    if not shop.catalogue.unseen(shop.engine.space):
        return
    from shopsight.jobs.indexing import index

    with progress_bar() as progress:
        index(shop, progress=progress)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that the address printed is one that answers. Raises `BadInput` when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        cure = "Choose another with --port, or --port 0 for any free one."
        raise BadInput(f"{host}:{port}", f"cannot listen here ({error.strerror or error})", cure) from error
    door.listen(128)
    return door


def address_of(door: socket.socket) -> str:
    """The page's address, as somebody on this machine types it."""
    host, port = door.getsockname()[:2]
    if host in ("0.0.0.0", "::", "127.0.0.1"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def answer(shop: Shop, door: socket.socket) -> None:
    """Answer requests until somebody stops it; raises `KeyboardInterrupt` for Ctrl-C."""
    import uvicorn

    from shopsight.web.app import create_app

    class Server(uvicorn.Server):
        """Remembers that it was Ctrl-C: whether uvicorn passes that on depends on what the loop was doing."""

        interrupted = False

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            self.interrupted = self.interrupted or sig == signal.SIGINT
            super().handle_exit(sig, frame)

    server = Server(uvicorn.Config(create_app(shop), log_level="warning", timeout_graceful_shutdown=5))
    server.run(sockets=[door])
    if server.interrupted:
        raise KeyboardInterrupt
