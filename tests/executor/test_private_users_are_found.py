from __future__ import annotations

from pathlib import Path

import pytest

from executor import private_user
from executor.private_user import FIRST_PRIVATE_USER, unused_user


@pytest.mark.parametrize(
    ("map_text", "lowest", "highest"),
    [
        ("0 0 4294967295\n", FIRST_PRIVATE_USER, 2**32 - 2),
        ("0 100000 65536\n", 32768, 65535),
        ("0 1000 1\n1 100000 65536\n", 32769, 65536),
    ],
    ids=["no namespace", "a container's range", "a rootless container's ranges"],
)
def test_a_private_user_is_within_what_the_namespace_knows(
    tmp_path: Path, map_text: str, lowest: int, highest: int
) -> None:
    uid_map = tmp_path / "uid_map"
    uid_map.write_text(map_text)
    for pid in (1, 99, 32_768, 4_194_304):
        user = unused_user(pid, uid_map)
        assert user is not None
        assert lowest <= user <= highest


@pytest.mark.parametrize("map_text", ["0 1000 1\n", "", "nonsense\n"])
def test_where_there_is_no_second_user_none_is_found(tmp_path: Path, map_text: str) -> None:
    uid_map = tmp_path / "uid_map"
    uid_map.write_text(map_text)
    assert unused_user(1, uid_map) is None


def test_two_kernels_do_not_share_a_user(tmp_path: Path) -> None:
    assert unused_user(100) != unused_user(101)


@pytest.mark.parametrize(
    ("release", "keeps"),
    [
        ("5.10.200", False),
        ("6.1.0-amd64", False),
        ("6.16.3", True),
        ("6.18.44-x", True),
        ("", False),
    ],
)
def test_the_version_of_linux_says_whether_programs_keep_the_effective_user(
    monkeypatch: pytest.MonkeyPatch, release: str, keeps: bool
) -> None:
    monkeypatch.setattr(private_user.platform, "release", lambda: release)
    assert private_user.exec_keeps_effective_user() is keeps
