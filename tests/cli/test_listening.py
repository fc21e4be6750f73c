"""Serving until told to stop, with streams that would never end by themselves."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse

from cli.listening import listen


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as looking:
        looking.bind(("127.0.0.1", 0))
        port: int = looking.getsockname()[1]
        return port


async def test_streams_are_ended_and_not_cut_off(unused_port: int) -> None:
    over = asyncio.Event()
    app = FastAPI()

    async def told() -> AsyncIterator[bytes]:
        yield b"event: first\n\n"
        await over.wait()
        yield b"event: last\n\n"

    app.add_api_route("/live", lambda: EventSourceResponse(told()))
    serving = asyncio.create_task(listen(app, "127.0.0.1", unused_port, over.set))
    heard = b""
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        await until_there(client, unused_port)
        async with client.stream("GET", f"http://127.0.0.1:{unused_port}/live") as stream:
            async for piece in stream.aiter_raw():
                heard += piece
                if heard.endswith(b"first\n\n"):
                    os.kill(os.getpid(), signal.SIGTERM)
        await serving

    assert heard.endswith(b"event: last\n\n")


async def test_what_was_loaded_before_serving_is_left_out_of_collections(
    unused_port: int,
) -> None:
    gc.unfreeze()
    serving = asyncio.create_task(listen(FastAPI(), "127.0.0.1", unused_port))
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        await until_there(client, unused_port)
        left_out = gc.get_freeze_count()
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
    gc.unfreeze()

    assert left_out > 0


async def until_there(client: httpx.AsyncClient, port: int) -> None:
    while True:
        try:
            await client.get(f"http://127.0.0.1:{port}/nothing")
        except httpx.ConnectError:
            await asyncio.sleep(0.01)
        else:
            return
