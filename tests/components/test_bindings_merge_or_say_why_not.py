"""Bindings of one consumer become one, unless two of them claim the same thing."""

import pytest

from components.binding import (
    Binding,
    BindingError,
    InternetReach,
    PortReach,
    ServiceReach,
    merge,
)
from components.grant import Grant


def test_variables_secrets_grants_and_reach_are_all_kept() -> None:
    grant = Grant(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::b/*"])
    one = Binding(provider="bucket", environment={"BUCKET": "b"}, grants=[grant])
    two = Binding(provider="secret", secrets={"TOKEN": "arn:aws:secretsmanager:x"})
    three = Binding(provider="models", reach=[ServiceReach(service="bedrock-runtime")])

    merged = merge([one, two, three], consumer="web")

    assert merged.environment == {"BUCKET": "b"}
    assert merged.secrets == {"TOKEN": "arn:aws:secretsmanager:x"}
    assert list(merged.grants) == [grant]
    assert merged.reach == (ServiceReach(service="bedrock-runtime"),)


def test_two_bindings_that_claim_one_variable_are_refused_by_name() -> None:
    one = Binding(provider="executor cluster", environment={"AWS_REGION": "us-east-1"})
    two = Binding(provider="models", environment={"AWS_REGION": "us-west-2"})

    with pytest.raises(BindingError) as raised:
        merge([one, two], consumer="agent runtime")

    assert str(raised.value) == (
        "agent runtime: the environment variable AWS_REGION is claimed by executor cluster and by "
        "models; leave one of the two out of uses, or give it another name where it is offered."
    )


def test_a_variable_and_a_secret_of_one_name_are_refused() -> None:
    one = Binding(provider="settings", environment={"TOKEN": "plain"})
    two = Binding(provider="secret", secrets={"TOKEN": "arn:aws:secretsmanager:x"})

    with pytest.raises(BindingError, match="TOKEN is claimed by settings and by secret"):
        merge([one, two], consumer="web")


def test_two_statements_of_one_name_are_refused() -> None:
    grant = Grant(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::b/*"])
    one, two = Binding(provider="a", grants=[grant]), Binding(provider="b", grants=[grant])

    with pytest.raises(BindingError, match="policy statement Read is claimed by a and by b"):
        merge([one, two], consumer="web")


def test_reach_that_is_asked_for_twice_is_opened_once() -> None:
    port = PortReach(peer="database", security_group_id="sg-1", port=5432)
    internet = InternetReach(reason="packages")
    service = ServiceReach(service="logs")
    one = Binding(provider="a", reach=[port, service, internet])
    two = Binding(provider="b", reach=[service, port, internet])

    assert merge([one, two], consumer="web").reach == (port, service, internet)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(BindingError, match="not within 1-65535"):
        PortReach(peer="database", security_group_id="sg-1", port=port)
