"""What runs in the pens of `bench.gpu`: honest programs and hostile ones, as submissions."""

SPIN = """
import torch

def busy():
    x = torch.randn(4096, 4096, device="cuda")
    while True:
        x = (x @ x).clamp(-1, 1)
        torch.cuda.synchronize()
"""
SLEEP = """
import time, torch

def idle():
    torch.zeros(1, device="cuda")
    while True:
        time.sleep(0.1)
"""
HOG = """
import time, torch

def hog():
    kept = []
    while True:
        try:
            kept.append(torch.ones(256 << 20, dtype=torch.uint8, device="cuda"))
        except torch.OutOfMemoryError:
            time.sleep(0.1)
"""
BURSTS = """
import time, torch

def bursts(on, off, times):
    "Seconds of kernels by the device's own events, `times` bursts of `on` seconds with `off` seconds between."
    x = torch.randn(2048, 2048, device="cuda")
    (x @ x).sum().item()
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    total = 0.0
    for _ in range(times):
        end = time.monotonic() + on
        while time.monotonic() < end:
            first.record()
            for _ in range(4 if on >= 0.1 else 1):
                x = (x @ x).clamp(-1, 1)
            last.record()
            last.synchronize()
            total += first.elapsed_time(last) / 1000
        time.sleep(off)
    return total
"""
SIDE_STREAM = """
import torch

ROUNDS = 400

def late():
    "Comes back at once; the last round is far away, on a stream that nobody waits for."
    x, one = torch.zeros(4096, 4096, device="cuda"), torch.eye(4096, device="cuda")
    torch.cuda.synchronize()
    with torch.cuda.stream(torch.cuda.Stream()):
        for _ in range(ROUNDS):
            x = x @ one + 1
    return x[:64, :64]
"""
PATCHED_CLOCKS = """
import time, torch

REAL = time.monotonic

def busy():
    "Two seconds of kernels, with every clock stopped that a submission can reach."
    end = REAL() + 2
    time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
    torch.cuda.Event.elapsed_time = lambda first, last: 0.0
    x = torch.randn(2048, 2048, device="cuda")
    while REAL() < end:
        x = (x @ x).clamp(-1, 1)
        x.sum().item()
    torch.cuda.synchronize = lambda device=None: None
    return 0.0
"""
PATTERN = """
import torch

MARK = 0x5EED5EED5EED5EED

def room(share):
    free, _ = torch.cuda.mem_get_info()
    return int(free * share) // 8

def fill():
    kept = torch.full((room(0.8),), MARK, dtype=torch.int64, device="cuda")
    return int((kept[:1024] == MARK).sum())

def look():
    found, step = 0, 1 << 27
    kept = torch.empty(room(0.8), dtype=torch.int64, device="cuda")
    for start in range(0, len(kept), step):
        found += int((kept[start : start + step] == MARK).sum())
    return found
"""
VISIBLE = """
import os, torch

def seen():
    names = sorted(name for name in os.listdir("/dev") if name.startswith("nvidia") and name[6:].isdigit())
    return [torch.cuda.device_count(), str(torch.cuda.get_device_properties(0).uuid), names]
"""
BOMB = """
import os, time

def bomb():
    while True:
        try:
            child = os.fork()
        except OSError:
            time.sleep(0.05)
            continue
        if child == 0:
            try:
                import torch
                x = torch.randn(1024, 1024, device="cuda")
                while True:
                    x = (x @ x).clamp(-1, 1)
            finally:
                os._exit(1)  # without a context, too: nothing but the check may answer
"""
START = """
import time, torch

def start():
    began = time.monotonic()
    torch.zeros(1, device="cuda").item()
    return time.monotonic() - began

def again():
    return start()
"""
NUMERICS = """
import time, torch

def errors(kind, tf32, benchmark, deterministic):
    "[largest error relative to the largest value, largest difference of two runs, seconds a run]"
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = benchmark
    torch.use_deterministic_algorithms(deterministic)
    make, exact = {"matmul": _matmul, "conv": _conv, "scatter": _scatter}[kind]()
    values = [make().double().cpu() for _ in range(3)]
    torch.cuda.synchronize()
    began = time.monotonic()
    for _ in range(20):
        make()
    torch.cuda.synchronize()
    seconds = (time.monotonic() - began) / 20
    scale = float(exact.abs().max())
    error = float((values[0] - exact).abs().max()) / scale
    spread = max(float((values[0] - other).abs().max()) for other in values[1:]) / scale
    return [error, spread, seconds]

def _matmul():
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    x, y = a.cuda(), b.cuda()
    return (lambda: x @ y), a.double() @ b.double()

def _conv():
    a, w = torch.randn(32, 64, 32, 32), torch.randn(64, 64, 3, 3)
    x, k = a.cuda(), w.cuda()
    conv = torch.nn.functional.conv2d
    return (lambda: conv(x, k, padding=1)), conv(a.double(), w.double(), padding=1)

def _scatter():
    index, a = torch.randint(0, 64, (1 << 20,)), torch.randn(1 << 20)
    i, x = index.cuda(), a.cuda()
    exact = torch.zeros(64, dtype=torch.float64).index_add(0, index, a.double())
    return (lambda: torch.zeros(64, device="cuda").index_add_(0, i, x)), exact
"""
