"""One shop's database: opened, brought up to date, and written by one writer at a time.

A write transaction takes the shop's write lock at once (SQLite: BEGIN IMMEDIATE; PostgreSQL: the row of `shop`), so
that generations are committed in order and the vector files have one writer. Who cannot get it in time gets `Busy`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text, update
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from shopsight.catalogue import schema
from shopsight.errors import BadInput, Busy, Damaged, MissingExtra, NoRoom, ShopsightError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# What SQLite says when the disk takes no more: FULL for a full disk, the rest when a limit or quota stops a write.
SQLITE_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHMSIZE"})
MAKE_ROOM = "Make room, then run the same command again: what was committed is safe"
TRY_AGAIN = "Wait until the other import or indexing run has finished, then try again"


@dataclass(slots=True)
class Writing:
    """A write transaction. `revision` is the shop's next generation; it counts only if something `changed`."""

    connection: Connection
    revision: int
    changed: bool = False


class Database:
    """The connection to a shop's tables. `busy_s` is how long a writer waits for another."""

    def __init__(self, folder: Path, url: str = "", *, busy_s: float = 10.0) -> None:
        self.busy_s = busy_s
        self.engine = _connect(folder, url, busy_s)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        try:
            with translated():
                _bring_up_to_date(self.engine)
        except BaseException:
            self.engine.dispose()
            raise

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view: all that is asked in it is answered from one moment."""
        with translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """The one write transaction of this moment; all or nothing."""
        with translated(), self.engine.connect() as connection:
            connection = connection.execution_options(writing=True)
            with connection.begin():
                generation = select(schema.shop.c.generation).with_for_update()
                writing = Writing(connection, int(connection.execute(generation).scalar_one()) + 1)
                yield writing
                if writing.changed:
                    connection.execute(update(schema.shop).values(generation=writing.revision))


@contextmanager
def translated() -> Iterator[None]:
    """Turns what the database and the disk say into this project's errors."""
    try:
        yield
    except DBAPIError as error:
        raise _in_our_words(error) from error
    except UnicodeEncodeError as error:
        raise _unwritable() from error
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(str(error.filename or "disk"), "there is no room left to write", MAKE_ROOM) from error
        raise


def _in_our_words(error: DBAPIError) -> ShopsightError:
    origin = error.orig
    if isinstance(error, DataError):
        return _unwritable()
    code = str(getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or "")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code in {"55P03", "40P01", "40001"}:
        return Busy("catalogue", "somebody else is writing", TRY_AGAIN)
    if code in SQLITE_FULL or code == "53100":
        return NoRoom("catalogue", "there is no room left to write", MAKE_ROOM)
    if code in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return Damaged("shop.db", "the database is damaged", "Put back a backup, or remove it and import again")
    if isinstance(error, OperationalError) and not code.startswith("SQLITE"):
        return Busy("database", f"it does not answer ({origin})", "Check the server and the database URL")
    return ShopsightError("catalogue", f"the database refused: {origin}", "Please report this as a bug")


def _unwritable() -> BadInput:
    return BadInput("text", "it holds characters that cannot be stored", "Leave out NUL and half characters")


def _connect(folder: Path, url: str, busy_s: float) -> Engine:
    if not url:
        return _open_sqlite(folder, busy_s)
    url = "postgresql+psycopg://" + url.split("://", 1)[1] if url.startswith(("postgres://", "postgresql://")) else url
    if not url.startswith("postgresql+psycopg://"):
        raise BadInput("database URL", "only PostgreSQL is supported", "Use postgresql://user:password@host/database")
    return _open_postgres(url, busy_s)


def _open_sqlite(folder: Path, busy_s: float) -> Engine:
    engine = create_engine(f"sqlite+pysqlite:///{folder / 'shop.db'}", connect_args={"timeout": busy_s})

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun below, by hand, with the lock that is meant
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-32000")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _open_postgres(url: str, busy_s: float) -> Engine:
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        cure = 'pip install "shopsight[postgres]"'
        raise MissingExtra("PostgreSQL", "its driver is not installed", cure) from error
    options = f"-c lock_timeout={int(busy_s * 1000)}"
    return create_engine(url, pool_pre_ping=True, connect_args={"options": options})


def _bring_up_to_date(engine: Engine) -> None:
    version = _version(engine)
    if version == schema.HEAD:
        return
    if version > schema.HEAD:
        reason = f"its tables ({version}) are from a newer version of this program"
        raise Damaged("shop.db", reason, "Install the newest version: pip install --upgrade shopsight")
    from shopsight.catalogue.migrations import upgrade  # here, because Alembic is slow to load

    with engine.connect() as connection:
        connection = connection.execution_options(writing=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(727407)"))
            upgrade(connection)
            if connection.execute(select(schema.shop.c.id)).first() is None:
                connection.execute(insert(schema.shop).values(id=1, generation=0))


def _version(engine: Engine) -> str:
    if not inspect(engine).has_table("alembic_version"):
        return ""
    with engine.connect() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
