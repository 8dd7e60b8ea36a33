"""Entry point; ends without the interpreter's teardown, which costs more than the plan itself."""

import gc
import os
import sys

gc.disable()

from plan.command_line import main  # noqa: E402 - a quarter of the imports' time is collection

if __name__ == "__main__":
    gc.freeze()
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
