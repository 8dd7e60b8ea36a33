"""Spares every test what takes long and says nothing about the product."""

import gc
import os
from collections.abc import Iterator
from functools import cache

import botocore.loaders
import httpx
import pulumi.runtime.resource
import pytest
from pulumi.runtime.proto.source_pb2 import StackTrace

COLLECTOR_THRESHOLDS = (100_000, 20, 100)

gc.disable()
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # hundreds of images that no test looks at


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """The collector need not look through modules, SDK classes and service models, which stay:
    that took a third of the time of tests that make many objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """What is left ends with the process; pytest would look through it twice more."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def service_models() -> Iterator[None]:
    """Read once in a process and not by every SDK session: each takes tenths of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(botocore.loaders.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def certificate_authorities() -> Iterator[None]:
    """Read once in a process and not by every client, most of which speak plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context)
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def no_stack_traces() -> Iterator[None]:
    """Where a resource was declared is for the engine's messages: a quarter of a program's run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.runtime.resource, "_get_stack_trace", StackTrace)
        yield
