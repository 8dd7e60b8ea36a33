"""The report's prose: every number and every name from the data through a placeholder."""

from agent_runtime.models.offline.prose.draft import prose, write_draft

__all__ = ["prose", "write_draft"]
