"""The commands, their options and their help."""

import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from client.connection import Message
from client.doctor import doctor
from client.errors import ClientError, ExitCode, InputError
from client.inputs import (
    Language,
    OnReviewTimeout,
    checked_files,
    checked_prompt,
    checked_session,
    language_of,
    refuse_inputs_in,
    refuse_paths_outside,
)
from client.local_runtime import LocalRuntime
from client.options import (
    AnyOwnerOption,
    OutOption,
    OutputsOption,
    SessionArgument,
    StackOption,
)
from client.output_folder import OutputFolder
from client.place import StackPlace, chosen_stack
from client.results import RUNTIME_LOG
from client.run import Run, default_out
from client.runtime import RemoteRuntime, Runtime
from client.session_commands import artifacts, cancel, logs, sessions
from client.summary import print_error
from client.terminal import console_of, interactive

EXIT_CODES = (
    "Exit codes: 0 completed, 1 failed, 2 bad input or usage, 3 cancelled, 4 detached, "
    "5 the runtime cannot be reached."
)
app = typer.Typer(
    help="Analyse data files and get a report whose every number is cited and verified.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command(epilog=EXIT_CODES)
def analyze(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="CSV, TSV, JSON lines, XLSX or Parquet files."),
    ],
    prompt: Annotated[
        str, typer.Option("--prompt", metavar="TEXT", help="The question, in Korean or English.")
    ],
    out: OutOption = None,
    language: Annotated[
        Language | None,
        typer.Option("--language", help="Language of the report. Default: the prompt's."),
    ] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Show the plan and wait for approval.")
    ] = False,
    review_timeout: Annotated[
        float,
        typer.Option(
            min=1, max=28800, metavar="SECONDS", help="How long the plan waits for --review."
        ),
    ] = 300,
    on_review_timeout: Annotated[
        OnReviewTimeout, typer.Option(help="What an unanswered --review means.")
    ] = OnReviewTimeout.CANCEL,
    runtime: Annotated[
        str | None,
        typer.Option(
            "--runtime",
            metavar="URL",
            help="A running agent runtime. Default: one is started for this job and stopped.",
        ),
    ] = None,
    stack: StackOption = None,
    outputs: OutputsOption = None,
) -> int:
    """Analyse files and write a report.

    \b
    python -m client analyze orders.csv --prompt "Which region sells most?"
    python -m client analyze a.csv b.xlsx --prompt "지역별 매출 비중" --language ko --out out/q3
    python -m client analyze orders.csv --prompt "Monthly trend" --review --stack dev

    Ctrl-C asks whether to cancel or, with --runtime or --stack, to detach; a second one ends at
    once.
    """
    question = checked_prompt(prompt)
    paths = checked_files(files)
    refuse_paths_outside(question, paths)
    if review and not interactive():
        raise InputError("--review asks questions and needs a terminal; run it without --review.")
    elsewhere = _elsewhere(runtime, chosen_stack(stack, outputs))
    folder = OutputFolder(out or default_out(paths[0].stem))
    refuse_inputs_in([folder.out, folder.record], paths)
    place = elsewhere or LocalRuntime(paths, folder.record / RUNTIME_LOG)

    def first(addresses: list[str]) -> Message:
        return {
            "type": "analyze",
            "prompt": question,
            "data": addresses,
            "language": language or language_of(question),
            "review": "required" if review else "auto",
            "review_timeout_seconds": review_timeout,
            "on_review_timeout": on_review_timeout,
        }

    return _run(f"deep-insight-{uuid.uuid4()}", folder, place, paths).follow(first)


@app.command(epilog=EXIT_CODES)
def attach(
    session: SessionArgument,
    runtime: Annotated[
        str | None, typer.Option("--runtime", metavar="URL", help="Where the job runs.")
    ] = None,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    any_owner: AnyOwnerOption = False,
    out: OutOption = None,
) -> int:
    """Follow a job again, from its first event, and keep its result.

    \b
    python -m client attach deep-insight-5f0c... --stack dev --out out/q3
    python -m client attach deep-insight-5f0c... --runtime http://127.0.0.1:8080
    """
    place = _elsewhere(runtime, chosen_stack(stack, outputs), any_owner=any_owner)
    if place is None:
        raise InputError("Say where the job runs, with --stack or --runtime.")
    session_id = checked_session(session)
    folder = OutputFolder(out or default_out(session_id))
    return _run(session_id, folder, place, []).follow(
        lambda _addresses: {"type": "attach", "after_event": 0}
    )


def _elsewhere(
    url: str | None, stack: StackPlace | None, *, any_owner: bool = False
) -> Runtime | None:
    """The runtime at a URL or of a stack; None when none is named."""
    if url is not None and stack is not None:
        raise InputError("--runtime and --stack name two places; give one of them.")
    if url is not None:
        return RemoteRuntime(url)
    return stack.runtime(console_of("stderr"), any_owner=any_owner) if stack else None


def _run(session_id: str, folder: OutputFolder, runtime: Runtime, files: Sequence[Path]) -> Run:
    return Run(
        session_id,
        folder,
        runtime,
        progress=console_of("stderr"),
        results=console_of("stdout"),
        files=files,
    )


for command in (sessions, artifacts, logs, cancel, doctor):
    app.command(epilog=EXIT_CODES)(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; what goes wrong is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a character must not end a run.
            stream.reconfigure(errors="replace")
    console = console_of("stderr")
    try:
        code = app(args=arguments, prog_name="python -m client", standalone_mode=False)
        return int(code or 0)
    except TyperException as error:
        if not arguments and len(sys.argv) < 2:
            console.print(error.format_message(), soft_wrap=True)
        else:
            message = error.format_message().replace("Value error, ", "")
            print_error(console, f"{message} (python -m client --help explains)")
        return ExitCode.USAGE
    except ClientError as error:
        print_error(console, str(error))
        return error.exit_code
    except KeyboardInterrupt:
        print_error(console, "Cancelled.")
        return ExitCode.CANCELLED
    except OSError as error:
        print_error(console, f"{error.strerror or error} ({error.filename or 'input or output'}).")
        return ExitCode.FAILED
