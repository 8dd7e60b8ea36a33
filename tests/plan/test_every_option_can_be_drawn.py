"""The picture, the Mermaid chart and the printed plan for platforms of different shape."""

from xml.etree import ElementTree

import pytest

from plan.cost import cost
from plan.mermaid import mermaid
from plan.picture import picture
from plan.proofs import prove_all
from plan.recording import Recording
from plan.report import report
from tests.plan.test_every_proof_holds_for_every_option import OPTIONS
from tests.recorded_stacks import recorded_stack

SHAPES = ("as it is", "direct route", "NAT per zone", "three zones", "existing VPC")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("option", SHAPES)
def test_everything_drawn_lies_within_the_picture(option: str) -> None:
    recording = recorded_stack("dev", *OPTIONS[option])
    root = ElementTree.fromstring(picture(recording, cost(recording), prove_all(recording)))
    _left, _top, width, height = (float(part) for part in root.attrib["viewBox"].split())
    boxes = [node.attrib for node in root.iter(f"{SVG}rect") if "x" in node.attrib]
    assert len(boxes) > 20
    for box in boxes:
        assert 0 <= float(box["x"]) <= float(box["x"]) + float(box["width"]) <= width
        assert 0 <= float(box["y"]) <= float(box["y"]) + float(box["height"]) <= height


def words(recording: Recording) -> str:
    root = ElementTree.fromstring(picture(recording, cost(recording), prove_all(recording)))
    return " | ".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))


def test_the_picture_shows_what_is_there_and_nothing_else() -> None:
    direct = words(recorded_stack("dev", *OPTIONS["direct route"]))
    assert "load balancer" not in direct.lower()
    assert "NAT gateway" not in direct
    whole = words(recorded_stack("dev", *OPTIONS["NAT per zone"]))
    assert whole.count("NAT gateway") == 2
    assert "Internal load balancer" in whole


def test_a_broken_proof_shows_in_the_picture() -> None:
    recording = recorded_stack("dev")
    broken = recording.change_inputs(recording.one("aws:ec2/vpc:Vpc").urn, enableDnsHostnames=False)
    assert "✗ reach" in words(broken)
    assert "✓ rights" in words(broken)


@pytest.mark.parametrize("option", SHAPES)
def test_chart_and_plan_name_the_route(option: str) -> None:
    recording = recorded_stack("dev", *OPTIONS[option])
    printed = report(recording, cost(recording), prove_all(recording))
    through = option != "direct route"
    assert ("load balancer  executor" in printed) is through
    assert ('balancer["Internal load balancer"]' in mermaid(recording)) is through
    assert max(len(line) for line in printed.splitlines()) <= 160
