import os
from pathlib import Path

from images.build import snapshot_of


def seen_by_a_builder(folder: Path) -> dict[str, tuple[int, float, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.stat().st_mtime,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def test_two_clones_of_the_same_sources_look_the_same_to_a_builder(tmp_path: Path) -> None:
    for name, moment, mode in (("first", 10**9, 0o644), ("second", 2 * 10**9, 0o664)):
        package = tmp_path / name / "package"
        (package / "__pycache__").mkdir(parents=True)
        (package / "module.py").write_text("x = 1\n")
        (package / "__pycache__" / "module.pyc").write_text(name)
        (package / "module.py").chmod(mode)
        os.utime(package / "module.py", (moment, moment))
        snapshot_of(tmp_path / name, tmp_path / f"{name}-snapshot")
    first, second = (seen_by_a_builder(tmp_path / f"{n}-snapshot") for n in ("first", "second"))
    assert set(first) == {"package", "package/module.py"}
    assert first == second
