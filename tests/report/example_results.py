"""Results with every verdict, built by hand: what the report tests print."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from grader.core.limits import Limits
from grader.core.result import CheckResult, Detail, Hashes, Manual, Measured, SubmissionResult, Visibility
from grader.core.verdict import Reason, Status


def check(
    name: str,
    title: str,
    visibility: Visibility,
    verdict: tuple[str, str | None],
    points: tuple[Fraction | int, int],
    message: str = "",
    misconception: str | None = None,
    detail: Detail = Detail(),  # noqa: B008  (frozen)
) -> CheckResult:
    status, reason = verdict
    return CheckResult(
        id=name,
        title=title,
        visibility=visibility,
        status=Status(status),
        reason=Reason(reason) if reason else None,
        points=Fraction(points[0]),
        max_points=Fraction(points[1]),
        message=message,
        misconception=misconception,
        measured=Measured(0.125, 0.0625, 5 << 20),
        detail=detail,
    )


CHECKS = (
    check("test_softmax_shape", "Softmax keeps the shape.", "public", ("passed", None), (3, 3)),
    check(
        "test_softmax_large",
        "Softmax of logits near 1000 stays finite and its rows sum to one.",
        "public",
        ("failed", "assertion"),
        (0, 3),
        "`softmax`: 80 of 80 entries are not finite (logits near 1000).\n"
        "Likely cause: the row maximum is not subtracted before `exp`.",
        "backprop.softmax/no-shift",
        Detail("max = <1003.2>\x1b[31m\n", "backprop.py, line 14, in softmax\n    E = np.exp(S)\n", "case 1"),
    ),
    check(
        "test_forward",
        "The forward pass agrees with the reference.",
        "public",
        ("error", "syntax"),
        (0, 8),
        "backprop.py, line 3: invalid syntax\n    def f(x:\n           ^",
    ),
    check("test_xor", "Training on XOR works.", "public", ("timeout", "cpu"), (0, 10), "stopped after 30 s"),
    check(
        "test_gradient",
        "dL/dS agrees with the reference on random shapes.",
        "hidden",
        ("failed", "assertion"),
        (Fraction(5, 3), 5),
        "`softmax_ce_backward`: 24 of 24 entries differ.",
        "backprop.softmax_ce_backward/no-mean",
        Detail("SECRET-OUTPUT", "SECRET-FRAMES", "SECRET-INSTRUCTOR"),
    ),
    check("test_sgd", "One SGD step.", "hidden", ("missing", "not_written"), (0, 4), "`sgd` is not written."),
    check("test_memory", "No large arrays.", "hidden", ("memory", "memory"), (0, 1), "more than 1 GiB"),
    check("test_crash", "It survives.", "hidden", ("crashed", "signal"), (0, 1), "died by SIGSEGV"),
)


def passed(one: CheckResult) -> CheckResult:
    return replace(
        one, status=Status.PASSED, reason=None, points=one.max_points, message="", misconception=None,
        detail=Detail(),
    )  # fmt: skip


FULL = tuple(passed(one) for one in CHECKS)
UNDECIDED = (
    *FULL[:2],
    replace(
        FULL[2], status=Status.GRADER_ERROR, reason=Reason.REFERENCE, points=Fraction(0), message="broken"
    ),
    replace(FULL[3], status=Status.NOT_RUN, reason=Reason.NO_GPU, points=Fraction(0)),
    *FULL[4:],
)


def submission(
    name: str, checks: tuple[CheckResult, ...] = CHECKS, sandboxed: bool = True
) -> SubmissionResult:
    return SubmissionResult(
        assignment="backprop",
        title="Back-propagation by hand",
        submission=name,
        checks=checks,
        sandboxed=sandboxed,
        limits=Limits(),
        check_limits={"test_xor": Limits(cpu=30.0, wall=60.0)},
        hashes=Hashes("a1b2c3d4e5f60718", "0011223344556677", "8899aabbccddeeff"),
        layers=("bubblewrap", "seccomp") if sandboxed else (),
        versions={"python": "3.11.7", "numpy": "2.4.6"},
        seed_fingerprint="9f86d081",
        measured=Measured(1.5, 0.25, 40 << 20),
        bonus=Fraction(3, 2),
        manual=(Manual("report", "Report", Fraction(10), "5: says what was tried. 5: shows the curves."),),
        notes=("backprop.py was found in a2/answers/",),
    )


RESULTS = (
    submission("alice.py", FULL),
    submission("bob.zip"),
    submission("carol.tar.gz", UNDECIDED),
    submission("<script>alert(1)</script>", CHECKS[:4] + FULL[4:]),
)
