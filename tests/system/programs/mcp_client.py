#!/usr/bin/env python3
"""The client of the Python package `mcp`, driven by lines of JSON.

usage: mcp_client.py MODE COMMAND [ARG ...]

Connects to COMMAND, an MCP server, in a mode of mcp.Client (legacy, auto or a
version) and says {"version": ...}.  Then it obeys the lines of its stdin

    {"id": 1, "do": "tools"}
    {"id": 2, "do": "tool", "name": "run_task", "arguments": {}}
    {"id": 3, "do": "listen"}
    {"id": 2, "do": "cancel"}

and answers each with {"id": 1, "result": ...} or {"id": 1, "error": "..."},
before which {"id": 2, "progress": 1.0} may come.  What the package has logged
is {"log": "..."}.  It ends with its stdin.
"""
import json
import logging
import os
import sys

import anyio
from mcp import Client, StdioServerParameters


def say(message):
    print(json.dumps(message), flush=True)


class SayLog(logging.Handler):
    def emit(self, record):
        say({"log": record.getMessage()})


async def tools(client, order):
    return [tool.name for tool in (await client.list_tools()).tools]


async def tool(client, order):
    async def on_progress(progress, total, message):
        say({"id": order["id"], "progress": progress})

    result = await client.call_tool(order["name"], order["arguments"],
                                    progress_callback=on_progress)
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


async def listen(client, order):
    """Opens a subscription and closes it again: what the server granted."""
    async with client.listen(tools_list_changed=True) as subscription:
        granted = subscription.honored
    return granted.model_dump(mode="json", by_alias=True, exclude_none=True)


ORDERS = {"tools": tools, "tool": tool, "listen": listen}


async def obey(client, order, scope):
    with scope:
        try:
            result = await ORDERS[order["do"]](client, order)
            say({"id": order["id"], "result": result})
        except Exception as error:  # of the server, or its answer is wrong
            say({"id": order["id"],
                 "error": f"{type(error).__name__}: {error}"})
    if scope.cancelled_caught:
        say({"id": order["id"], "error": "cancelled"})


async def main(mode, command, *args):
    logger = logging.getLogger("mcp")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(SayLog())
    server = StdioServerParameters(command=command, args=list(args),
                                   env=dict(os.environ))
    scopes = {}
    async with Client(server, mode=mode) as client, \
            anyio.create_task_group() as group:
        say({"version": client.protocol_version})
        async for line in anyio.wrap_file(sys.stdin):
            order = json.loads(line)
            if order["do"] == "cancel":
                scopes[order["id"]].cancel()
            else:
                scopes[order["id"]] = anyio.CancelScope()
                group.start_soon(obey, client, order, scopes[order["id"]])


anyio.run(main, *sys.argv[1:])
