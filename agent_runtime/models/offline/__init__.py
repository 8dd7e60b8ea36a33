"""The offline analyst: a deterministic analyst that plays every role as a Strands model.

From question and profiles to analyses (`understanding`), from analyses to a plan (`planning`) and
to programs (`programs`), from recorded calculations to prose (`prose`). `roles` decides each turn.
"""

from agent_runtime.models.offline.model import OfflineModel

__all__ = ["OfflineModel"]
