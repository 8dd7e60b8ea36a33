"""What is printed when a run has ended."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from client.events import Completed
from client.job import JobRecord
from client.output_folder import OutputFolder
from client.results import AUDIT, EVENTS, RUNTIME_LOG, count_citations, read_audit
from client.terminal import printable


def shown_path(path: Path) -> str:
    """`path` relative to the current folder when it lies below it."""
    current = Path.cwd()
    return printable(str(path.relative_to(current) if path.is_relative_to(current) else path))


def print_report(
    console: Console, out: Path, record: JobRecord, completed: Completed, seconds: float
) -> None:
    """The places of a report's files, citations and charts counted, what stays unanswered."""
    citations = count_citations(out)
    charts = len(list((out / "charts").glob("*.png")))
    verified = f"{citations.verified} of {citations.total} verified"
    rows = [
        ("report", shown_path(out / "report.pdf")),
        ("", shown_path(out / "report.docx")),
        ("citations", f"{verified}  ({shown_path(out / 'citations.json')})"),
        ("charts", f"{charts}  ({shown_path(out / 'charts')})" if charts else "none"),
    ]
    if audit := read_audit(out):
        verdict, findings = audit
        seen = f"{verdict}, {findings} finding{'s' * (findings != 1)}  "
        rows.append(("audit", f"{seen}({shown_path(out / AUDIT)})"))
    rows.append(("time", f"{seconds:.1f} s"))
    console.print()
    if completed.summary:
        console.print(Text(printable(completed.summary)), soft_wrap=True)
        console.print()
    for name, value in rows:
        console.print(Text(f"{name:<11}{value}"), soft_wrap=True)
    for part in record.plan.plan.unanswered if record.plan else []:
        text = f"not answered: {printable(part.phrase)} ({printable(part.reason)})"
        console.print(Text(text), soft_wrap=True)


def print_answer(console: Console, answer: str) -> None:
    """An answer that needed no analysis."""
    console.print()
    for line in answer.splitlines():
        console.print(Text(printable(line)), soft_wrap=True)


def print_failure(console: Console, reason: str, folder: OutputFolder) -> None:
    """Why there is no report, and where the record of the run is."""
    print_error(console, reason)
    _print_record(console, folder)


def print_cancelled(console: Console, reason: str, folder: OutputFolder) -> None:
    """That the job was ended on request, and where the record of the run is."""
    console.print(Text(f"Cancelled: {printable(reason)}" if reason else "Cancelled."))
    _print_record(console, folder)


def _print_record(console: Console, folder: OutputFolder) -> None:
    kept = [name for name in (EVENTS, RUNTIME_LOG) if (folder.record / name).exists()]
    if kept:
        text = f"The record of the run is in {shown_path(folder.record)}: {', '.join(kept)}."
        console.print(Text(text), soft_wrap=True)
    if folder.out.exists():
        text = f"The earlier result in {shown_path(folder.out)} is unchanged."
        console.print(Text(text), soft_wrap=True)


def print_attach_command(console: Console, command: str) -> None:
    """How to come back to a job that goes on."""
    console.print(Text("To follow the job again:"), soft_wrap=True)
    console.print(Text(f"  {command}"), soft_wrap=True)


def print_error(console: Console, message: str) -> None:
    """One line that begins with `error:`."""
    console.print(Text.assemble(("error: ", "bold red"), printable(message)), soft_wrap=True)
