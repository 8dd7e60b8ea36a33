import os
import subprocess
import sys
from pathlib import Path

import pytest

from images import machine
from images.command import Commands, ImagesError, stop
from images.storage import cache_folder
from tests.images.build_context import ROOT


def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "images.log")


def test_without_root_it_says_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ImagesError, match=r"^needs (root|Debian)[^\n]*$"):
        machine.require_root_on_debian()


def test_without_apt_it_says_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ImagesError, match=r"^needs Debian[^\n]*$"):
        machine.require_root_on_debian()


def test_an_unknown_platform_ends_with_one_sentence_and_no_traceback() -> None:
    argv = [sys.executable, "-m", "images", "sparc"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("make images: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["arm64", "aarch64", "linux/arm64"])
def test_an_architecture_has_several_names(name: str) -> None:
    assert machine.architecture_named(name) == "arm64"


def test_pip_in_the_build_reaches_packages_as_this_machine_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/a/folder/of/this/machine")
    text = machine.pip_configuration(commands(tmp_path))
    assert "index-url = https://packages.example/simple" in text.splitlines()
    assert "/a/folder" not in text


def test_the_certificates_of_this_machine_are_found_where_pip_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    monkeypatch.setenv("PIP_CERT", str(bundle))
    assert machine.ca_bundle() == bundle


def test_a_failed_command_shows_its_last_lines_and_where_the_rest_is(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match=r"failed with 3 .*images.log.*\n(?s:.*)the reason"):
        commands(tmp_path).run("sh", "-c", "echo the reason; exit 3")


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="nonexistent-command is not installed"):
        commands(tmp_path).run("nonexistent-command")


def test_layers_are_kept_outside_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/somebody")
    assert cache_folder() == Path("/var/cache/somebody/deep-insight/images")


def test_a_command_that_takes_too_long_is_stopped_and_named(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match=r"^sleep took longer than 0 s"):
        commands(tmp_path).run("sleep", "600", timeout=0.05)


def test_a_stopped_command_leaves_no_child_behind(tmp_path: Path) -> None:
    """The child keeps the output open, so that the stop would wait for it if it lived."""
    script = "setsid sleep 600 & echo started; wait"
    process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    stop(process)
    assert process.returncode != 0
