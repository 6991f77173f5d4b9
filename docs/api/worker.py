#!/usr/bin/env python3
"""A worker in Python. It serves the queue `ai`: it writes carousels without our writers and without a model.

pip install temporalio jsonschema
python3 docs/api/worker.py localhost:7233

Our programs serve the other queues: `workers --pool workflow,render,persistence,delivery`. AI_PROVIDERS of the
persistence pool decides which provider the input names. docs/api/activities.md lists the activities of each queue.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError
from temporalio import activity
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

SCHEMAS = json.loads(Path(__file__).with_name("activities.json").read_text(encoding="utf-8"))


def refusal(kind: str, reason: str) -> ApplicationError:
    """A failure that another attempt can't change. The workflow undoes its steps and reports the reason."""
    return ApplicationError(reason, type=kind, non_retryable=True)


def check(name: str, value: dict) -> dict:
    """Returns the value if it has the published form of this type."""
    try:
        Draft202012Validator(SCHEMAS["$defs"][name]).validate(value)
    except ValidationError as error:
        # The message of a validation error contains the value, so it must not get into a history.
        raise refusal("InvalidInput", f"{name}: {error.json_path} does not satisfy the schema's {error.validator}") from None
    return value


@activity.defn
async def analyze_topic(given: dict) -> dict:
    brief = check("AnalyzeInput", given)["brief"]
    analysis = {"title": brief["topic"], "audience": "developers", "frame": "steps"}
    # `calls` lists the requests to a model, with tokens and cost, for the user's budget.
    return check("TopicAnalyzed", {"analysis": analysis, "calls": []})


@activity.defn
async def write_slides(given: dict) -> dict:
    given = check("WriteInput", given)
    title = given["analysis"]["title"]
    steps = [f"Step {number}" for number in range(1, given["brief"]["slides"] - 1)]
    slides = [
        {"kind": "title", "title": title},
        *({"kind": "concept", "title": step, "body": f"{step} of: {title}."} for step in steps),
        {"kind": "summary", "title": "In short", "items": steps},
    ]
    draft = {"slides": slides, "caption": f"{title}, in {len(steps)} steps.", "hashtags": ["python"]}
    return check("SlidesWritten", {"draft": draft, "calls": []})


@activity.defn(dynamic=True)
async def other(_: Sequence[RawValue]) -> None:
    """The other activities of this queue. Temporal gives their tasks to this worker too."""
    raise refusal("ProviderFailed", f"this worker has no {activity.info().activity_type}")


async def main() -> None:
    client = await Client.connect(sys.argv[1])
    await Worker(client, task_queue="ai", activities=[analyze_topic, write_slides, other]).run()


if __name__ == "__main__":
    asyncio.run(main())
