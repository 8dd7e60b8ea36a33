"""What an executor costs, from the project's dated price table."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from client.stack import Stack, project_folder

PRICES = Path("plan") / "prices.json"
"""In the Pulumi project: the one table of prices, which `make plan` uses too."""
LEAST_BILLED = timedelta(minutes=1)
"""Of a Fargate task (aws.amazon.com/fargate/pricing)."""


@dataclass(frozen=True, slots=True)
class ExecutorPrice:
    """On-demand list price of one executor."""

    per_hour: float
    as_of: str
    region: str
    """Where the price holds; other regions differ."""

    def of(self, duration: timedelta) -> float:
        """US dollars for a session of this length."""
        return self.per_hour * max(duration, LEAST_BILLED).total_seconds() / 3600

    @property
    def basis(self) -> str:
        """One line: what the cost is and what it leaves out."""
        return (
            "COST: the executor at the on-demand list price of "
            f"{self.region} on {self.as_of} (${self.per_hour:.4f} an hour), for the time of the "
            "job; the runtime's own machine and the models are not in it."
        )


def executor_price(stack: Stack) -> ExecutorPrice | None:
    """The price of the stack's executors; None when the table or their size is not known."""
    folder = project_folder()
    architecture = stack.executor_architecture
    if folder is None or stack.executor_cpu is None or stack.executor_memory is None:
        return None
    try:
        table: dict[str, Any] = json.loads((folder / PRICES).read_bytes())
        prices = table["prices"]
        cpu = prices[f"fargate-cpu-{architecture}"]["amount"]
        memory = prices[f"fargate-memory-{architecture}"]["amount"]
        per_hour = cpu * stack.executor_cpu / 1024 + memory * stack.executor_memory / 1024
        return ExecutorPrice(per_hour, str(table["as_of"]), str(table["region"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
