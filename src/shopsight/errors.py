"""Everything that can go wrong, as one tree. The left number is the web status, the right one the exit code.

    ShopsightError                                  500   1
    ├── BadInput          what came in is not usable 422   2
    │   ├── BadPhoto      not a picture we can read  422   2
    │   │   └── TooLarge  too many bytes or pixels   413   2
    │   ├── BadSource     a feed or folder is broken 422   2
    │   ├── BadAddress    a URL that is not fetched  422   2
    │   └── TooLittleData not enough rows to answer  422   2
    ├── NotFound          no such product or photo   404   3
    ├── NotAllowed        a key is missing or wrong  401   4
    ├── TooMany           slow down                  429   5
    ├── Busy              somebody else is writing   409   5
    ├── MissingExtra      a library is not installed 501   6
    ├── LicenceRefused    weights that may not serve 403   7
    ├── Damaged           a file is not what it was  500   8
    └── NoRoom            the disk is full           507   9

Every error names the item, the reason and the cure, so that a door can print one line that helps.
"""

from __future__ import annotations


class ShopsightError(Exception):
    """The root. `item` is what it is about, `reason` why it failed, `cure` what the person can do."""

    web_status = 500
    exit_code = 1

    def __init__(self, item: str, reason: str, cure: str = "") -> None:
        super().__init__(item, reason, cure)
        self.item, self.reason, self.cure = item, reason, cure

    @property
    def code(self) -> str:
        """The error's name in snake case, stable for machines: `bad_photo`."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))

    @property
    def message(self) -> str:
        return f"{self.item}: {self.reason}" if self.item else self.reason

    def __str__(self) -> str:
        return f"{self.message}. {self.cure}" if self.cure else self.message


class BadInput(ShopsightError):
    web_status, exit_code = 422, 2


class BadPhoto(BadInput):
    """Not a picture that can be read."""


class TooLarge(BadPhoto):
    """More bytes or pixels than the limit allows."""

    web_status = 413


class BadSource(BadInput):
    """A feed, table or folder that cannot be read at all. A bad row is a `Rejection` instead."""


class BadAddress(BadInput):
    """A URL that may not or could not be fetched."""


class TooLittleData(BadInput):
    """Not enough rows for an honest answer."""


class NotFound(ShopsightError):
    web_status, exit_code = 404, 3


class NotAllowed(ShopsightError):
    web_status, exit_code = 401, 4


class TooMany(ShopsightError):
    web_status, exit_code = 429, 5


class Busy(ShopsightError):
    web_status, exit_code = 409, 5


class MissingExtra(ShopsightError):
    """A library of an extra is not installed; the cure is the command that installs it."""

    web_status, exit_code = 501, 6


class LicenceRefused(ShopsightError):
    web_status, exit_code = 403, 7


class Damaged(ShopsightError):
    """A file at rest is not what it was when it was written."""

    web_status, exit_code = 500, 8


class NoRoom(ShopsightError):
    """The disk is full."""

    web_status, exit_code = 507, 9
