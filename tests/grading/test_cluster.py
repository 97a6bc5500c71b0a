"""A class on a Dask cluster, with TLS and processes of its own: the marks are those of one machine."""

from __future__ import annotations

import datetime
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grader.cli.main import cli
from grader.core.errors import UsageError
from grader.gradebook.content import Content
from grader.grading.course import Course
from grader.grading.desk import content_now

RECEIVED = 1_780_000_000  # seconds since 1970
PAUSE = 0.4  # seconds
Start = Callable[..., subprocess.Popen[str]]
Run = Callable[..., Any]
Below = Callable[[int], list[int]]

EXITS = "import os\ndef double(x):\n    os._exit(3)\ndef spread(x):\n    return float(x.var())\n"
LOOPS = "def double(x):\n    while True:\n        pass\ndef spread(x):\n    return float(x.var())\n"
# the checks run in the judge process, a child of Dask's worker process
KILLS = '''

@points(1)
def test_name(student):
    """The worker dies under one of them."""
    if student.name() == "poison":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
'''


def _folder(place: Path, sources: dict[str, str]) -> Path:
    place.mkdir()
    for number, (name, text) in enumerate(sources.items()):
        (place / name).write_text(text)
        os.utime(place / name, (RECEIVED, RECEIVED + number))
    return place


def _class(place: Path, size: int, parts: Any) -> Path:
    """Every import takes a moment, so that no machine is through before it can be struck."""
    head = f"import time\ntime.sleep({PAUSE})\n"
    return _folder(
        place,
        {
            f"s{number:02}.py": f"{head}{parts.UNBIASED if number % 3 else parts.RIGHT}\nNUMBER = {number}\n"
            for number in range(size)
        },
    )


def _recorded(gradebook: Path) -> Counter[str]:
    """Key → how often it was recorded."""
    with suppress(sqlite3.OperationalError), sqlite3.connect(f"file:{gradebook}?mode=ro", uri=True) as db:
        return Counter(key for (key,) in db.execute("SELECT key FROM gradings"))
    return Counter()


def _wait_for(count: int, gradebook: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and _recorded(gradebook).total() < count:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()


def _workers(pids: list[int]) -> list[int]:
    """Dask's worker processes: those with a judge process below them."""
    found = []
    for pid in pids:
        with suppress(OSError):
            if b"grader.grading.spawned" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]))
    return found


def _checks(results: Path) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Submission → check → verdict, reason, points, message."""
    return {
        one["submission"]: {
            check["id"]: (check["status"], check["reason"], check["points"], check["message"])
            for check in one["checks"]
        }
        for one in json.loads(results.read_text())
    }


@pytest.mark.slow
def test_a_killed_worker_and_poisoned_submissions_change_nothing(
    start_grader: Start,
    grader: Run,
    course_with: Callable[..., Course],
    processes_below: Below,
    all_gone: Callable[..., list[int]],
    tmp_path: Path,
    parts: Any,
) -> None:
    """Marks byte for byte and verdicts are those of one machine; each content on record once; no process is left."""
    course = course_with(spec=parts.SPEC.replace("wall: 3s", "wall: 1s"))
    folder = _class(tmp_path / "in", 9, parts)
    for name, text in {"exits.py": EXITS, "loops.py": LOOPS}.items():
        (folder / name).write_text(text)
        os.utime(folder / name, (RECEIVED, RECEIVED))

    def words(name: str, *more: str) -> list[object]:
        files = [word for kind in ("csv", "json") for word in (f"--{kind}", tmp_path / f"{name}.{kind}")]
        return ["batch", "tiny", folder, "--gradebook", tmp_path / f"{name}.db", "--jobs", 2, *files, *more]

    assert grader(*words("alone"), course=course, timeout=300).code == 0
    process = start_grader(*words("cluster", "--cluster", "local"), course=course)
    _wait_for(3, tmp_path / "cluster.db", process)
    below = processes_below(process.pid)
    workers = _workers(below)
    assert len(set(workers)) == 2
    os.kill(workers[0], signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err
    assert (tmp_path / "cluster.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    verdicts = _checks(tmp_path / "cluster.json")
    assert verdicts == _checks(tmp_path / "alone.json")
    assert verdicts["exits"]["test_double"][0] == "crashed"
    assert verdicts["loops"]["test_double"][0] == "timeout"
    assert set(_recorded(tmp_path / "cluster.db").values()) == {1}
    assert _recorded(tmp_path / "cluster.db") == _recorded(tmp_path / "alone.db")
    assert all_gone(below) == []


@pytest.mark.slow
def test_what_its_worker_dies_under_three_times_is_set_aside(
    grader: Run, course_with: Callable[..., Course], tmp_path: Path, parts: Any
) -> None:
    """It is the grader's error and provisional, not a zero; the others have their marks; exit 1."""
    name = '\n\ndef name():\n    return "{}"\n'
    solution = parts.SOLUTION + '\n\ndef name():\n    # BEGIN SOLUTION\n    return ""\n    # END SOLUTION\n'
    course = course_with(
        spec=parts.SPEC.replace("points: 10", "points: 11"),
        solution=solution,
        hidden=parts.HIDDEN.replace("import pytest", "import os\nimport signal\nimport time\n\nimport pytest")
        + KILLS,
    )
    folder = _folder(
        tmp_path / "in", {f"{who}.py": parts.RIGHT + name.format(who) for who in ("ann", "poison", "zoe")}
    )
    files = ["--gradebook", tmp_path / "book.db", "--json", tmp_path / "out.json"]
    done = grader(
        "batch", "tiny", folder, *files, "--jobs", 1, "--cluster", "local", course=course, timeout=300
    )
    assert done.code == 1, done.err
    assert "poison: set aside, the grader failed" in done.out
    verdicts = _checks(tmp_path / "out.json")
    assert {one[0] for one in verdicts["poison"].values()} == {"grader_error"}
    assert {one[0] for who in ("ann", "zoe") for one in verdicts[who].values()} == {"passed"}
    with sqlite3.connect(tmp_path / "book.db") as db:
        assert sorted(tries for (tries,) in db.execute("SELECT tries FROM gradings")) == [1, 1, 3]


