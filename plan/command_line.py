"""``python -m plan STACK``: runs the program of a stack without an engine and prints its plan.

Exit codes: 0 every proof holds; 1 a proof is broken, the program fails or the plan cannot be
written; 2 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from plan.cost import cost
from plan.evaluator_process import EvaluatorUnavailableError
from plan.mermaid import mermaid
from plan.picture import picture
from plan.platform import MissingPartError
from plan.program import record
from plan.project import ROOT, PlanInputError, stack_names
from plan.proofs import prove_all
from plan.report import report
from plan.resource_list import resource_list

HOLDS, BROKEN, BAD_INPUT = 0, 1, 2
OUTPUT = ROOT / "out"


class OutputError(Exception):
    """The plan cannot be written or printed; the text says where and the way out."""


class _Parser(argparse.ArgumentParser):
    """argparse with one sentence an error, and no usage text around it."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise PlanInputError([f"{message[:1].upper()}{message[1:]}. See python -m plan --help."])


def _parser() -> argparse.ArgumentParser:
    names = " or ".join(stack_names())
    parser = _Parser(
        prog="python -m plan",
        description="What a stack would create: proven, priced and drawn. Needs no AWS account.",
    )
    parser.add_argument("stack", metavar="STACK", help=f"a stack with a file: {names}")
    parser.add_argument(
        "--config",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="overrides a key of the stack's file, as in nat=none; may be repeated",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="prints the plan as JSON")
    output.add_argument("--mermaid", action="store_true", help="prints the picture as Mermaid text")
    return parser


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"plan: {words}", file=sys.stderr)


def _where(error: BaseException) -> str:
    """The place in this project that an error comes from."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    if not frames:
        return ""
    last = frames[-1]
    return f" ({Path(last.filename).relative_to(ROOT)}, line {last.lineno})"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def write_plan(stack: str, *, text: str, svg: str, chart: str) -> list[Path]:
    """Writes the plan's files; answers their paths.

    Raises:
        OutputError: The folder or a file of it cannot be written.
    """
    try:
        OUTPUT.mkdir(exist_ok=True)
    except FileExistsError as error:
        sentence = f"{_shown(OUTPUT)} is no folder; move it away, then run this again."
        raise OutputError(sentence) from error
    except OSError as error:
        raise _unwritable(OUTPUT, error) from error
    files = {"json": text, "svg": svg, "mmd": chart}
    # Not with_suffix: it would take what follows a dot in the stack's name for one.
    paths = {OUTPUT / f"plan-{stack}.{kind}": content for kind, content in files.items()}
    for path, content in paths.items():
        try:
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            raise _unwritable(path, error) from error
    return list(paths)


def _unwritable(path: Path, error: OSError) -> OutputError:
    way_out = f"see that you may write {path.parent} and that it has room"
    if isinstance(error, IsADirectoryError | FileNotFoundError):  # a folder, or a dangling link
        way_out = "move it away"
    sentence = (
        f"{_shown(path)} cannot be written: {error.strerror}; {way_out}, then run this again."
    )
    return OutputError(sentence)


def _print(text: str, instead: Path) -> None:
    """Prints at once, so that a terminal that takes nothing more is noticed here."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        return  # whoever reads it has seen enough
    except OSError as error:
        way_out = f"send it elsewhere, or read it in {_shown(instead)}"
        sentence = f"the plan cannot be printed: {error.strerror}; {way_out}."
        raise OutputError(sentence) from error


def _plan(arguments: argparse.Namespace) -> int:
    _progress(f"running the program of stack {arguments.stack}")
    recording = record(arguments.stack, arguments.config)
    _progress(f"proving {len(recording.resources)} resources")
    verdicts = prove_all(recording)
    price = cost(recording)
    document = resource_list(recording, price, verdicts)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    chart = mermaid(recording)
    svg = picture(recording, price, verdicts)
    paths = write_plan(recording.stack, text=f"{text}\n", svg=svg, chart=chart)
    if arguments.json:
        # Escaped: it must stay JSON in a terminal that cannot show its characters.
        shown = json.dumps(document, indent=1)
    elif arguments.mermaid:
        shown = chart.removesuffix("\n")
    else:
        written = "written: " + ", ".join(map(_shown, paths))
        warnings = [f"warning: {warning}" for warning in recording.warnings]
        shown = "\n".join([report(recording, price, verdicts), *warnings, "", written])
    _print(shown, instead=paths[0])
    return HOLDS if all(verdict.holds for verdict in verdicts) else BROKEN


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit code."""
    try:
        return _plan(_parser().parse_args(arguments))
    except PlanInputError as error:
        for problem in error.problems:
            print(f"plan: {problem}", file=sys.stderr)
        return BAD_INPUT
    except (EvaluatorUnavailableError, MissingPartError, OutputError) as error:
        print(f"plan: {error}", file=sys.stderr)
        return BROKEN
    except Exception as error:  # noqa: BLE001 - the program is arbitrary code
        first = (str(error).strip().splitlines() or ["no message"])[0]
        print(
            f"plan: the program fails: {type(error).__name__}: {first}{_where(error)}",
            file=sys.stderr,
        )
        return BROKEN
