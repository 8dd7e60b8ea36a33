"""Provenance: whatever a value is built into, its sources are found, and no others."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plan.provenance import Provenance
from plan.recording import Recording
from tests.recorded_stacks import recorded_stack

OUTPUTS = {
    "network-vpc": "id",
    "executor-cluster-cluster": "arn",
    "executor-cluster": "arn",
    "executor-front-door-load-balancer": "dnsName",
    "executor-task-group": "id",
}

# Texts around the values; no letter or digit next to one, as in URLs, lists and JSON.
GLUE = st.text(alphabet=" /,;?=&|<>", max_size=5)


def known(recording: Recording) -> list[tuple[str, str, str]]:
    """Name, output and value of those of OUTPUTS that the recording has."""
    found = []
    for resource in recording.sorted():
        output = OUTPUTS.get(resource.name)
        if resource.custom and output:
            found.append((resource.name, output, str(resource.outputs[output])))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_every_source_inside_a_text_is_found(data: st.DataObject) -> None:
    recording = recorded_stack("dev")
    provenance = Provenance(recording)
    chosen = data.draw(st.lists(st.sampled_from(known(recording)), min_size=1, unique=True))
    text = data.draw(GLUE) + "".join(value + " " + data.draw(GLUE) for _, _, value in chosen)
    names = {source.name for source in provenance.sources(text)}
    assert {name for name, _, _ in chosen} <= names
    others = {name for name, _, _ in known(recording)} - {name for name, _, _ in chosen}
    assert not names & others


def test_a_policys_json_tells_its_sources() -> None:
    recording = recorded_stack("dev")
    policy = recording.one("aws:iam/rolePolicy:RolePolicy", "agent-runtime")
    text = json.dumps(json.loads(policy.inputs["policy"]))
    names = {source.name for source in Provenance(recording).sources(text)}
    assert "executor-front-door-targets" in names


def test_a_value_typed_by_hand_has_no_source() -> None:
    provenance = Provenance(recorded_stack("dev"))
    assert provenance.sources("subnet-0123456789abcdef0") == []
    assert provenance.describe("on_demand") == "set in the program"