@pytest.mark.slow
def test_ctrl_c_ends_the_cluster_and_the_same_command_goes_on(
    start_grader: Start,
    grader: Run,
    tiny: Course,
    processes_below: Below,
    all_gone: Callable[..., list[int]],
    tmp_path: Path,
    parts: Any,
) -> None:
    """SIGINT to the whole group, as a terminal sends it: exit 130, nobody left, nothing graded twice."""
    book = tmp_path / "book.db"
    words = ["batch", "tiny", _class(tmp_path / "in", 9, parts), "--gradebook", book, "--jobs", 2]
    process = start_grader(*words, "--cluster", "local", course=tiny)
    _wait_for(2, book, process)
    below = processes_below(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, out + err
    assert "Traceback" not in out + err
    assert "interrupted" in err
    assert "of 9 hand-ins are graded and on record; the same command goes on from there" in err
    assert all_gone(below) == []
    assert grader(*words, course=tiny, timeout=300).code == 0
    assert sorted(_recorded(book).values()) == [1] * 9


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask's settings name an authority of this test and one certificate that it gave out."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(secret)
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", str(tmp_path / "cert.pem"))
    for role in ("CLIENT", "SCHEDULER", "WORKER"):
        for kind in ("cert", "key"):
            variable = f"DASK_DISTRIBUTED__COMM__TLS__{role}__{kind.upper()}"
            monkeypatch.setenv(variable, str(tmp_path / f"{kind}.pem"))


def _dask(*words: object, log: Path, **more: str) -> subprocess.Popen[bytes]:
    """A program of Dask, as an administrator starts it."""
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *map(str, words)],
            env={**environment, **more},
            stdout=file,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture
