"""The first user message of each agent: an instruction line and labelled JSON blocks.

Every message is plain text. Its data are blocks `<name>JSON</name>`, one a line; the JSON is
compact, keeps Korean as it is, and writes `<` as `\\u003c`, so that no value can close or open a
block. `parse_task(text)` gives the blocks back as a dict. Blocks by role:

==============  ================================================================================
coordinator     question (str), language ("ko"|"en"), files ([{name, path, size}])
planner         question, language, files; for a revision also plan (the previous one) and
                feedback (str, what the reviewer asked to change). Profiles come from the tool
                `inspect_data`, the plan goes to the tool `submit_plan`.
coder           language, steps ([{id, title, instruction, analysis?}]), profiles (the list
                `profiles` that `inspect_data` returned)
validator       language, steps ([{id, title}])
reporter        question, language, title (of the plan), steps ([{id, title, analysis?}]);
                when the auditor returned the report also findings (the audit's list) and draft
                (str, the last one)
auditor         question, language, attempt ({number, last}: number from 1; when it equals last
                there are no more rewrites)
==============  ================================================================================

Tool results are one JSON text each. On failure a tool's result has the status "error" and a text.

======================  ========================================================================
handoff_to_planner      {"status": "ok"}; afterwards the coordinator says nothing more
inspect_data            {"profiles": [Profile], "unusable": [{"path", "reason"}]}
submit_plan(plan)       {"status": "ok"} or {"status": "invalid", "problems": [str]}: submit again
run_python(code)        {"status": ok|error|timeout|interrupted|kernel_died, "stdout", "stderr",
                        "result": str|null, "error": {"name","message","line","traceback"}|null,
                        "files_changed": [path], "kernel_restarted": bool, "notice"?: str}
run_bash(command)       the same
list_files()            {"files": [{"path", "size"}]}
read_file(path)         {"path", "size", "text", "truncated": bool}
verify_calculations()   {"verified": n, "mismatch": n, "unverifiable": n, "problems": [{"id",
                        "label", "status", "reason", "value", "recomputed"}]}
read_results()          {"calculations": [{"id", "label", "value", "unit", "formula", "source",
                        "columns", "rows", "note", "status", "reason"}], "charts": [{"id",
                        "caption", "calculations"}], "unanswered": [{"phrase", "reason"}]}
write_report(title,     {"status": "ok", "findings": [Finding]} or {"status": "invalid",
draft)                  "problems": [str]}: write it again
audit_report()          {"verdict", "findings": [Finding], "numbers_cited", "numbers_uncited"}
submit_verdict(verdict, {"status": "ok"}; afterwards the auditor says nothing more
findings)
======================  ========================================================================

Without `handoff_to_planner` the coordinator's text is the job's answer. The reporter's last text
is the job's summary.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_runtime.plan import Language, Plan

JSON = Any
_BLOCK = re.compile(r"^<([a-z]+)>(.*)</\1>$", re.MULTILINE)


def coordinator_task(question: str, language: Language, files: Sequence[Mapping[str, JSON]]) -> str:
    """The question as it arrived, to be answered directly or handed to the planner."""
    return _compose(
        "Decide whether this needs data analysis.",
        question=question,
        language=language,
        files=list(files),
    )


def planner_task(
    question: str,
    language: Language,
    files: Sequence[Mapping[str, JSON]],
    previous: Plan | None = None,
    feedback: str = "",
) -> str:
    """The question to plan for, or a previous plan and what the reviewer asked to change."""
    blocks: dict[str, JSON] = {"question": question, "language": language, "files": list(files)}
    if previous is None:
        return _compose("Plan the analysis.", **blocks)
    blocks["plan"] = previous.model_dump(mode="json", exclude_none=True)
    blocks["feedback"] = feedback
    return _compose("Revise the plan as the reviewer asks.", **blocks)


def coder_task(plan: Plan, profiles: Sequence[JSON]) -> str:
    """The plan's steps and the profiles of the files; nothing about the report."""
    return _compose(
        "Carry out every step.",
        language=plan.language,
        steps=[step.model_dump(mode="json", exclude_none=True) for step in plan.steps],
        profiles=list(profiles),
    )


def validator_task(plan: Plan) -> str:
    """What was computed, by title; the calculations themselves come from the tool."""
    return _compose("Verify every calculation.", language=plan.language, steps=_titles(plan))


def reporter_task(plan: Plan, findings: Sequence[JSON] = (), draft: str = "") -> str:
    """What the report answers, never code; after an audit its findings and the last draft."""
    blocks: dict[str, JSON] = {
        "question": plan.question,
        "language": plan.language,
        "title": plan.title,
        "steps": [
            step.model_dump(mode="json", exclude_none=True, exclude={"instruction"})
            for step in plan.steps
        ],
    }
    if not findings:
        return _compose("Write the report.", **blocks)
    return _compose(
        "Rewrite the report so that the findings are gone.",
        **blocks,
        findings=list(findings),
        draft=draft,
    )


def auditor_task(plan: Plan, number: int, last: int) -> str:
    """Which audit this is; the report is read through the tool."""
    return _compose(
        "Audit the report.",
        question=plan.question,
        language=plan.language,
        attempt={"number": number, "last": last},
    )


def parse_task(text: str) -> dict[str, JSON]:
    """The blocks of a message made here, by name; other text is ignored."""
    return {name: json.loads(body) for name, body in _BLOCK.findall(text)}


def _titles(plan: Plan) -> list[dict[str, str]]:
    return [{"id": step.id, "title": step.title} for step in plan.steps]


def _compose(instruction: str, **blocks: JSON) -> str:
    lines = [instruction]
    for name, value in blocks.items():
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        lines.append(f"<{name}>{body}</{name}>")
    return "\n".join(lines)
