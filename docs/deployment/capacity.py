#!/usr/bin/env python3
"""How much of everything N carousels a day need. Prints docs/deployment/capacity.md's tables, with the arithmetic.

python3 docs/deployment/capacity.py [CAROUSELS_A_DAY …]
"""

import math
import sys

# Measured; capacity.md says where. Per carousel of seven slides in a chat.
RENDER_MS = 96  # of processor time: drawing and encoding, no slide from the cache
OTHER_MS = 67  # of all our other processes
MESSAGES = 9  # Bot API messages that count against the limits
EVENTS = 16  # rows of the outbox
ROWS = 35  # all rows, events included
DATABASE_KB = 21  # rows with indexes that stay a year
EVENT_KB = 23  # rows of events with indexes, for 7 days
BLOB_MB = 1.0  # seven JPEG files
HISTORY_EVENTS = 61
HISTORY_KB = 22
ACTIONS = 15  # start, 11 activities, search attributes, status
PROCESS_MB = {"gateway": 50, "workflow": 38, "ai": 44, "render": 106, "persistence": 52, "delivery": 60}
OUTBOX_EVENTS_PER_SECOND = 13_600  # append with eight writers at 10^6 events, PostgreSQL

# Assumed.
PEAK = 3  # the busiest second, compared with the mean
USE = 0.6  # of a core before a pool gets another process
MODEL_SECONDS = 20  # of model calls per carousel, when a model writes
AI_CONCURRENCY = 8
WORKFLOW_TASKS_PER_CORE = 250  # a second
PARTITION_TASKS = 500  # a second, one partition of a task queue
BOT_MESSAGES = 30  # a second and bot: Telegram's limit
EVENT_DAYS, CAROUSEL_DAYS, HISTORY_DAYS = 7, 365, 3
EVENT_BYTES_REDIS = 700
PRICE = {"a million actions": 25.0, "a core for a month": 25.0, "a GB of bucket for a month": 0.023,
         "a GB of database for a month": 0.115}


def plan(n: int) -> list[tuple[str, str, str]]:
    """Rows: what, how much, how it was calculated."""
    mean = n / 86_400
    peak = mean * PEAK
    up = lambda x, least=1: max(least, math.ceil(x))
    render = peak * RENDER_MS / 1000
    other = peak * OTHER_MS / 1000
    messages = peak * MESSAGES
    bots = up(messages / BOT_MESSAGES)
    writes = peak * ROWS
    tasks = peak * 12
    database_gb = n * (DATABASE_KB * CAROUSEL_DAYS + EVENT_KB * EVENT_DAYS) / 1e6
    blob_tb = n * BLOB_MB * CAROUSEL_DAYS / 1e6
    actions = n * 30 * ACTIONS / 1e6
    cores = up(render / USE) + up(other / USE)
    money = (actions * PRICE["a million actions"] + cores * PRICE["a core for a month"]
             + blob_tb * 1000 * PRICE["a GB of bucket for a month"]
             + database_gb * PRICE["a GB of database for a month"])
    return [
        ("carousels a second, mean and peak", f"{mean:.3g}, {peak:.3g}", f"{n} / 86,400; × {PEAK}"),
        ("render processes (1 core)", f"{up(render / USE)}", f"{peak:.3g}/s × {RENDER_MS} ms / {USE}"),
        ("cores of all other pools", f"{up(other / USE)}", f"{peak:.3g}/s × {OTHER_MS} ms / {USE}"),
        ("ai processes, if a model writes", f"{up(peak * MODEL_SECONDS / AI_CONCURRENCY)}",
         f"{peak:.3g}/s × {MODEL_SECONDS} s / {AI_CONCURRENCY} calls at a time"),
        ("Bot API messages a second, bots", f"{messages:.3g}, {bots}", f"{peak:.3g}/s × {MESSAGES}; / {BOT_MESSAGES}"),
        ("database rows written a second", f"{writes:.3g}", f"{peak:.3g}/s × {ROWS}"),
        ("events a second, share of the outbox", f"{peak * EVENTS:.3g}, {peak * EVENTS / OUTBOX_EVENTS_PER_SECOND:.1%}",
         f"{peak:.3g}/s × {EVENTS}; / {OUTBOX_EVENTS_PER_SECOND:,}/s"),
        ("database size after a year", size(database_gb), f"{n} × ({DATABASE_KB} KB × {CAROUSEL_DAYS} + {EVENT_KB} KB × {EVENT_DAYS}) days"),
        ("blobs after a year", size(blob_tb * 1000), f"{n} × {BLOB_MB} MB × {CAROUSEL_DAYS} days"),
        ("Temporal: histories", size(n * HISTORY_KB * HISTORY_DAYS / 1e6), f"{n} × {HISTORY_KB} KB × {HISTORY_DAYS} days"),
        ("Temporal: activity tasks a second, partitions", f"{tasks:.3g}, {up(tasks / PARTITION_TASKS, 4)}",
         f"{peak:.3g}/s × 12; / {PARTITION_TASKS}, at least 4"),
        ("Temporal: actions a month", f"{actions:.3g} million", f"{n} × 30 × {ACTIONS}"),
        ("Redis", size(n * EVENTS * EVENT_BYTES_REDIS * EVENT_DAYS / 1e9),
         f"{n} × {EVENTS} × {EVENT_BYTES_REDIS} B × {EVENT_DAYS} days"),
        ("money a month, without models", f"${money:,.0f}", "actions, cores, bucket, database; prices in capacity.py"),
    ]


def size(gb: float) -> str:
    return f"{gb:.3g} GB" if gb < 1000 else f"{gb / 1000:.3g} TB"


for number in [int(float(text)) for text in sys.argv[1:]] or [10**3, 10**5, 10**7]:
    print(f"### {number:,} a day\n\n| what | how much | how |\n|---|---|---|")
    for row in plan(number):
        print("| " + " | ".join(row) + " |")
    print()