def scheduler(certified: None, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a scheduler with TLS, and its process."""
    told = tmp_path / "scheduler.json"
    where = ["--protocol", "tls", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--dashboard-address"]
    process = _dask("scheduler", *where, "127.0.0.1:0", "--scheduler-file", told, log=tmp_path / "s.log")
    address = ""
    while process.poll() is None and not address:
        with suppress(OSError, ValueError):
            address = json.loads(told.read_text())["address"]
        time.sleep(0.05)
    yield address, process
    process.kill()
    process.wait()


@pytest.fixture
def worker(
    scheduler: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """worker(VARIABLE=value) starts one with these in its environment."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**more: str) -> subprocess.Popen[bytes]:
        offer = ["--nthreads", 1, "--resources", "pen=1", "--no-nanny", "--no-dashboard", "--memory-limit", 0]
        place = ["--local-directory", tmp_path]
        started.append(_dask("worker", scheduler[0], *offer, *place, log=tmp_path / "w.log", **more))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_worker_with_another_secret_refuses_and_a_lost_scheduler_is_told(
    scheduler: tuple[str, subprocess.Popen[bytes]],
    worker: Callable[..., subprocess.Popen[bytes]],
    start_grader: Start,
    grader: Run,
    tiny: Course,
    tmp_path: Path,
    parts: Any,
) -> None:
    """Nobody is graded by other seeds; what was graded before the scheduler went is on record, and exit 1."""
    address, process = scheduler
    book = tmp_path / "book.db"
    words = ["batch", "tiny", _class(tmp_path / "in", 9, parts), "--gradebook", book, "--cluster", address]
    other = worker(GRADER_SECRET="quite another secret of somebody else")
    refused = grader(*words, course=tiny, timeout=300)
    assert refused.code == 2, refused.err
    assert "secret (fingerprint)" in refused.err
    assert "worker tls://127.0.0.1:" in refused.err
    assert not _recorded(book)
    other.kill()
    worker()
    grading = start_grader(*words, course=tiny)
    _wait_for(2, book, grading)
    process.kill()
    out, err = grading.communicate(timeout=300)
    assert grading.returncode == 1, out + err
    assert f"{address}: the scheduler is gone" in err
    assert "of 9 hand-ins are graded and on record; the same command goes on from there" in err
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://127.0.0.1:8786", r'expected "local" or tls://HOST:PORT. Without TLS, whoever reaches'),
        ("127.0.0.1:8786", "tls://HOST:PORT"),
        ("tls://127.0.0.1:8786", "no certificates are configured; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE"),
    ],
)
def test_what_is_not_encrypted_is_refused(address: str, told: str, tiny: Course, tmp_path: Path) -> None:
    """Plain TCP, by name or by default, and TLS without certificates: the reason, and no gradebook is made."""
    with pytest.raises(UsageError, match=told):
        _here("batch", "tiny", tmp_path, "--cluster", address, tiny=tiny, tmp_path=tmp_path)
    assert not (tmp_path / "book.db").exists()


@pytest.mark.parametrize("command", [["batch", "tiny", "."], ["regrade", "tiny"]])
def test_a_missing_extra_is_named(
    command: list[str], tiny: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Dask, the error says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "grader.grading.cluster", raising=False)
    with pytest.raises(UsageError, match=r"pip install 'course-grader\[cluster\]'"):
        _here(*command, "--cluster", "local", tiny=tiny, tmp_path=tmp_path)


def _here(*words: object, tiny: Course, tmp_path: Path) -> None:
    place = ["--course", tiny.root, *words, "--gradebook", tmp_path / "book.db"]
    CliRunner().invoke(cli, [*map(str, place)], catch_exceptions=False)


def _changed(content: Content) -> dict[str, Content]:
    other = replace(content.hashes, checks="0" * 16), replace(content.hashes, reference="1" * 16)
    return {
        "checks": replace(content, hashes=other[0]),
        "reference": replace(content, hashes=other[1]),
        "numpy": replace(content, versions={**content.versions, "numpy": "0.1"}),
        "grader": replace(content, versions={**content.versions, "grader": "0.0.1"}),
        "limits": replace(content, limits=replace(content.limits, cpu=1e6)),
    }


def test_a_worker_compares_its_course_and_its_versions(tiny: Course, tmp_path: Path) -> None:
    """Checks, reference, limits, grader or package: each difference is refused by name; the same content is taken."""
    from grader.grading.cluster_worker import Order, _require_same
    from grader.grading.messages import Task

    here = content_now(tiny, "tiny")
    order = Order(tiny, "tiny", None, Task(0, "ann"), tmp_path, here, "topic")
    _require_same(order)
    for name, other in _changed(here).items():
        with pytest.raises(UsageError, match=f"not what the grading was started with: {name} "):
            _require_same(replace(order, content=other))
    with pytest.raises(UsageError, match="there is no course here"):
        _require_same(replace(order, course=Course(tmp_path / "none")))


def test_only_what_requires_a_gpu_asks_for_one(tiny: Course) -> None:
    """One pen a submission; as many GPUs as a requirement names, none for a wish."""
    from grader.grading.cluster import needs

    assert needs(tiny.assignment("tiny")) == {"pen": 1}
    one, two = SimpleNamespace(devices=1), SimpleNamespace(devices=2)
    for gpu, wanted in (
        (SimpleNamespace(required=True, budget=one, checks={}), {"pen": 1, "GPU": 1}),
        (
            SimpleNamespace(required=True, budget=one, checks={"test_fit": two, "test_eval": one}),
            {"pen": 1, "GPU": 2},
        ),
        (SimpleNamespace(required=False, budget=two, checks={}), {"pen": 1}),
    ):
        assignment: Any = SimpleNamespace(gpu=gpu)
        assert needs(assignment) == wanted
