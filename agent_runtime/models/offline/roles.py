"""What each role does next, decided from its conversation alone."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from agent_runtime.models.offline.analysis import Analysis
from agent_runtime.models.offline.conversation import Call, Conversation
from agent_runtime.models.offline.feedback import revise
from agent_runtime.models.offline.planning import plan_of
from agent_runtime.models.offline.programs import prelude, program
from agent_runtime.models.offline.prose import write_draft
from agent_runtime.models.offline.prose.summary import summary
from agent_runtime.models.offline.sayings import say
from agent_runtime.models.offline.small_talk import is_talk_only
from agent_runtime.models.offline.tables import tables_of
from agent_runtime.models.offline.turns import Turn
from agent_runtime.models.offline.understanding import understand
from agent_runtime.roles import Role

_MOST_DRAFTS = 3
_MOST_RELOADS = 3


def coordinator(talk: Conversation) -> Turn:
    """Small talk is answered; everything else goes to the planner."""
    if talk.named("handoff_to_planner"):
        return Turn(say(talk.language, "handed_on"))
    answer = is_talk_only(talk.task)
    if answer:
        return Turn(answer)
    return Turn(
        say(talk.language, "handing_on"),
        "handoff_to_planner",
        {"reason": say(talk.language, "handoff_reason")},
    )


def planner(talk: Conversation) -> Turn:
    """Profiles first, then the plan; a revision starts from the plan that was reviewed."""
    inspected = talk.result("inspect_data")
    if inspected is None:
        return Turn(say(talk.language, "inspecting"), "inspect_data")
    submitted = talk.named("submit_plan")
    if submitted and (submitted[-1].result.get("status") == "ok" or len(submitted) > 1):
        return Turn(say(talk.language, "planned"))
    question = str(talk.task.get("question", ""))
    profiles = inspected.get("profiles") or []
    previous, feedback = talk.task.get("plan"), str(talk.task.get("feedback") or "")
    if previous and feedback:
        found = revise(previous, feedback, profiles)
    else:
        found = understand(question, profiles)
    plan = plan_of(question, talk.language, found)
    said = say(talk.language, "planning", count=len(plan["steps"]), open=len(plan["unanswered"]))
    return Turn(said, "submit_plan", {"plan": plan})


def coder(talk: Conversation) -> Turn:
    """One cell for the tables, then one for each step; a restarted kernel is loaded again."""
    steps = [step for step in talk.task.get("steps") or () if step.get("analysis")]
    tables = {table.path: table for table in tables_of(talk.task.get("profiles") or [])}
    usable = [step for step in steps if step["analysis"].get("source") in tables]
    sources = list(dict.fromkeys(step["analysis"]["source"] for step in usable))
    calls = talk.named("run_python")
    if not usable:
        return Turn(say(talk.language, "no_steps"))
    opening = _headed(say(talk.language, "loading"), prelude(sources))
    done, failed, lost = _progress(calls, opening)
    if lost and sum(call.arguments.get("code") == opening for call in calls) <= _MOST_RELOADS:
        return Turn(say(talk.language, "loading"), "run_python", {"code": opening})
    if done >= len(usable) or lost:
        return Turn(_coded(talk.language, usable, failed, calls))
    step = usable[done]
    analysis = Analysis.from_dict(step["analysis"])
    title = str(step.get("title", step["id"]))
    code = _headed(title, program(step["id"], analysis, tables[analysis.source], talk.language))
    said = say(talk.language, "computing", title=title)
    return Turn(said, "run_python", {"code": code})


def _headed(title: str, code: str) -> str:
    """The program under its title, which live progress shows as the name of the call."""
    return f"# {' '.join(title.split())}\n{code}"


def _progress(calls: list[Call], opening: str) -> tuple[int, list[int], bool]:
    """Steps finished, positions of those that failed, and whether the tables must be loaded.

    A step during which the kernel was lost is not run again: it may be what killed it.
    """
    done, failed, lost = 0, [], True
    for call in calls:
        ok = call.result.get("status") == "ok"
        if call.arguments.get("code") == opening:
            lost = not ok
            continue
        if not ok:
            failed.append(done)
        done += 1
        lost = bool(call.result.get("kernel_restarted"))
    return done, failed, lost


def _coded(
    language: str, steps: list[Mapping[str, Any]], failed: list[int], calls: list[Call]
) -> str:
    titles = [str(steps[position].get("title")) for position in failed if position < len(steps)]
    empty = [
        str(step.get("title"))
        for step in steps
        if any(_outcome(call, step["id"]) == "no_rows" for call in calls)
    ]
    said = [say(language, "computed", count=len(steps) - len(failed))]
    if titles:
        said.append(say(language, "failed_steps", titles="; ".join(titles)))
    if empty:
        said.append(say(language, "empty_steps", titles="; ".join(empty)))
    return " ".join(said)


def _outcome(call: Call, step: str) -> str:
    """How a step's program said that it ended."""
    for line in reversed(str(call.result.get("stdout", "")).splitlines()):
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("step") == step:
            return str(said.get("status", ""))
    return ""


