"""Part of proof 5: what user code writes to is mounted, and can be written to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from plan.platform import Platform
from plan.project import ROOT
from plan.proofs.finding import Findings
from plan.proofs.images import built_as, context_of

_VOLUME = re.compile(r"^VOLUME\s+(.+)$", re.IGNORECASE | re.MULTILINE)
_DOCKERFILE = "executor/Dockerfile"


def check_volumes(findings: Findings, platform: Platform) -> None:
    """Mounts name declared volumes; every writable place of the image has a mount of its own.

    Under a read-only root file system an image's VOLUME without a mount cannot be written to on
    Fargate. Source: "readonlyRootFilesystem" and "mountPoints", Amazon ECS task definition
    parameters for Fargate.
    """
    task = platform.task_definition
    declared = {str(item.get("name")) for item in task.inputs.get("volumes") or []}
    written = _image_volumes(platform) | {platform.executor_setting("WORKSPACE")} - {""}
    for container in platform.containers:
        for mount in container.get("mountPoints") or []:
            if mount.get("sourceVolume") not in declared:
                findings.add(
                    "volume", task.name, f"the volume {mount.get('sourceVolume')} is not declared."
                )
        if container.get("readonlyRootFilesystem") is not True:
            continue
        for path in sorted(written - _writable(container, written)):
            findings.add(
                "unwritable",
                task.name,
                f"container {container.get('name')} writes to {path} on a read-only root file "
                "system; mount a volume there that is not read-only.",
            )


def _writable(container: Mapping[str, Any], paths: set[str]) -> set[str]:
    """The paths that lie in a mount, the innermost of which may be written to."""
    mounts = {
        PurePosixPath(str(item.get("containerPath"))): item.get("readOnly") is not True
        for item in container.get("mountPoints") or []
    }
    found = set()
    for path in paths:
        place = PurePosixPath(path)
        holders = [mount for mount in (place, *place.parents) if mount in mounts]
        if holders and mounts[holders[0]]:
            found.add(path)
    return found


def _image_volumes(platform: Platform) -> set[str]:
    """The places that the executor's Dockerfile declares; an image from outside is built alike."""
    image = built_as(platform.recording, platform.executor_image)
    dockerfile = ROOT / (context_of(image)[1] if image else _DOCKERFILE)
    return _declared_volumes(dockerfile) if dockerfile.is_file() else set()


def _declared_volumes(dockerfile: Path) -> set[str]:
    found: set[str] = set()
    for match in _VOLUME.finditer(dockerfile.read_text(encoding="utf-8")):
        text = match.group(1).strip()
        found |= set(json.loads(text) if text.startswith("[") else text.split())
    return found
