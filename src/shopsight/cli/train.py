"""`shopsight train`: models of one's own, one command each."""

from __future__ import annotations

import typer

from shopsight.cli.train_classifier import list_trained, train_classifier
from shopsight.cli.train_fashion_mnist import train_fashion_mnist

app = typer.Typer(help="Train models on the shop's own photos, or on Fashion-MNIST.", no_args_is_help=True)
app.command("classifier")(train_classifier)
app.command("fashion-mnist")(train_fashion_mnist)
app.command("list")(list_trained)
