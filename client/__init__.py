"""The command line of deep-insight: sends files and a question, shows progress, keeps the report.

A deployable of its own. It speaks HTTP to an agent runtime and imports no other part.
"""
