"""Differences between two recordings, and names that two stacks would both claim."""

from __future__ import annotations

from plan.recording import Recording

_NAMES = ("name", "bucket", "family", "agentRuntimeName", "dashboardName")

# Named inside something that has its own name, or by something outside of the program.
_SCOPED = frozenset(
    {
        "aws:iam/rolePolicy:RolePolicy",
        "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint",
    }
)


def differences(first: Recording, second: Recording) -> list[str]:
    """What two runs of one program declare differently; empty when it is deterministic."""
    found = []
    for urn in sorted({*first.resources, *second.resources}):
        one, other = first.resources.get(urn), second.resources.get(urn)
        if one is None or other is None:
            found.append(f"{urn} is only in the {'second' if one is None else 'first'} run")
            continue
        for key in sorted({*one.inputs, *other.inputs}):
            if one.inputs.get(key) != other.inputs.get(key):
                found.append(f"{urn}: {key} differs")
        if one.dependencies != other.dependencies:
            found.append(f"{urn}: dependencies differ")
    if first.exports != second.exports:
        found.append("the stack outputs differ")
    return found


def collisions(first: Recording, second: Recording) -> list[str]:
    """Physical names that both stacks would claim in one account and region."""
    return sorted(f"{type_} {name}" for type_, name in _claimed(first) & _claimed(second))


def _claimed(recording: Recording) -> set[tuple[str, str]]:
    return {
        (item.type, str(item.inputs[key]))
        for item in recording.sorted()
        if item.custom and item.type not in _SCOPED and item.type.startswith("aws:")
        for key in _NAMES
        if isinstance(item.inputs.get(key), str)
        and not item.type.startswith(("aws:s3/bucketV2Acl", "aws:ecr/lifecyclePolicy"))
    }
