"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Folder of the result. An earlier result in it is replaced when the new one is "
        "complete; any other content is refused. Default: NAME-report in the current folder.",
    ),
]
SessionArgument = Annotated[
    str, typer.Argument(metavar="SESSION", help="As detaching printed it, or 'sessions' lists it.")
]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="A deployed Pulumi stack, such as dev."),
]
OutputsOption = Annotated[
    Path | None,
    typer.Option(
        "--outputs",
        metavar="FILE",
        help="Its outputs, as 'pulumi stack output --json' prints them, instead of asking Pulumi.",
    ),
]
AnyOwnerOption = Annotated[
    bool, typer.Option("--any-owner", help="Also a session that somebody else began.")
]
