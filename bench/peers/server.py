"""A small MCP server for shell commands as people write one with FastMCP:
five tools, tasks in memory, output in memory."""
import asyncio
import os
import uuid

os.environ.setdefault("FASTMCP_LOG_LEVEL", "ERROR")  # before it is read

from fastmcp import FastMCP

mcp = FastMCP("peer")
tasks = {}


async def spawn(command):
    return await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE)


@mcp.tool
async def execute(command: str) -> str:
    """Run a shell command and wait for it."""
    out, _ = await (await spawn(command)).communicate()
    return out.decode()


@mcp.tool
async def start(command: str) -> str:
    """Start a shell command in the background."""
    task = {"id": str(uuid.uuid4()), "state": "running", "output": ""}
    task["process"] = await spawn(command)

    async def follow():
        out, _ = await task["process"].communicate()
        task["output"] = out.decode()
        task["state"] = ("completed" if task["process"].returncode == 0
                         else "failed")

    task["follow"] = asyncio.create_task(follow())
    tasks[task["id"]] = task
    return task["id"]


def view(task):
    return {key: task[key] for key in ("id", "state", "output")}


@mcp.tool
def check(id: str) -> dict:
    """The state and output of a task."""
    return view(tasks[id])


@mcp.tool(name="list")
def list_all() -> list[dict]:
    """All tasks."""
    return [view(task) for task in tasks.values()]


@mcp.tool
def cleanup(id: str) -> str:
    """Kill a task and forget it."""
    tasks.pop(id)["process"].kill()
    return "ok"


mcp.run(show_banner=False)
