"""What a report says of CPU and GPU: which checks ran where, why, and what that means for their author."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

_MOST = 2  # checks that are named; more are counted


def device_note(
    on_gpu: Sequence[str],
    devices: Mapping[str, str],
    refused: Mapping[str, str],
    required: bool,
    aside: Sequence[str] = (),
) -> str:
    """Whole sentences; empty where no check asked for a GPU.

    on_gpu: checks that had one; devices: UUID → name of those they had. refused: check → why it had none. required:
    without a GPU they are not run. aside: what became of devices that did not come back.
    """
    return " ".join(
        [*_on_gpu(on_gpu, devices), *_elsewhere(refused, required), *(f"Set aside: {why}." for why in aside)]
    )


def _on_gpu(checks: Sequence[str], devices: Mapping[str, str]) -> Iterator[str]:
    if checks:
        names = ", ".join(f"{name} ({uuid})" for uuid, name in devices.items())
        yield f"{_named(checks)} ran on a GPU, as the assignment asks: {names}."


def _elsewhere(refused: Mapping[str, str], required: bool) -> Iterator[str]:
    for why in dict.fromkeys(refused.values()):
        checks = [check for check, reason in refused.items() if reason == why]
        if required:
            was, runs = ("was", "it runs") if len(checks) == 1 else ("were", "they run")
            yield f"{_named(checks)} {was} not run for want of a GPU; nothing is lost, {runs} where there is one."
        else:
            size = "at the reduced size that the assignment has for this"
            yield f"{_named(checks)} ran on the CPU, not on a GPU, {size}: it costs no points."
        yield f"Why: {why}."


def _named(checks: Sequence[str]) -> str:
    return " and ".join(checks) if len(checks) <= _MOST else f"{len(checks)} checks"
