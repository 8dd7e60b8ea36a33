"""ContainerImage: an image by digest, built here or given from outside."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker
import pulumi_docker_build as docker_build

from components.build_context import context_digest
from components.deployment import Deployment
from components.image_repository import ImageRepository, ImageRepositoryArgs

Builder: TypeAlias = Literal["docker", "docker-build", "prebuilt"]
Architecture: TypeAlias = Literal["arm64", "x86_64"]

PLATFORMS: Mapping[Architecture, str] = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}

# Groups: account, region, repository, digest.
PREBUILT = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*)"
    r"(?::[A-Za-z0-9_.-]{1,128})?@sha256:[0-9a-f]{64}"
)


class ImageError(ValueError):
    """An image reference that cannot be used; the message shows the right form."""


@dataclass(frozen=True, kw_only=True)
class ContainerImageArgs:
    """One image for one platform."""

    deployment: Deployment
    role: str
    # The folder with the Dockerfile and everything it copies.
    context: Path
    architecture: Architecture = "arm64"
    # docker needs an engine here, docker-build does not, prebuilt builds nothing.
    builder: Builder = "docker"
    build_args: Mapping[str, str] = field(default_factory=dict)
    # With prebuilt: an ECR image by digest.
    prebuilt: str | None = None


class ContainerImage(pulumi.ComponentResource):
    """Builds and pushes when the context's digest changes; `reference` always names a digest.

    Raises:
        ImageError: a prebuilt reference without digest; BuildContextError: nothing to build.
    """

    reference: pulumi.Output[str]
    repository_arn: pulumi.Output[str]
    architecture: Architecture

    def __init__(
        self, name: str, args: ContainerImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:ContainerImage", name, None, opts)
        self.architecture = args.architecture
        if args.builder == "prebuilt":
            parts = parse_prebuilt(args.prebuilt or "")
            self.reference = pulumi.Output.from_input(parts[0])
            self.repository_arn = pulumi.Output.from_input(
                f"arn:{args.deployment.partition}:ecr:{parts['region']}:{parts['account']}"
                f":repository/{parts['repository']}"
            )
        else:
            repository = ImageRepository(
                f"{name}-images",
                ImageRepositoryArgs(deployment=args.deployment, role=args.role),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.repository_arn = repository.arn
            build = _build_with_engine if args.builder == "docker" else _build_with_buildkit
            self.reference = build(name, args, repository, self)
        self.register_outputs({"reference": self.reference})

    @property
    def platform(self) -> str:
        """The platform as Docker writes it, like linux/arm64."""
        return PLATFORMS[self.architecture]


def parse_prebuilt(reference: str) -> re.Match[str]:
    """The parts of a prebuilt image's reference.

    Raises:
        ImageError: not an image of a private ECR repository by digest.
    """
    match = PREBUILT.fullmatch(reference)
    if match is None:
        raise ImageError(
            f"{reference!r} does not name an ECR image by digest; write it like "
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/name@sha256:<64 hex digits>"
        )
    return match


def _credentials(
    repository: ImageRepository, parent: pulumi.Resource
) -> pulumi.Output[aws.ecr.GetAuthorizationTokenResult]:
    return aws.ecr.get_authorization_token_output(
        opts=pulumi.InvokeOutputOptions(parent=parent, depends_on=[repository])
    )


def _tagged(args: ContainerImageArgs, repository: ImageRepository) -> pulumi.Output[str]:
    """Tags are immutable, so the tag is the digest of what goes into the image."""
    digest = context_digest(
        args.context, platform=PLATFORMS[args.architecture], build_args=args.build_args
    )
    return pulumi.Output.concat(repository.url, ":", digest)


def _build_with_engine(
    name: str, args: ContainerImageArgs, repository: ImageRepository, parent: pulumi.Resource
) -> pulumi.Output[str]:
    token = _credentials(repository, parent)
    image = docker.Image(
        f"{name}-image",
        image_name=_tagged(args, repository),
        build=docker.DockerBuildArgs(
            context=str(args.context),
            dockerfile=str(args.context / "Dockerfile"),
            platform=PLATFORMS[args.architecture],
            args=dict(args.build_args),
        ),
        registry=docker.RegistryArgs(
            server=repository.url,
            username=token.user_name,
            password=pulumi.Output.secret(token.password),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return image.repo_digest


def _build_with_buildkit(
    name: str, args: ContainerImageArgs, repository: ImageRepository, parent: pulumi.Resource
) -> pulumi.Output[str]:
    token = _credentials(repository, parent)
    image = docker_build.Image(
        f"{name}-image",
        tags=[_tagged(args, repository)],
        context=docker_build.BuildContextArgs(location=str(args.context)),
        dockerfile=docker_build.DockerfileArgs(location=str(args.context / "Dockerfile")),
        platforms=[docker_build.Platform(PLATFORMS[args.architecture])],
        build_args=dict(args.build_args),
        build_on_preview=False,
        push=True,
        registries=[
            docker_build.RegistryArgs(
                address=repository.url,
                username=token.user_name,
                password=pulumi.Output.secret(token.password),
            )
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return pulumi.Output.concat(repository.url, "@", image.digest)
