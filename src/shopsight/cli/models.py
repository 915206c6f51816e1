"""`shopsight models`: the engines, where their weights come from, and on which terms."""

from __future__ import annotations

import typer

app = typer.Typer(help="List, pull and verify the engines and their weights.", no_args_is_help=True)
