"""A judge process that is started afresh, by a parent with threads: such a parent must not fork.

A fork copies the locks that other threads hold, and nobody is left to open them: Dask's workers always have threads.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from grader.grading.messages import Plan
from grader.grading.pool import Process
from grader.grading.worker import main


class _Spawned(subprocess.Popen[bytes]):
    def join(self, timeout: float | None = None) -> None:
        self.wait(timeout)


def spawned(plan: Plan) -> tuple[Process, Connection]:
    """A judge process and our end of its pipe. It ends with the thread that calls this."""
    ours, theirs = Pipe()
    process = _Spawned(
        [sys.executable, "-P", "-m", __name__, str(theirs.fileno())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,
        pass_fds=(theirs.fileno(), plan.gate),
        process_group=0,  # Ctrl-C is for the command, not for its workers' judges
    )
    theirs.close()
    ours.send(plan)
    return process, ours


if __name__ == "__main__":
    signal.pthread_sigmask(
        signal.SIG_SETMASK, ()
    )  # what a submission may do does not depend on who started us
    pipe = Connection(int(sys.argv[1]))
    main(pipe.recv(), pipe)
