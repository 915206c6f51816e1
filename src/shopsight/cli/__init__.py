"""The command line: one file per command, named after the feature it opens. Commands parse, call and render."""

from __future__ import annotations


def main() -> None:
    """What the `shopsight` command runs."""
    import sys

    try:
        from shopsight.cli.app import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Somebody was quicker than our own imports, or pressed Ctrl-C a second time.
        sys.exit(130)
