"""Scripts for the scripted model: a whole job on the small orders file, to be varied by tests."""

from typing import Any

from agent_runtime.roles import Role
from tests.agent_runtime.scripted_model import Call, Say, Script

ORDERS = "region,amount\nSeoul,100\nBusan,250\nSeoul,50\n"
PLAN: dict[str, Any] = {
    "title": "Orders",
    "question": "What is the total amount?",
    "language": "en",
    "steps": [{"id": "s1", "title": "Total", "instruction": "Sum the column amount."}],
    "unanswered": [],
}
COMPUTE = """
from executor import toolkit
orders = toolkit.load("data/orders.csv")
print("rows", len(orders.frame))
toolkit.record(
    id="total_amount", value=float(orders.frame["amount"].sum()), label="Total amount",
    query=f'SELECT sum("amount") FROM {orders.name}', source="data/orders.csv",
    columns=["amount"], rows=len(orders.frame), unit="KRW", formula="sum of amount",
)
"""
DRAFT = "# Answer\n\nThe total amount is {{total_amount}}.\n"


def whole_job(**changes: Any) -> Script:
    """Turns of a job that completes; a keyword named after a role replaces its turns."""
    script: Script = {
        Role.COORDINATOR: [Call("handoff_to_planner", {"reason": "a total"})],
        Role.PLANNER: [Call("inspect_data"), Call("submit_plan", {"plan": PLAN})],
        Role.CODER: [Call("run_python", {"code": COMPUTE}), Say("The total is recorded.")],
        Role.VALIDATOR: [Call("verify_calculations"), Say("One calculation is verified.")],
        Role.REPORTER: [
            Call("read_results"),
            Call("write_report", {"title": "Orders", "draft": DRAFT}),
            Say("The total amount is in the report."),
        ],
        Role.AUDITOR: [Call("audit_report"), Call("submit_verdict", {"verdict": "pass"})],
    }
    return script | {Role(name): turns for name, turns in changes.items()}
