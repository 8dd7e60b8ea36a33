"""A secret's value is set outside; users get its ARN, or the value without seeing the ARN."""

from collections.abc import Callable

from components.binding import ServiceReach
from components.deployment import Deployment
from components.secret import ManagedSecret, ManagedSecretArgs
from plan.recording import Recording

SECRET = "aws:secretsmanager/secret:Secret"
Declare = Callable[..., Recording]


def secret(deployment: Deployment) -> ManagedSecret:
    args = ManagedSecretArgs(deployment=deployment, role="api-key", description="A key")
    return ManagedSecret("api-key", args)


def test_no_value_is_declared(declare: Declare, deployment: Deployment) -> None:
    recording = declare(lambda: secret(deployment))

    assert recording.one(SECRET).inputs["name"] == "deep-insight-test/api-key"
    assert not recording.of_type("aws:secretsmanager/secretVersion:SecretVersion")


def test_reading_it_takes_its_arn_a_right_and_a_way_there(
    declare: Declare, deployment: Deployment
) -> None:
    def program() -> None:
        binding = secret(deployment).read("API_KEY_ARN")
        assert binding.environment.keys() == {"API_KEY_ARN"}
        assert not binding.secrets
        assert [g.actions for g in binding.grants] == [["secretsmanager:GetSecretValue"]]
        assert binding.reach == (ServiceReach(service="secretsmanager"),)

    declare(program)


def test_a_protected_secret_can_be_recovered_and_another_name_is_free_at_once(
    declare: Declare, deployment: Deployment, protected: Deployment
) -> None:
    kept = declare(lambda: secret(protected)).one(SECRET)
    gone = declare(lambda: secret(deployment)).one(SECRET)

    assert (kept.protect, kept.inputs["recoveryWindowInDays"]) == (True, 30)
    assert (gone.protect, gone.inputs["recoveryWindowInDays"]) == (False, 0)
