"""Whoever builds an image, its users get a digest and the platform it was built for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.container_image import ContainerImage, ContainerImageArgs, ImageError
from components.deployment import Deployment
from plan.recording import Recording
from tests.components.platform_parts import DIGEST, PREBUILT, REPOSITORY

DOCKER = "docker:index/image:Image"
BUILDKIT = "docker-build:index:Image"
Declare = Callable[..., Recording]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    return folder


def image(deployment: Deployment, context: Path, **changes: Any) -> ContainerImage:
    built = ContainerImage(
        "web-image",
        ContainerImageArgs(deployment=deployment, role="web", context=context, **changes),
    )
    pulumi.export("reference", built.reference)
    pulumi.export("repository", built.repository_arn)
    return built


def test_the_repository_keeps_tags_scans_and_forgets_old_images(
    declare: Declare, deployment: Deployment, context: Path
) -> None:
    recording = declare(lambda: image(deployment, context))

    repository = recording.one(REPOSITORY)
    assert repository.inputs["name"] == "deep-insight-test/web"
    assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
    assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository.inputs["forceDelete"] is True
    policy = recording.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"]
    assert [rule["rulePriority"] for rule in json.loads(policy)["rules"]] == [1, 2]


def test_images_of_a_protected_deployment_cannot_be_deleted(
    declare: Declare, protected: Deployment, context: Path
) -> None:
    repository = declare(lambda: image(protected, context)).one(REPOSITORY)

    assert (repository.protect, repository.inputs["forceDelete"]) == (True, False)


@pytest.mark.parametrize(
    ("architecture", "platform"), [("arm64", "linux/arm64"), ("x86_64", "linux/amd64")]
)
def test_the_engine_builds_for_the_platform_and_pushes_with_a_secret(
    declare: Declare, deployment: Deployment, context: Path, architecture: str, platform: str
) -> None:
    recording = declare(lambda: image(deployment, context, architecture=architecture))

    built = recording.one(DOCKER)
    assert built.inputs["build"]["platform"] == platform
    assert ("registry", "password") in built.secrets
    assert "@sha256:" in recording.exports["reference"]


def test_buildkit_builds_without_an_engine_in_previews(
    declare: Declare, deployment: Deployment, context: Path
) -> None:
    recording = declare(
        lambda: image(deployment, context, builder="docker-build", build_args={"A": "b"})
    )

    built = recording.one(BUILDKIT)
    assert built.inputs["platforms"] == ["linux/arm64"]
    assert built.inputs["buildArgs"] == {"A": "b"}
    assert built.inputs["buildOnPreview"] is False
    assert "@sha256:" in recording.exports["reference"]


def test_the_tag_is_the_digest_of_what_is_built(
    declare: Declare, deployment: Deployment, context: Path
) -> None:
    first = declare(lambda: image(deployment, context)).one(DOCKER).inputs["imageName"]
    again = declare(lambda: image(deployment, context)).one(DOCKER).inputs["imageName"]
    (context / "app.py").write_text("x = 1\n", encoding="utf-8")
    changed = declare(lambda: image(deployment, context)).one(DOCKER).inputs["imageName"]

    assert first == again != changed
    assert not first.endswith(":latest")


def test_a_prebuilt_image_makes_nothing_and_grants_its_own_repository(
    declare: Declare, deployment: Deployment, context: Path
) -> None:
    recording = declare(lambda: image(deployment, context, builder="prebuilt", prebuilt=PREBUILT))

    assert not [resource for resource in recording.sorted() if resource.custom]
    assert recording.exports == {
        "reference": PREBUILT,
        "repository": "arn:aws:ecr:us-east-1:123456789012:repository/team/web",
    }


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "nginx:latest",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:v1",
        f"ghcr.io/team/web@{DIGEST}",
        f"123456789012.dkr.ecr.us-east-1.amazonaws.com/Team/web@{DIGEST}",
    ],
)
def test_a_prebuilt_image_without_a_digest_in_ecr_is_refused(
    declare: Declare, deployment: Deployment, context: Path, reference: str
) -> None:
    with pytest.raises(ImageError, match="does not name an ECR image by digest"):
        declare(lambda: image(deployment, context, builder="prebuilt", prebuilt=reference))