def validator(talk: Conversation) -> Turn:
    """Verification by the toolkit, and an honest word about it."""
    found = talk.result("verify_calculations")
    if found is None:
        return Turn(say(talk.language, "verifying"), "verify_calculations")
    verified = int(found.get("verified") or 0)
    open_ones = int(found.get("mismatch") or 0) + int(found.get("unverifiable") or 0)
    key = "verified_all" if not open_ones else "verified_some"
    return Turn(say(talk.language, key, verified=verified, open=open_ones))


def reporter(talk: Conversation) -> Turn:
    """Results, then the draft; a draft with findings is written again with every name as code."""
    results = talk.result("read_results")
    if results is None:
        return Turn(say(talk.language, "reading"), "read_results")
    drafts = talk.named("write_report")
    steps = talk.task.get("steps") or ()
    if drafts and (not _mendable(drafts[-1].result) or len(drafts) >= _MOST_DRAFTS):
        return Turn(summary(talk.language, steps, results))
    title = str(talk.task.get("title") or say(talk.language, "report_title"))
    quoted = bool(drafts) or bool(talk.task.get("findings"))
    draft = write_draft(
        str(talk.task.get("question", "")), talk.language, title, steps, results, quoted
    )
    return Turn(say(talk.language, "writing"), "write_report", {"title": title, "draft": draft})


def _mendable(result: Mapping[str, Any]) -> bool:
    if result.get("status") == "invalid":
        return True
    kinds = {finding.get("kind") for finding in result.get("findings") or ()}
    return bool(kinds & {"uncited_number", "unknown_calculation", "unknown_chart"})


def auditor(talk: Conversation) -> Turn:
    """The audit's own verdict; when no rewrite is left, a person is asked instead."""
    found = talk.result("audit_report")
    if found is None:
        return Turn(say(talk.language, "auditing"), "audit_report")
    verdict = str(found.get("verdict") or "needs_review")
    attempt = talk.task.get("attempt") or {}
    if verdict == "retry" and attempt.get("number") == attempt.get("last"):
        verdict = "needs_review"
    if talk.named("submit_verdict"):
        return Turn(say(talk.language, f"verdict_{verdict}"))
    findings = list(found.get("findings") or ())
    return Turn(
        say(talk.language, "judging"), "submit_verdict", {"verdict": verdict, "findings": findings}
    )


PLAYERS: Mapping[Role, Callable[[Conversation], Turn]] = {
    Role.COORDINATOR: coordinator,
    Role.PLANNER: planner,
    Role.CODER: coder,
    Role.VALIDATOR: validator,
    Role.REPORTER: reporter,
    Role.AUDITOR: auditor,
}
