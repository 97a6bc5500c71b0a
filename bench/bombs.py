"""``python -m bench.bombs``: how far submissions that want all memory get above a limit, held by groups and sampled.

The judge's word is not taken for it: a control group of our own, without a limit, has the fork server and all that it
forks, and where that cannot be (its processes are in groups of theirs) the submission's own group says its peak.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics

from grader.core.limits import Limits
from grader.pen import wire
from grader.sandbox import cgroup, talk, watch
from grader.sandbox.pen import Pen
from grader.sandbox.session import Stopped

MIB = 1 << 20
LIMITS = Limits(cpu=60.0, wall=60.0, memory=256 * MIB, files=64 * MIB, processes=16)
BOMBS = {
    "one process": "held = [bytearray(b'x' * (1 << 20)) for _ in range(1200)]",
    "memory shared by `mmap`": "m = mmap.mmap(-1, 1200 << 20)\n    for i in range(0, 1200 << 20, 4096): m[i] = 1",
    "eight processes": "for _ in range(3): os.fork()\n"
    "    held = [bytearray(b'x' * (1 << 20)) for _ in range(150)]\n    time.sleep(60)",
    "files in `/dev/shm`": "with open('/dev/shm/a', 'wb', buffering=0) as file:\n"
    "        while file.write(bytes(1 << 20)): pass",
}
TICKS = {"": 0.05, ", late": 0.5}  # the judge's looks, in seconds; the second as on a machine that starves it


def explode(body: str, mode: str) -> tuple[float, str]:
    """(MiB above the limit that were really in use, how it ended) of one bomb in a pen of its own."""
    watched = cgroup.find("auto") if mode == "off" else cgroup.NONE
    around = watched.make(1 << 40, 4096)
    with Pen.start(["numpy"], cgroups=mode) as pen:
        if around is not None:
            for pid in watch.tree(pen._server._process.pid):
                around.enter(pid)
        session = pen.session()
        session.load({"a.py": f"import mmap, os, time\ndef f():\n    {body}\n".encode()}, "a.py", LIMITS)
        channel = session.open(LIMITS, 1)
        request = {"id": 1, "op": "call", "name": "f", "on": None, "args": (), "kwargs": {}, "keep": False}
        try:
            ended = wire.decode(channel.exchange(wire.encode({**request, "observed": False})))
            outcome = ended.get("raised", {}).get("type", "value")
        except Stopped as stopped:
            outcome = stopped.status
        peak = channel.close().peak_bytes
        if around is not None:
            peak = around.peak()
        session.close()
    if around is not None:
        around.end()
    return (peak - LIMITS.memory) / MIB, outcome


def main() -> None:
    """Print the table of decision 16."""
    parser = argparse.ArgumentParser(prog="python -m bench.bombs", description=__doc__)
    parser.add_argument("--count", type=int, default=5, help="times that each is tried [5]")
    parser.add_argument("modes", nargs="*", help="of auto, v2, v1, off [auto off]")
    chosen = parser.parse_args()
    columns = [
        (cgroup.find(mode).layer + name, mode, tick)
        for mode in chosen.modes or ("auto", "off")
        for name, tick in TICKS.items()
    ]
    print(f"| bomb | {' | '.join(column[0] for column in columns)} |\n|---{'|---' * len(columns)}|")
    for bomb, body in BOMBS.items():
        cells = [measured(body, mode, tick, chosen.count) for _, mode, tick in columns]
        print(f"| {bomb} | {' | '.join(cells)} |", flush=True)
    print(
        f"\nLinux {platform.release()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {datetime.date.today()}"
    )


def measured(body: str, mode: str, tick: float, count: int) -> str:
    """Median and worst in MiB above the limit, and the endings."""
    talk._TICK = tick
    found = [explode(body, mode) for _ in range(count)]
    above = [one[0] for one in found]
    endings = "/".join(sorted({one[1] for one in found}))
    return f"{statistics.median(above):.0f}, {max(above):.0f}: {endings}"


if __name__ == "__main__":
    main()
