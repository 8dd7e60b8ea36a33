"""A kernel for one execution, which the session's code has never touched.

It is a fork of the template process like the session's kernel, confined alike, with a private
folder of its own; nothing of the workspace is imported. What must be trusted to check the session's
work (verification, report, audit) runs here.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from types import TracebackType

from executor.confinement import Confinement
from executor.errors import KernelUnavailableError
from executor.kernel_process import KernelProcess
from executor.template_process import TemplateProcess

GENERATION = 0
"""The `kernel_generation` of every one-shot kernel; the session's count from 1."""


class OneShotKernel:
    """`with OneShotKernel(...) as kernel:` a running kernel, killed and reaped at the end.

    Entering raises `KernelUnavailableError`.
    """

    def __init__(
        self, template: TemplateProcess, bounds: Confinement, environment: dict[str, str]
    ) -> None:
        self._template = template
        self._bounds = bounds
        self._environment = environment
        self._folder = ""
        self._kernel: KernelProcess | None = None
        self.exit_status: int | None = None

    def __enter__(self) -> KernelProcess:
        self._folder = tempfile.mkdtemp(prefix="executor-fresh-")
        bounds = dataclasses.replace(self._bounds, private_folder=self._folder)
        environment = {**self._environment, "HOME": self._folder, "TMPDIR": self._folder}
        try:
            self._kernel = KernelProcess.start(
                self._template, GENERATION, bounds, environment, fresh=True
            )
        except KernelUnavailableError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self._kernel

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._kernel is not None
        self._kernel.kill()
        try:
            self.exit_status = self._template.reap(self._kernel.pid)
        finally:
            self._kernel.close()
            shutil.rmtree(self._folder, ignore_errors=True)
