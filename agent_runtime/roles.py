"""The six agents of a job, by name."""

from enum import StrEnum


class Role(StrEnum):
    """One agent of the workflow; the value is its name in events, settings and prompts."""

    COORDINATOR = "coordinator"
    PLANNER = "planner"
    CODER = "coder"
    VALIDATOR = "validator"
    REPORTER = "reporter"
    AUDITOR = "auditor"
