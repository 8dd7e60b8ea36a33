import json

import pytest

from tests.images.build_context import APPLICATIONS
from tests.images.dockerfile import instructions, values

COMMANDS = {
    "executor": ["python", "-m", "executor"],
    "agent_runtime": ["opentelemetry-instrument", "python", "-m", "agent_runtime"],
}
VOLUMES = {"executor": ["/workspace", "/tmp"], "agent_runtime": ["/tmp"]}
HEALTH_PATHS = {"executor": "/health", "agent_runtime": "/ping"}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_container_runs_the_documented_command_as_an_ordinary_user(application: str) -> None:
    assert json.loads(values(application, "CMD")[-1]) == COMMANDS[application]
    assert values(application, "USER") == ["10001:10001"]


@pytest.mark.parametrize("application", APPLICATIONS)
def test_all_that_is_written_to_is_a_volume(application: str) -> None:
    assert json.loads(values(application, "VOLUME")[0]) == VOLUMES[application]


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_build_proves_the_start_as_the_user_that_runs_it(application: str) -> None:
    names = instructions(application)
    user = names.index(("USER", "10001:10001"))
    runs = [rest for name, rest in names[user:] if name == "RUN"]
    assert runs[0].startswith(f"python -m {application}.startup_check")


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_health_check_needs_no_program_but_python(application: str) -> None:
    command = json.loads(values(application, "HEALTHCHECK")[0].partition("CMD")[2])
    assert command[:2] == ["python", "-c"]
    assert HEALTH_PATHS[application] in command[2]


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_server_listens_beyond_the_loopback_interface(application: str) -> None:
    environ = " ".join(values(application, "ENV"))
    assert "HOST=0.0.0.0" in environ
    assert "PORT=8080" in environ
