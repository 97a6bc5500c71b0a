"""A bare subprocess instead of a sandbox: for students on their own machine, and for --unsafe-no-sandbox."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import grader.pen
from grader.core.limits import Limits
from grader.pen import plain, wire
from grader.sandbox.session import Measured, Stopped

_PEN = Path(grader.pen.__file__).parent
_KEPT = 64 << 10  # bytes of output


class PlainSession:
    """A `Session` without protection. Needs nothing but Python: Linux, macOS, Windows."""

    layers: tuple[str, ...] = ()

    def __init__(self, packages: Sequence[str], data: Path | None = None) -> None:
        self._packages, self.data = tuple(packages), str(data or "")
        self._process: _Process | None = None
        self._printed = ""
        self._files: Mapping[str, bytes] = {}
        self._entry = ""
        self._import_limits = Limits()

    def load(self, files: Mapping[str, bytes], entry: str, limits: Limits) -> bytes:
        self._files, self._entry, self._import_limits = files, entry, limits
        body = self._start()
        assert self._process is not None
        self._printed = self._process.printed()
        return body

    def open(self, limits: Limits, seed: int) -> PlainChannel:
        if self._process is None or not self._process.usable:
            self.close()
            self._start()
        assert self._process is not None
        return PlainChannel(self._process, limits, seed)

    def output(self) -> str:
        return self._printed

    def imported(self) -> Measured:
        return Measured(0.0, 0.0, 0)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _start(self) -> bytes:
        self._process = _Process(self._packages)
        order = {"op": "load", "files": dict(self._files), "entry": self._entry}
        body = self._process.ask(wire.encode(order), time.monotonic() + self._import_limits.wall)
        report = wire.decode(body)
        self._process.can_fork = isinstance(report, dict) and report.get("can_fork") is True
        return body


class PlainChannel:
    """A `Channel` to the subprocess."""

    def __init__(self, process: _Process, limits: Limits, seed: int) -> None:
        self._process, self._limits = process, limits
        self._started = time.monotonic()
        self._deadline = self._started + limits.wall
        process.take_output()
        process.write(wire.encode({"op": "open", "seed": seed, "cpu": limits.cpu, "memory": limits.memory}))

    def exchange(self, body: bytes) -> bytes:
        if len(self._process.peek_output()) > self._limits.output:
            self._process.kill()
            raise Stopped("crashed", "output")
        return self._process.ask(body, self._deadline)

    def cpu_seconds(self) -> float:
        return self._process.cpu_seconds()

    def excused_seconds(self) -> float | None:
        return None

    def memory_bytes(self) -> tuple[int, int]:
        return 0, 0

    def output(self) -> str:
        return self._process.printed()

    def close(self) -> Measured:
        cpu, peak = 0.0, 0
        if self._process.usable:
            try:
                used = wire.decode(self._process.ask(b"", self._deadline + 1))
                cpu, peak = float(used["cpu"]), int(used["peak"])
            except (Stopped, wire.WireError, KeyError, TypeError, ValueError):
                self._process.kill()
        if not self._process.can_fork:
            self._process.usable = False
        return Measured(time.monotonic() - self._started, cpu, peak)


class _Process:
    """The subprocess, with threads that read its pipes (a portable way to wait with a deadline)."""

    def __init__(self, packages: Sequence[str]) -> None:
        command = [sys.executable, "-I", "-W", "ignore", str(_PEN), "plain", *packages]
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GRADER_")}
        # the process is ended with SIGKILL and cannot tidy up; what it writes lies in a folder of ours
        self._folder = tempfile.mkdtemp(prefix="grader-check-")
        scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder)
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **kept,
                **threads,
                **scratch,
                "PYTHONIOENCODING": "utf-8",
                "PYTHONDONTWRITEBYTECODE": "1",
                "MPLBACKEND": "agg",
            },
            start_new_session=os.name == "posix",
        )
        self.usable = True
        self.can_fork = False
        self._bodies: queue.Queue[bytes | None] = queue.Queue()
        self._output = bytearray()
        self._stamp = 0.0
        threading.Thread(target=self._read_frames, daemon=True).start()
        self._drain = threading.Thread(target=self._read_output, daemon=True)
        self._drain.start()

    def write(self, body: bytes) -> None:
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.write(wire.frame(body))
            self._popen.stdin.flush()
        except (BrokenPipeError, OSError):
            pass  # the reader will see the end

    def ask(self, body: bytes, deadline: float) -> bytes:
        self.write(body)
        try:
            answer = self._bodies.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self.kill()
            raise Stopped("timeout", "wall") from None
        if answer is None or answer.startswith(plain.DIED):
            code = int(answer[len(plain.DIED) :]) if answer else self._exit_code()
            if answer is None:
                self.kill()
            raise self._died(code)
        return answer

    def cpu_seconds(self) -> float:
        """CPU of the subprocess and its children, where the system tells; else the wall clock."""
        if sys.platform == "linux":
            try:
                total = 0.0
                pids = [self._popen.pid]
                for pid in pids:
                    children = Path(f"/proc/{pid}/task/{pid}/children")
                    pids += [int(child) for child in children.read_text().split()]
                    total += time.clock_gettime((~pid << 3) | 2)
                return total
            except OSError:
                pass
        return time.monotonic()

    def take_output(self) -> None:
        self._output.clear()

    def peek_output(self) -> bytearray:
        return self._output

    def printed(self) -> str:
        time.sleep(0.002)  # the reading thread may be one step behind
        return bytes(self._output[:_KEPT]).decode("utf-8", "replace")

    def kill(self) -> None:
        self.usable = False
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.kill()
        self._popen.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()

    def _exit_code(self) -> int:
        try:
            return self._popen.wait(2)
        except subprocess.TimeoutExpired:
            return 0

    def _died(self, code: int) -> Stopped:
        if code in (-getattr(signal, "SIGXCPU", 24), -9) and os.name == "posix":
            return Stopped("timeout", "cpu")
        return Stopped("crashed", "signal" if code < 0 else "exit")

    def _read_frames(self) -> None:
        stream = self._popen.stdout
        assert stream is not None
        try:
            while len(header := stream.read(wire.HEADER)) == wire.HEADER:
                self._bodies.put(stream.read(wire.body_length(header)))
        except (wire.WireError, ValueError, OSError):
            pass
        stream.close()
        self._bodies.put(None)

    def _read_output(self) -> None:
        stream = self._popen.stderr
        assert stream is not None
        try:
            while part := os.read(stream.fileno(), 65536):
                if len(self._output) < 1 << 28:
                    self._output += part
        except OSError:
            pass
        stream.close()
