"""What only deployed stacks and `doctor` need costs a local run nothing."""

import subprocess
import sys

from tests.client.conftest import ROOT

HEAVY = ("boto3", "botocore", "yaml")


def test_the_command_line_imports_neither_the_aws_sdk_nor_yaml() -> None:
    code = f"import sys, client.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
