"""Which resource types take tags, from the provider's own classes."""

from __future__ import annotations

import importlib
import inspect
from functools import cache


@cache
def is_taggable(type_: str) -> bool:
    """Whether the AWS provider's class of a type token has the input ``tags``."""
    package, module, name = type_.split(":")
    if package != "aws":
        return False
    folder = module.split("/", 1)[0]
    try:
        owner = importlib.import_module(f"pulumi_aws.{folder}")
    except ImportError:
        return False
    class_ = getattr(owner, name, None)
    initializer = getattr(class_, "_internal_init", None)
    return initializer is not None and "tags" in inspect.signature(initializer).parameters
