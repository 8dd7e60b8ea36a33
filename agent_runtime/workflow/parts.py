"""The parts of the six agents: what each is told, may use, and must have done."""

from agent_runtime import tasks
from agent_runtime.roles import Role
from agent_runtime.tools.auditing import auditor_tools
from agent_runtime.tools.coding import coder_tools
from agent_runtime.tools.planning import coordinator_tools, planner_tools
from agent_runtime.tools.reporting import reporter_tools
from agent_runtime.tools.validation import validator_tools
from agent_runtime.workflow.agent_step import Part
from agent_runtime.workflow.context import MAX_REWRITES, JobContext


def _coordinator_task(job: JobContext) -> str:
    return tasks.coordinator_task(job.request.prompt, job.request.language, job.files())


def _planner_task(job: JobContext) -> str:
    facts = job.facts
    return tasks.planner_task(
        job.request.prompt, job.request.language, job.files(), facts.plan, facts.feedback
    )


def _coder_task(job: JobContext) -> str:
    return tasks.coder_task(job.facts.approved_plan(), job.facts.profiles or [])


def _validator_task(job: JobContext) -> str:
    return tasks.validator_task(job.facts.approved_plan())


def _reporter_task(job: JobContext) -> str:
    facts = job.facts
    facts.report_built = False
    if facts.verdict != "retry":
        return tasks.reporter_task(facts.approved_plan())
    return tasks.reporter_task(facts.approved_plan(), facts.findings, facts.draft)


def _auditor_task(job: JobContext) -> str:
    facts = job.facts
    facts.verdict = ""
    return tasks.auditor_task(facts.approved_plan(), facts.audits + 1, MAX_REWRITES + 1)


def _keep_answer(job: JobContext, text: str) -> None:
    if not job.facts.handed_off:
        job.facts.answer = text


def _keep_summary(job: JobContext, text: str) -> None:
    job.facts.summary = text


def _plan_is_new(job: JobContext) -> bool:
    """A plan that no review has seen yet: feedback is cleared when a plan is accepted."""
    return job.facts.plan is not None and not job.facts.feedback


COORDINATOR = Part(
    role=Role.COORDINATOR,
    titles={"en": "Understanding the request", "ko": "요청 이해"},
    task=_coordinator_task,
    tools=coordinator_tools,
    is_done=lambda job: True,  # noqa: ARG005
    reminder="",
    finishes=_keep_answer,
)
PLANNER = Part(
    role=Role.PLANNER,
    titles={"en": "Planning the analysis", "ko": "분석 계획"},
    task=_planner_task,
    tools=planner_tools,
    is_done=_plan_is_new,
    reminder="Call submit_plan with the plan.",
)
CODER = Part(
    role=Role.CODER,
    titles={"en": "Computing", "ko": "계산"},
    task=_coder_task,
    tools=coder_tools,
    is_done=lambda job: True,  # noqa: ARG005
    reminder="",
)
VALIDATOR = Part(
    role=Role.VALIDATOR,
    titles={"en": "Verifying the calculations", "ko": "계산 검증"},
    task=_validator_task,
    tools=validator_tools,
    is_done=lambda job: job.facts.verification is not None,
    reminder="Call verify_calculations.",
)
REPORTER = Part(
    role=Role.REPORTER,
    titles={"en": "Writing the report", "ko": "보고서 작성"},
    task=_reporter_task,
    tools=reporter_tools,
    is_done=lambda job: job.facts.report_built,
    reminder="Call write_report with the whole report.",
    finishes=_keep_summary,
)
AUDITOR = Part(
    role=Role.AUDITOR,
    titles={"en": "Auditing the report", "ko": "보고서 감사"},
    task=_auditor_task,
    tools=auditor_tools,
    is_done=lambda job: bool(job.facts.verdict),
    reminder="Call audit_report, then submit_verdict.",
)
