"""A shop at rest: one folder with its products, photos, what was seen in them, and the words that find them.

    with Catalogue.open(Path("shop")) as catalogue:
        catalogue.keep_photo(data, photo)
        catalogue.save([Product(sku="S1", title="Red shirt", photos=(photo.id,))])
        catalogue.find_words("red shrit")

Every write is all or nothing. One writer at a time, over all processes; a second one waits, then gets `Busy`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, delete, func, insert, select

from shopsight.catalogue import baskets as bought
from shopsight.catalogue import events as happened
from shopsight.catalogue import factors, kpi_days, schema, seeing, words
from shopsight.catalogue import photos as photo_files
from shopsight.catalogue import products as shelved
from shopsight.catalogue import suggestions as suggested
from shopsight.catalogue.baskets import Basket
from shopsight.catalogue.columns import Columns, Facets, generation_of, read_columns
from shopsight.catalogue.database import Database, Writing, translated
from shopsight.catalogue.describe import describe
from shopsight.catalogue.events import EventChanges, Outcome
from shopsight.catalogue.kpi_days import By, DailyRow
from shopsight.catalogue.products import Changes, Page, batches
from shopsight.catalogue.shelf import Shelf, read_shelf
from shopsight.catalogue.suggestions import Idea, Kept, Suggestion, SuggestionPage
from shopsight.errors import NotFound
from shopsight.types import Baskets, Event, Filters, KpiDay, Photo, Product, Sight

__all__ = ["Catalogue", "Changes", "Facets", "Page", "Suggestion", "SuggestionPage"]
EVERYTHING = Filters()
MOST_FOUND = 1000
"""Products that a search by words tells of in all, page by page."""


class Catalogue:
    """The products, photos and vectors of one shop. Safe to share between threads and between processes."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self._database = database
        self._lock = threading.RLock()
        self._columns: Columns | None = None
        self._shelves: dict[str, Shelf] = {}
        self._checked = seeing.Checked()

    @classmethod
    def open(cls, folder: Path, database_url: str = "", *, busy_s: float = 10.0) -> Catalogue:
        """Opens the shop in `folder`; makes it, or brings its tables up to date, where needed.

        `database_url` names a PostgreSQL server; empty means SQLite in the folder. `busy_s` is how long a writer waits
        for another. Raises `BadInput` for another kind of URL, `MissingExtra` without the driver, `Damaged`, `NoRoom`.
        """
        folder = Path(folder)
        with translated():
            folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, Database(folder, database_url, busy_s=busy_s))

    def close(self) -> None:
        """Lets go of the database and of the mapped files."""
        with self._lock:
            self._shelves.clear()
            self._columns = None
            self._database.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- photos ----------------------------------------------------------------------------------------------

    def keep_photo(self, data: bytes, photo: Photo) -> None:
        """Keeps a photo's bytes for good, once. Raises `BadInput` when they are not its bytes, `NoRoom`."""
        photo_files.write(self.folder, photo, data)
        with self._database.reading() as connection:
            known = select(schema.photos.c.id).where(schema.photos.c.sha == photo.id)
            if connection.execute(known).first() is not None:
                return
        with self._database.writing() as writing:
            _write_photos(writing.connection, [photo])

    def keep_photos(self, photos: Mapping[str, tuple[bytes, Photo]]) -> None:
        """Keeps many photos and their origins (see `remember_origins`) in one transaction: for imports, where a
        transaction per photo would take longer than decoding it. Raises as `keep_photo` does."""
        for data, photo in photos.values():
            photo_files.write(self.folder, photo, data)
        with self._database.writing() as writing:
            _write_photos(writing.connection, [photo for _, photo in photos.values()])
            _write_origins(writing.connection, {origin: photo.id for origin, (_, photo) in photos.items()})

    def photo(self, photo_id: str) -> Photo:
        """The photo of that id. Raises `NotFound`."""
        with self._database.reading() as connection:
            row = connection.execute(select(schema.photos).where(schema.photos.c.sha == photo_id)).first()
        if row is None:
            raise NotFound(f"photo {photo_id[:12]}", "it is not kept here", "Look its id up in a product")
        return Photo(row.sha, row.width_px, row.height_px, row.media_type)

    def photo_path(self, photo_id: str) -> Path:
        """Where the photo's file is. Raises `NotFound`."""
        return photo_files.path_of(self.folder, self.photo(photo_id))

    def photo_bytes(self, photo_id: str) -> bytes:
        """The photo's bytes, checked against its id. Raises `NotFound`, `Damaged`."""
        return photo_files.read(self.folder, self.photo(photo_id))

    def photos_in_use(self) -> list[str]:
        """The ids of all photos that a product uses, in the order in which products first used them."""
        table, known = schema.product_photos, schema.photos
        query = select(known.c.sha).join_from(table, known, known.c.id == table.c.photo_id)
        query = query.group_by(known.c.id, known.c.sha).order_by(func.min(table.c.product_id), known.c.id)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def remember_origins(self, origins: Mapping[str, str]) -> None:
        """Remembers where photos came from: origin (an address; a path with size and time) -> photo id."""
        with self._database.writing() as writing:
            _write_origins(writing.connection, origins)

    def recall_origins(self, origins: Iterable[str]) -> dict[str, str]:
        """Those origins whose photo is kept already -> photo id: they need not be fetched again."""
        table, known, found = schema.origins, schema.photos, {}
        joined = select(table.c.origin, known.c.sha).join_from(table, known, known.c.id == table.c.photo_id)
        with self._database.reading() as connection:
            for batch in batches(origins):
                rows = connection.execute(joined.where(table.c.origin.in_(batch)))
                found.update({row.origin: row.sha for row in rows})
        return found

    # --- products --------------------------------------------------------------------------------------------

    def save(self, products: Sequence[Product], source: str = "") -> Changes:
        """Saves products by SKU in one transaction; what is as it was is not touched. `source` names the import.

        Raises `BadInput` for a product that cannot be saved (then none is), `Busy`, `NoRoom`.
        """
        changes = Changes()
        with self._database.writing() as writing:
            for batch in batches(products):
                changes += self._save_batch(writing, batch, source)
        return changes

    def _save_batch(self, writing: Writing, batch: Sequence[Product], source: str = "") -> Changes:
        done, touched = shelved.save_batch(writing, batch, source)
        describe(writing, touched)
        seeing.share_rows(writing, self.folder, shelved.photo_numbers_of(writing.connection, touched))
        return done

    def remove(self, skus: Iterable[str]) -> int:
        """Removes products; gives how many of them were there."""
        removed = 0
        with self._database.writing() as writing:
            for batch in batches(skus):
                numbers = shelved.remove_batch(writing, batch)
                words.drop_words(writing, numbers)
                removed += len(numbers)
        return removed

    def skus_of(self, source: str) -> set[str]:
        """The products that were last saved from that source."""
        with self._database.reading() as connection:
            query = select(schema.products.c.sku).where(schema.products.c.source == source)
            return set(connection.execute(query).scalars())

    def skus(self) -> list[str]:
        """Every SKU, in the order in which the products came."""
        with self._database.reading() as connection:
            return list(connection.execute(select(schema.products.c.sku).order_by(schema.products.c.id)).scalars())

    def product(self, sku: str) -> Product:
        """The product of that SKU. Raises `NotFound`."""
        with self._database.reading() as connection:
            return shelved.read_product(connection, sku)

    def products(self, skus: Sequence[str]) -> dict[str, Product]:
        """The products of those SKUs, in that order; unknown ones are left out."""
        with self._database.reading() as connection:
            return shelved.read_products(connection, skus)

    def browse(
        self, filters: Filters = EVERYTHING, words: str = "", offset: int = 0, limit: int = 50, order: str = "title"
    ) -> Page:
        """A page of products that match, sorted by `order` (title, price, -price, newest, sku), or, with words, by
        how well the words fit."""
        if words.strip():
            found = [sku for sku, _, _ in self.find_words(words, filters, MOST_FOUND)]
            page = found[offset : offset + limit]
            return Page(tuple(self.products(page).values()), len(found))
        with self._database.reading() as connection:
            return shelved.browse(connection, filters, offset, limit, order)

    def facets(self, filters: Filters = EVERYTHING) -> Facets:
        """The choices that are left under the filters, with how many products each gives."""
        return self._current_columns().facets(filters)

    def counts(self) -> dict[str, int]:
        """How many products and photos are kept, how many photos are in use, and the shop's generation."""
        used = select(func.count(schema.product_photos.c.photo_id.distinct()))
        with self._database.reading() as connection:
            return {
                "products": connection.execute(select(func.count()).select_from(schema.products)).scalar_one(),
                "photos": connection.execute(select(func.count()).select_from(schema.photos)).scalar_one(),
                "photos_in_use": connection.execute(used).scalar_one(),
                "generation": generation_of(connection),
            }

    # --- what is suggested -----------------------------------------------------------------------------------

    def suggest(self, ideas: Sequence[Idea], engine: str) -> Kept:
        """Keeps an engine's ideas about products as suggestions that wait for a person; all or nothing."""
        with self._database.writing() as writing:
            return suggested.keep(writing, ideas, engine)

    def suggestions(
        self,
        state: str = "",
        kind: str = "",
        sku: str = "",
        *,
        least_score: float = 0.0,
        offset: int = 0,
        limit: int = 50,
    ) -> SuggestionPage:
        """A page of suggestions, the surest first; "" means any state, kind or product."""
        with self._database.reading() as connection:
            return suggested.browse(connection, state, kind, sku, least_score, offset, limit)

    def accept_suggestions(self, numbers: Sequence[int]) -> list[Suggestion]:
        """Writes these suggestions to their products; all or nothing. Raises `NotFound`, `BadInput`, `Busy`."""
        return self._decide(suggested.accept, numbers)

    def correct_suggestion(self, number: int, value: str) -> Suggestion:
        """Writes what is right instead of what was suggested. Raises as accepting does."""
        with self._database.writing() as writing:
            value = suggested.clean_value(value)
            return suggested.accept(writing, number, lambda product: self._save_one(writing, product), value)

    def dismiss_suggestions(self, numbers: Sequence[int]) -> list[Suggestion]:
        """Says that these suggestions are wrong or unwanted."""
        return self._decide(suggested.dismiss, numbers)

    def undo_suggestions(self, numbers: Sequence[int]) -> list[Suggestion]:
        """Takes decisions back; the products say again what they said before."""
        return self._decide(suggested.undo, numbers)

    def corrections(self, kind: str = "") -> list[Suggestion]:
        """What people accepted or corrected, oldest first: `truth` is the value, `photo` what it was seen in."""
        with self._database.reading() as connection:
            return suggested.corrections(connection, kind)

    def _decide(self, how: Callable[..., Suggestion], numbers: Sequence[int]) -> list[Suggestion]:
        with self._database.writing() as writing:
            return [how(writing, number, lambda product: self._save_one(writing, product)) for number in numbers]

    def _save_one(self, writing: Writing, product: Product) -> None:
        self._save_batch(writing, [product])

    # --- what was seen ---------------------------------------------------------------------------------------

    def unseen(self, space: str) -> list[str]:
        """Photos in use that have no vector in the space, or a damaged one."""
        seeing.drop_damage(self._database, self.folder, space, self._checked)
        with self._database.reading() as connection:
            return seeing.unseen(connection, space)

    def keep_sights(self, space: str, sights: Mapping[str, Sight]) -> None:
        """Keeps what an engine saw in photos, by photo id; all or nothing.

        Raises `NotFound` for a photo that is not kept, `BadInput` for vectors that do not fit the space.
        """
        with self._database.writing() as writing:
            seeing.keep_sights(writing, self.folder, space, sights)

    def sight(self, space: str, photo_id: str) -> Sight | None:
        """What was seen in the photo, or None when it was not looked at yet."""
        with self._database.reading() as connection:
            return seeing.read_sight(connection, self.folder, space, photo_id)

    def sights(self, space: str, photo_ids: Sequence[str]) -> dict[str, Sight]:
        """What was seen in those photos, by photo id, in one question; photos not looked at yet are left out."""
        with self._database.reading() as connection:
            return seeing.read_sights(connection, self.folder, space, photo_ids)

    def hits(
        self, space: str, skus: Sequence[str], photo_ids: Sequence[str]
    ) -> tuple[dict[str, Product], dict[str, Sight]]:
        """What a search shows: the products of those SKUs, and what was recognised in those photos (their `values` are
        empty: whoever has the shelf has the vectors), both from one moment."""
        with self._database.reading() as connection:
            return shelved.read_products(connection, skus), seeing.read_recognised(connection, space, photo_ids)

    def shelf(self, space: str) -> Shelf:
        """The products' vectors as they are now, for searching. Cheap when nothing changed, quick when little did."""
        with self._lock:
            old = self._shelves.get(space)
            if old is not None:
                with self._database.reading() as connection:
                    if generation_of(connection) == old.generation:
                        return old
            seeing.drop_damage(self._database, self.folder, space, self._checked)
            with self._database.reading() as connection:
                self._columns = read_columns(connection, self._columns)
                known = seeing.read_space(connection, space) or seeing.Space(0, space, 0, 0, 0, 0)
                self._shelves[space] = read_shelf(connection, self.folder, known, self._columns, old)
            return self._shelves[space]

    def _current_columns(self) -> Columns:
        with self._lock, self._database.reading() as connection:
            self._columns = read_columns(connection, self._columns)
            return self._columns

    # --- what happened ---------------------------------------------------------------------------------------

    def keep_events(self, events: Sequence[tuple[str, Event]], source: str = "") -> EventChanges:
        """Keeps events by id, all that are sound in one transaction; one that is known changes nothing.

        Machines' events are kept apart (see `catalogue.events`), and visitors are hashed. `source` says where they came
        from. An event that cannot be kept is a rejection. Raises `Busy`, `NoRoom`.
        """
        return EventChanges.of(self.keep_each(events, source))

    def keep_each(self, events: Sequence[tuple[str, Event]], source: str = "") -> list[Outcome]:
        """As `keep_events`, but gives what became of each event, in order."""
        outcomes: list[Outcome] = []
        with self._database.writing() as writing:
            key = happened.visitor_key(writing.connection)
            for batch in batches(events):
                outcomes += happened.keep_batch(writing.connection, batch, source, key)
        return outcomes

    def event_counts(self) -> dict[str, EventChanges]:
        """How many events came from each source: added, duplicates, bots."""
        with self._database.reading() as connection:
            return happened.counts_by_source(connection)

    def save_daily(self, rows: Sequence[DailyRow], source: str = "") -> int:
        """Saves rows of a daily KPI table in one transaction; a row of the same KPI, day and thing is replaced.

        Raises `BadInput` for a row that cannot be (then none is saved), `Busy`, `NoRoom`.
        """
        with self._database.writing() as writing:
            return kpi_days.save_days(writing.connection, rows, source)

    def daily(
        self, kpi: str, *, sku: str = "", by: By = "", since: date | None = None, until: date | None = None
    ) -> list[KpiDay]:
        """A KPI day by day (UTC, both ends included), of the shop or of one product; with `by` for each product,
        photo or variant apart. A day on which nothing was counted is left out, and a denominator may be 0 where the
        numerator is not (bought today, viewed yesterday). Raises `BadInput` for a KPI that is none.
        """
        with self._database.reading() as connection:
            return kpi_days.read_days(connection, kpi, sku, by, since, until)

    def known_days(self) -> tuple[date, date] | None:
        """The first and the last day of which anything is known, or None."""
        with self._database.reading() as connection:
            return kpi_days.first_and_last(connection)

    def tells_of(self, kpi: str) -> bool:
        """Whether what a KPI counts was ever told: an event of its kind, or a daily row. A log without a single return
        does not say that nothing was sent back."""
        with self._database.reading() as connection:
            return kpi_days.tells_of(connection, kpi)

    def kpi_sources(self, kpi: str, since: date | None = None, until: date | None = None) -> tuple[str, ...]:
        """Where the numbers of a KPI came from."""
        with self._database.reading() as connection:
            return kpi_days.sources_of(connection, kpi, since, until)

    def forget_events(self, source: str) -> int:
        """Removes the events and daily rows that came from one source; gives how many rows that were."""
        with self._database.writing() as writing:
            gone = happened.forget_source(writing.connection, source)
            return gone + kpi_days.forget_source(writing.connection, source)

    # --- what was measured -----------------------------------------------------------------------------------

    def unmeasured(self, version: str) -> list[str]:
        """Photos in use whose factors were not measured yet by the rules of that version."""
        with self._database.reading() as connection:
            return factors.unmeasured(connection, version)

    def keep_factors(self, version: str, values: Mapping[str, Mapping[str, float]]) -> None:
        """Keeps photos' factors, by photo id and factor name. Raises `NotFound` for a photo that is not kept."""
        with self._database.writing() as writing:
            factors.keep(writing.connection, version, values)

    def factors(self, version: str, photo_ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """The factors of those photos; photos not measured yet are left out."""
        with self._database.reading() as connection:
            return factors.read(connection, version, photo_ids)

    # --- what was bought together ----------------------------------------------------------------------------

    def keep_baskets(self, baskets: Sequence[Basket], source: str = "") -> Changes:
        """Keeps baskets by their number in one transaction; one that is there with other lines is replaced.

        Raises `BadInput` for one that cannot be kept (then none is), `Busy`, `NoRoom`.
        """
        changes = Changes()
        with self._database.writing() as writing:
            for batch in batches(baskets):
                changes += bought.keep_batch(writing, batch, source)
        return changes

    def baskets(self, since: date | None = None, until: date | None = None) -> Baskets:
        """All baskets, or those of some days (both included), as numbers into SKUs, in the order they were kept."""
        with self._database.reading() as connection:
            return bought.read_baskets(connection, since, until)

    def baskets_revision(self) -> tuple[int, int]:
        """What changes when a basket does: cheap to ask. The second number is how many there are."""
        with self._database.reading() as connection:
            return bought.revision_of(connection)

    def forget_baskets(self, source: str) -> int:
        """Removes the baskets that came from one source; gives how many that were."""
        with self._database.writing() as writing:
            return bought.forget_source(writing, source)

    # --- words -----------------------------------------------------------------------------------------------

    def find_words(
        self, text: str, filters: Filters = EVERYTHING, limit: int = 50
    ) -> list[tuple[str, float, tuple[str, ...]]]:
        """Products that the words fit, best first: SKU, score 0-1, and the fields in which the words were found."""
        with self._database.reading() as connection:
            return words.find_words(connection, text, filters, limit)

    def correct(self, text: str) -> str:
        """The words as they were understood, mistypings mended."""
        with self._database.reading() as connection:
            return words.correct(connection, text)


def _write_photos(connection: Connection, wanted: Iterable[Photo]) -> None:
    """The rows of those photos that have none yet; asked under the write lock, for another may have written them."""
    by_id = {photo.id: photo for photo in wanted}
    query = select(schema.photos.c.sha).where(schema.photos.c.sha.in_(by_id))
    known = set(connection.execute(query).scalars())
    new = [photo for photo in by_id.values() if photo.id not in known]
    rows = [{"sha": p.id, "width_px": p.width_px, "height_px": p.height_px, "media_type": p.media_type} for p in new]
    if rows:
        connection.execute(insert(schema.photos), rows)


def _write_origins(connection: Connection, origins: Mapping[str, str]) -> None:
    """Origin -> photo id, new or over what was remembered; unknown photos are left out."""
    table, known = schema.origins, schema.photos
    query = select(known.c.sha, known.c.id).where(known.c.sha.in_(set(origins.values())))
    numbers: dict[str, int] = {row.sha: row.id for row in connection.execute(query)}
    rows = [{"origin": origin, "photo_id": numbers[sha]} for origin, sha in origins.items() if sha in numbers]
    connection.execute(delete(table).where(table.c.origin.in_(origins)))
    if rows:
        connection.execute(insert(table), rows)
