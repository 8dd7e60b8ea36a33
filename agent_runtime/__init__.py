"""The agent runtime: agents that plan, compute, verify and report, behind the AgentCore contract.

Importing this package, `agent_runtime.settings` and `agent_runtime.roles` loads nothing heavier
than pydantic, so that infrastructure programs can read the environment contract.
"""
