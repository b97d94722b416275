"""Sockets are closed in tests that need no engine; asyncio still works."""

import asyncio
import socket

import pytest


def test_connecting_fails_the_test() -> None:
    with (
        socket.socket() as client,
        pytest.raises(AssertionError, match="sockets are closed in this test"),
    ):
        client.connect(("127.0.0.1", 9))


async def test_an_event_loop_and_a_socket_pair_still_work() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        right.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(left, b"x")
        assert await asyncio.get_running_loop().sock_recv(right, 1) == b"x"
