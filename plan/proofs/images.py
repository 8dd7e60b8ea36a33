"""Proof 4: each image fits what runs it, is pinned by digest, and can be built from its context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plan.dockerfile import missing_sources
from plan.platform import Platform
from plan.project import ROOT
from plan.proofs.finding import Findings, Verdict
from plan.recording import Recording, Resource

NAME = "images"
DOCKER_IMAGE = "docker:index/image:Image"
BUILDKIT_IMAGE = "docker-build:index:Image"
REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE_POLICY = "aws:ecr/lifecyclePolicy:LifecyclePolicy"

_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})$")
_AGENTCORE_PLATFORM = "linux/arm64"
_TASK_ARCHITECTURE = {"linux/arm64": "ARM64", "linux/amd64": "X86_64"}


def _platforms(image: Resource) -> list[str]:
    if image.type == DOCKER_IMAGE:
        build = image.inputs.get("build") or {}
        return [str(build.get("platform", "the build machine's"))]
    return [str(item) for item in image.inputs.get("platforms") or ["the build machine's"]]


def context_of(image: Resource) -> tuple[str, str]:
    """The build context's folder and the Dockerfile, as given."""
    if image.type == DOCKER_IMAGE:
        build: Mapping[str, Any] = image.inputs.get("build") or {}
        context = str(build.get("context", "."))
        return context, str(build.get("dockerfile", f"{context}/Dockerfile"))
    context = str((image.inputs.get("context") or {}).get("location", "."))
    dockerfile = str(
        (image.inputs.get("dockerfile") or {}).get("location", f"{context}/Dockerfile")
    )
    return context, dockerfile


def built_as(recording: Recording, reference: str) -> Resource | None:
    """The image of this program that a reference by digest is to; ``None`` for one from outside."""
    match = _DIGEST.search(reference)
    if not match:
        return None
    for image in recording.of_type(DOCKER_IMAGE, BUILDKIT_IMAGE):
        outputs = image.outputs
        digests = {
            str(outputs.get("digest", "")),
            str(outputs.get("repoDigest", "")).split("@")[-1],
        }
        if match.group(1) in digests:
            return image
    return None


def _check_reference(findings: Findings, who: str, reference: str) -> None:
    if not _DIGEST.search(reference):
        findings.add(
            "digest",
            who,
            f"{reference or 'no image'} is not pinned by digest, so an update is missed.",
        )


def _check_runtime(findings: Findings, platform: Platform) -> None:
    name, reference = platform.runtime.name, platform.runtime_image
    _check_reference(findings, name, reference)
    image = built_as(platform.recording, reference)
    if image is not None and _platforms(image) != [_AGENTCORE_PLATFORM]:
        findings.add(
            "runtime-platform",
            name,
            f"{image.name} is built for {', '.join(_platforms(image))}; "
            f"AgentCore runs {_AGENTCORE_PLATFORM}.",
        )


def _check_executor(findings: Findings, platform: Platform) -> None:
    task, reference = platform.task_definition, platform.executor_image
    _check_reference(findings, task.name, reference)
    declared = (task.inputs.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64")
    image = built_as(platform.recording, reference)
    if image is None:
        return
    built = _platforms(image)
    if [_TASK_ARCHITECTURE.get(item) for item in built] != [declared]:
        findings.add(
            "task-architecture",
            task.name,
            f"{image.name} is built for {', '.join(built)}, the task asks for {declared}.",
        )


def _check_builds(findings: Findings, recording: Recording, root: Path) -> None:
    for image in recording.of_type(DOCKER_IMAGE, BUILDKIT_IMAGE):
        context_text, dockerfile_text = context_of(image)
        context, dockerfile = root / context_text, root / dockerfile_text
        if not dockerfile.is_file():
            findings.add("dockerfile", image.name, f"{dockerfile_text} does not exist.")
            continue
        if not (context / ".dockerignore").is_file():
            findings.add(
                "context-open",
                image.name,
                f"{context_text} has no .dockerignore, so whatever lies there is baked in.",
            )
        for source in missing_sources(dockerfile, context):
            findings.add(
                "copy-source",
                image.name,
                f"{dockerfile_text} copies {source}, which {context_text} lacks or drops by "
                ".dockerignore.",
            )
        if image.type == DOCKER_IMAGE and image.inputs.get("skipPush"):
            findings.add("push", image.name, "the image is built and never pushed.")
        if image.type == BUILDKIT_IMAGE and image.inputs.get("push") is not True:
            findings.add("push", image.name, "the image is built and never pushed.")


def _check_repositories(findings: Findings, platform: Platform) -> None:
    for item in platform.recording.of_type(REPOSITORY):
        if item.inputs.get("imageTagMutability") != "IMMUTABLE":
            findings.add("tags-mutable", item.name, "tags can be moved to another image.")
        scanning = item.inputs.get("imageScanningConfiguration") or {}
        if not scanning.get("scanOnPush"):
            findings.add("scan", item.name, "images are not scanned on push.")
        policies = platform.recording.of_type(LIFECYCLE_POLICY)
        if not any(policy.inputs.get("repository") == item.text("name") for policy in policies):
            findings.add(
                "image-lifecycle",
                item.name,
                "every build stays and is billed for ever; give it a LifecyclePolicy.",
            )
    for image in platform.recording.of_type(DOCKER_IMAGE, BUILDKIT_IMAGE):
        tags = (
            [str(image.inputs.get("imageName", ""))]
            if image.type == DOCKER_IMAGE
            else [str(tag) for tag in image.inputs.get("tags") or []]
        )
        for tag in tags:
            if tag.endswith(":latest") or ":" not in tag.rsplit("/", 1)[-1]:
                findings.add(
                    "tag-fixed", image.name, f"{tag} moves; an immutable repository refuses it."
                )


def prove(recording: Recording, root: Path = ROOT) -> Verdict:
    """Checks platforms, digests, contexts and repositories."""
    findings = Findings(NAME)
    platform = Platform(recording)
    _check_runtime(findings, platform)
    _check_executor(findings, platform)
    _check_builds(findings, recording, root)
    _check_repositories(findings, platform)
    built = len(recording.of_type(DOCKER_IMAGE, BUILDKIT_IMAGE))
    return findings.verdict(f"2 image references, {built} of them built here")
