"""``python -m plan STACK``: runs the program of a stack without an engine and prints its plan.

Exit codes: 0 every proof holds, 1 a proof is broken or the program fails, 2 bad input.
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
from plan.recording import Recording
from plan.report import report
from plan.resource_list import resource_list

HOLDS, BROKEN, BAD_INPUT = 0, 1, 2
OUTPUT = ROOT / "out"


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


def _write(recording: Recording, text: str, svg: str, chart: str) -> list[Path]:
    OUTPUT.mkdir(exist_ok=True)
    stem = OUTPUT / f"plan-{recording.stack}"
    files = {stem.with_suffix(".json"): text, stem.with_suffix(".svg"): svg}
    files[stem.with_suffix(".mmd")] = chart
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")
    return list(files)


def _plan(arguments: argparse.Namespace) -> int:
    _progress(f"running the program of stack {arguments.stack}")
    recording = record(arguments.stack, arguments.config)
    _progress(f"proving {len(recording.resources)} resources")
    verdicts = prove_all(recording)
    price = cost(recording)
    text = json.dumps(resource_list(recording, price, verdicts), indent=1, ensure_ascii=False)
    chart = mermaid(recording)
    paths = _write(recording, f"{text}\n", picture(recording, price, verdicts), chart)
    if arguments.json:
        print(text)
    elif arguments.mermaid:
        print(chart, end="")
    else:
        print(report(recording, price, verdicts))
        for warning in recording.warnings:
            print(f"warning: {warning}")
        print()
        print("written: " + ", ".join(str(path.relative_to(ROOT)) for path in paths))
    return HOLDS if all(verdict.holds for verdict in verdicts) else BROKEN


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit code."""
    try:
        return _plan(_parser().parse_args(arguments))
    except PlanInputError as error:
        for problem in error.problems:
            print(f"plan: {problem}", file=sys.stderr)
        return BAD_INPUT
    except (EvaluatorUnavailableError, MissingPartError) as error:
        print(f"plan: {error}", file=sys.stderr)
        return BROKEN
    except Exception as error:  # noqa: BLE001 - the program is arbitrary code
        first = (str(error).strip().splitlines() or ["no message"])[0]
        print(
            f"plan: the program fails: {type(error).__name__}: {first}{_where(error)}",
            file=sys.stderr,
        )
        return BROKEN
