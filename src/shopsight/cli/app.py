"""Gathers the commands and turns every way of failing into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from shopsight import __version__
from shopsight.cli import (
    baskets,
    demo,
    events,
    factors,
    find,
    forecast,
    image,
    importing,
    index,
    influence,
    kpis,
    models,
    recognise,
    rules,
    serve,
    suggestions,
    train,
)
from shopsight.cli.speak import complain
from shopsight.errors import BadInput, ShopsightError

INTERRUPTED = 130
BROKEN_PIPE = 141
BROKEN = 70

app = typer.Typer(
    name="shopsight",
    help="Gives an online shop eyes: find products by photo and words, on the shop's own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("import")(importing.import_)
app.command("index")(index.index)
app.command("find")(find.find)
app.command("recognise")(recognise.recognise)
app.add_typer(suggestions.app, name="suggestions")
app.command("image", context_settings=image.ANYTHING)(image.image)
app.add_typer(events.app, name="events")
app.command("kpis")(kpis.kpis)
app.command("factors")(factors.factors)
app.add_typer(train.app, name="train")
app.command("influence")(influence.influence)
app.command("forecast")(forecast.forecast)
app.add_typer(baskets.app, name="baskets")
app.command("rules")(rules.rules)
app.add_typer(models.app, name="models")
app.command("serve")(serve.serve)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shopsight {__version__}")
        raise typer.Exit


@app.callback()
def shopsight(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Gives an online shop eyes: find products by photo and words, on the shop's own machine."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give back its exit code; nothing is ever raised."""
    as_json = "--json" in arguments
    # A title in an alphabet that the terminal lacks must not end a command.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(args=list(arguments), prog_name="shopsight", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except ShopsightError as error:
        return complain(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _leave_quietly()
    except SystemExit as ended:
        # Typer and Rich end the program themselves when nobody reads any more.
        return _leave_quietly() if isinstance(ended.__context__, BrokenPipeError) else int(ended.code or 0)
    except Exception as error:
        return _explain(error, as_json)


def _leave_quietly() -> int:
    """The reader of our output went away (`| head`): nobody is left to tell, and Python must not try at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return BROKEN_PIPE


def _explain(error: Exception, as_json: bool) -> int:
    # Typer's own complaints share no public root over its versions, but all of them can format themselves.
    if hasattr(error, "format_message"):
        if type(error).__name__ == "NoArgsIsHelpError":
            return BadInput.exit_code
        cure = "See `shopsight --help`."
        return complain(BadInput("command line", str(error.format_message()).rstrip("."), cure), as_json)
    if os.environ.get("SHOPSIGHT_DEBUG"):
        import traceback

        traceback.print_exc()
    broken = ShopsightError(
        "",
        f"something broke inside ({type(error).__name__}: {error})",
        "Set SHOPSIGHT_DEBUG=1 to see where; please report it.",
    )
    complain(broken, as_json)
    return BROKEN
