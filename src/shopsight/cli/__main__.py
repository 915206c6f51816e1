"""`python -m shopsight.cli`, for where the `shopsight` command is not on the path."""

from shopsight.cli import main

main()
