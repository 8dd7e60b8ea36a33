"""Becomes an executor whose template process fails in a way that nobody foresaw."""

from __future__ import annotations

from typing import Any

from executor.__main__ import main
from executor.template_process import TemplateProcess


def fail(*_: Any, **__: Any) -> tuple[int, int]:
    raise ZeroDivisionError("not foreseen")


if __name__ == "__main__":
    TemplateProcess.fork = fail  # type: ignore[method-assign]
    main()
