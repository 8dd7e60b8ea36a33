"""The workflow of a job: agents and the plan review as nodes of a bounded graph."""
