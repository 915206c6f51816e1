"""`python -m shopsight`."""

from shopsight.cli import main

main()
