"""The person's verdict on a plan."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from client.events import Plan, PlanReviewRequested
from client.terminal import ask, printable


@dataclass(frozen=True, slots=True)
class Verdict:
    """Approved, to be revised as `feedback` says, or neither: the job is to be cancelled."""

    approved: bool
    feedback: str = ""

    @property
    def cancels(self) -> bool:
        """True when the person wants neither this plan nor another one."""
        return not self.approved and not self.feedback


def show_plan(console: Console, plan: Plan, revision: int) -> None:
    """Print the whole plan: title, steps with their instructions, what cannot be answered."""
    console.print()
    console.print(Text(f"Plan, revision {revision}: {printable(plan.title)}", style="bold"))
    for number, step in enumerate(plan.steps, 1):
        console.print(Text(f"  {number}. {printable(step.title)}"))
        if step.instruction and step.instruction != step.title:
            console.print(Text(f"     {printable(step.instruction)}", style="dim"))
    for part in plan.unanswered:
        line = f"  Cannot be answered: {printable(part.phrase)} ({printable(part.reason)})"
        console.print(Text(line, style="yellow"))


def ask_verdict(
    console: Console, request: PlanReviewRequested, deadline: float, moot: Callable[[], bool]
) -> Verdict | None:
    """Ask until the answer is one of the three; None at `deadline` or when the review is moot."""
    question = "Approve this plan? [a]pprove, [f]eedback, [c]ancel the job: "
    outcome = "is approved" if request.on_timeout == "approve" else "is cancelled"
    console.print(
        Text(f"Without an answer within {request.timeout_seconds:.0f} s it {outcome}.", style="dim")
    )
    while True:
        answer = ask(question, deadline=deadline, moot=moot)
        if answer is None:
            return None
        match answer.lower():
            case "a" | "approve" | "y" | "yes":
                return Verdict(approved=True)
            case "c" | "cancel":
                return Verdict(approved=False)
            case "f" | "feedback":
                feedback = ask("What should change? ", deadline=deadline, moot=moot)
                if feedback:
                    return Verdict(approved=False, feedback=feedback)
            case _:
                console.print(Text(f"'{printable(answer)}' is none of a, f and c."))
