"""A throw-away home for the engine: state in files, stand-ins in the place of plugins."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGINS = {"aws": "pulumi_aws", "docker": "pulumi_docker", "docker-build": "pulumi_docker_build"}
# A CLI that was built from source tells no version, and the Automation API wants to know one.
CLI = """#!/bin/sh
[ "$1" = version ] && [ -z "$({cli} version)" ] && exec echo {version}
exec {cli} "$@"
"""
LAUNCHER = '#!/bin/sh\nexec {python} -m tests.engine.provider "$@"\n'


@dataclass(frozen=True)
class Workspace:
    """Folders and files of one run."""

    folder: Path
    cli: Path

    @property
    def project(self) -> Path:
        """A copy of the project and stack files: the engine writes a salt into the latter."""
        return self.folder / "project"

    @property
    def journal(self) -> Path:
        """What the providers did."""
        return self.folder / "journal.ndjson"

    @property
    def faults(self) -> Path:
        """What the providers must fail with."""
        return self.folder / "faults.json"

    def prepare(self) -> None:
        """Make everything."""
        for folder in (self.folder / "state", self.folder / "home" / "plugins", self.project):
            folder.mkdir(parents=True)
        binaries = self.folder / "bin"
        binaries.mkdir()
        self._script(binaries / "pulumi", CLI.format(cli=self.cli, version=version("pulumi")))
        for file in ROOT.glob("Pulumi*.yaml"):
            shutil.copy(file, self.project)
        # The engine reads the keeper's files and the images' contexts relative to the project.
        for application in ("executor", "agent_runtime", "keeper"):
            (self.project / application).symlink_to(ROOT / application)
        for name, package in PLUGINS.items():
            folder = self.folder / "home" / "plugins" / f"resource-{name}-v{version(package)}"
            folder.mkdir()
            self._script(folder / f"pulumi-resource-{name}", LAUNCHER.format(python=sys.executable))

    def _script(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def environment(self) -> Mapping[str, str]:
        """Variables of the engine and of everything it starts."""
        return {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of-a-throw-away-stack",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
            "ENGINE_JOURNAL": str(self.journal),
            "ENGINE_FAULTS": str(self.faults),
        }

    def state_text(self) -> str:
        """The state of every stack, as it is stored."""
        files = sorted((self.folder / "state" / ".pulumi" / "stacks").rglob("*.json"))
        return "".join(file.read_text(encoding="utf-8") for file in files)

    def fail(self, faults: Mapping[str, str]) -> None:
        """From now on, operations such as ``delete TYPE`` fail with a message."""
        self.faults.write_text(json.dumps(faults), encoding="utf-8")

    def operations(self) -> list[dict[str, Any]]:
        """Everything the providers did, in order."""
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
