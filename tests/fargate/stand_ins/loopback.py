"""Addresses on the loopback interface that no other stand-in of this machine uses."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Sequence

RESERVATION_PORT = 8079
HOSTS = 250


class LoopbackNetwork:
    """One 127.N.0.0/16, reserved by a listening socket until `close`."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """`numbers`: values of N to choose from."""
        for number in random.sample(numbers, len(numbers)):
            self._reservation = socket.socket()
            try:
                self._reservation.bind((f"127.{number}.255.254", RESERVATION_PORT))
            except OSError:
                self._reservation.close()
                continue
            self._number = number
            self._hosts = itertools.count()
            return
        raise AssertionError("every loopback network is in use")

    def next_address(self) -> str:
        """An address that was not given out before."""
        high, low = divmod(next(self._hosts), HOSTS)
        return f"127.{self._number}.{high}.{low + 1}"

    def close(self) -> None:
        """Let others have the network."""
        self._reservation.close()
