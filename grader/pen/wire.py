"""The wire: plain data as bytes, and bytes as plain data. Nothing received is ever unpickled or evaluated.

Theory of operation. A *frame* is MAGIC, a u64 length and a body. A *body* is a u32 length, a JSON header
``{"v": tree, "a": [[dtype, shape], ...]}`` and the raw buffers of the arrays, in order. In the tree, JSON's own null,
booleans, numbers, strings and arrays stand for themselves (a JSON array is a list); everything else is an object
with one key, its tag:

    t tuple    d dict    a array    s numpy scalar    T torch tensor    b bytes    c complex
    r the n-th list, dict, array or tensor of this body again (aliasing)
    h handle, f callback, x a value that cannot travel: resolved by the two ends, see `server` and `checks.proxy`

Both ends treat what they read as hostile: lengths, dtypes, shapes and depth are checked with Python integers before
anything is allocated. The trusted side imports this module from here; inside the sandbox it stands alone.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

MAGIC = b"GRW1"
HEADER = 12  # bytes before a body: MAGIC and its length
MAX_BODY = 256 << 20  # bytes
MAX_TREE = 16 << 20  # bytes of JSON
MAX_ARRAYS = 100_000
MAX_ITEMS = 4_000_000
MAX_NDIM = 16
MAX_DEPTH = 64
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("float16", "float32", "float64", "complex64", "complex128")
_DTYPES = {name: np.dtype(name) for name in ("bool", *_INTEGERS, *_FLOATS)}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}  # dtype.name is computed in Python: slow
_WRITE = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_READ = json.JSONDecoder().decode
_PLAIN = frozenset({type(None), bool, int, float, str})  # asked for before a call: most of a tree is plain
_TEXT = frozenset({str})

Export = Callable[[object], dict[str, Any]]
Resolve = Callable[[str, Any], object]


class WireError(Exception):
    """What arrived is not a frame of this protocol."""


class BadValue(Exception):
    """The value cannot be sent; the text says why, in words for the student."""


def frame(body: bytes) -> bytes:
    """A body with its length in front, ready to be written."""
    return MAGIC + struct.pack("<Q", len(body)) + body


def body_length(header: bytes, max_bytes: int = MAX_BODY) -> int:
    """Length in bytes of the body that follows this header. Raises WireError."""
    if len(header) != HEADER or header[:4] != MAGIC:
        raise WireError("not a frame")
    (length,) = struct.unpack("<Q", header[4:])
    if length > max_bytes:
        raise WireError(f"a frame of {length} bytes, at most {max_bytes} are read")
    return int(length)


def encode(value: object, export: Export | None = None) -> bytes:
    """The body for a value. `export` turns an object of any other type into a tag. Raises BadValue."""
    encoder = _Encoder(export or _refuse)
    tree = encoder.tree(value, 0)
    try:
        head = _WRITE({"v": tree, "a": encoder.specs}).encode("ascii")
    except ValueError as error:  # an integer with more digits than Python prints
        raise BadValue("an integer with more than 4300 digits") from error
    if len(head) > MAX_TREE:
        raise BadValue(f"{len(head) >> 20} MiB of lists and numbers; return an array instead")
    if encoder.size > MAX_BODY:
        raise BadValue(f"{encoder.size >> 20} MiB of arrays, at most {MAX_BODY >> 20} MiB can be returned")
    return b"".join([struct.pack("<I", len(head)), head, *encoder.buffers])


def decode(body: bytes, resolve: Resolve | None = None) -> Any:
    """The value of a body. `resolve(tag, payload)` gives the object for the tags h, f and x. Raises WireError."""
    if len(body) < 4:
        raise WireError("a body without header")
    (length,) = struct.unpack_from("<I", body)
    if length > MAX_TREE or 4 + length > len(body):
        raise WireError("header longer than the body")
    try:
        head = _READ(str(body[4 : 4 + length], "ascii"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"header is not JSON: {type(error).__name__}") from None
    if type(head) is not dict or head.keys() != {"v", "a"} or type(head["a"]) is not list:
        raise WireError("header of another shape")
    arrays = _read_arrays(head["a"], memoryview(body)[4 + length :])
    return _Decoder(arrays, resolve or _unknown).value(head["v"], 0)


class _Encoder:
    __slots__ = ("buffers", "export", "open", "seen", "size", "specs")

    def __init__(self, export: Export) -> None:
        self.export = export
        self.specs: list[list[Any]] = []
        self.buffers: list[bytes] = []
        self.size = 0
        self.seen: dict[int, tuple[int, object]] = {}  # id → (number, the object kept alive)
        self.open: set[int] = set()

    def tree(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if depth > MAX_DEPTH:
            raise BadValue(f"nested more than {MAX_DEPTH} levels deep")
        if kind is tuple:
            return {"t": self._items(value, depth)}
        if kind is dict or kind is list or kind is np.ndarray:
            return self._shared(value, depth)
        if isinstance(value, (list, dict, np.ndarray)) or _is_tensor(value):
            return self._shared(value, depth)
        if isinstance(value, np.generic) and not isinstance(value, (str, bytes)):
            return {"s": self._array(np.asarray(value))}
        if isinstance(value, (bool, int, float, str)):  # subclasses: an IntEnum, say
            return next(base(value) for base in (int, float, str) if isinstance(value, base))
        if isinstance(value, complex):
            return {"c": [value.real, value.imag]}
        if isinstance(value, (bytes, bytearray)):
            return {"b": self._array(np.frombuffer(bytes(value), np.uint8))}
        if isinstance(value, tuple):  # a named tuple
            return {"t": self._items(tuple(value), depth)}
        return self.export(value)

    def _items(self, values: Any, depth: int) -> list[Any]:
        if _PLAIN.issuperset(map(type, values)):
            return list(values)
        tree, below = self.tree, depth + 1
        return [item if type(item) in _PLAIN else tree(item, below) for item in values]

    def _shared(self, value: Any, depth: int) -> Any:
        known = self.seen.get(id(value))
        if known is not None:
            if id(value) in self.open:
                raise BadValue("a list or dict that contains itself")
            return {"r": known[0]}
        if isinstance(value, dict) and not _TEXT.issuperset(map(type, value)):
            return self.export(value)
        self.seen[id(value)] = (len(self.seen), value)
        if isinstance(value, np.ndarray):
            return {"a": self._array(value)}
        if not isinstance(value, (list, dict)):
            return {"T": self._array(_tensor_array(value))}
        self.open.add(id(value))
        if isinstance(value, list):
            tree: Any = self._items(value, depth)
        else:
            below = depth + 1
            tree = {
                "d": {
                    key: item if type(item) in _PLAIN else self.tree(item, below)
                    for key, item in value.items()
                }
            }
        self.open.discard(id(value))
        return tree

    def _array(self, value: np.ndarray[Any, Any]) -> int:
        if type(value) is not np.ndarray and isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
            raise BadValue("a masked array; return a plain array")
        plain = np.asarray(value)
        name = _NAMES.get(plain.dtype)
        if name is None:
            native = plain.dtype.newbyteorder("=")
            if native not in _NAMES:
                raise BadValue(f"an array of dtype {plain.dtype}")
            plain, name = plain.astype(native), _NAMES[native]
        data = plain.tobytes()  # C order, whatever the strides are
        self.specs.append([name, list(plain.shape)])
        self.buffers.append(data)
        self.size += len(data)
        if len(self.specs) > MAX_ARRAYS:
            raise BadValue(f"more than {MAX_ARRAYS} arrays")
        return len(self.specs) - 1


class _Decoder:
    __slots__ = ("arrays", "items", "resolve", "seen", "weights")

    def __init__(self, arrays: list[np.ndarray[Any, Any]], resolve: Resolve) -> None:
        self.arrays = arrays
        self.resolve = resolve
        self.seen: list[Any] = []
        self.items = 0  # as if every alias were a copy: a kilobyte of aliased lists may stand for gigabytes
        self.weights: dict[int, int] = {}

    def value(self, tree: Any, depth: int) -> Any:
        kind = type(tree)
        if kind in _PLAIN:
            return tree
        if depth > MAX_DEPTH + 1:
            raise WireError("nested too deeply")
        if kind is list:
            return self._list(tree, depth)
        if len(tree) == 2 and tree.keys() == {"h", "k"}:
            return self.resolve("h", (tree["h"], tree["k"]))
        if len(tree) != 1:
            raise WireError("an object with other than one tag")
        ((tag, payload),) = tree.items()
        return self._tagged(tag, payload, depth)

    def _list(self, tree: list[Any], depth: int) -> list[Any]:
        number, before = self._begin(len(tree))
        items = tree if _PLAIN.issuperset(map(type, tree)) else self._each(tree, depth + 1)
        self.seen[number] = items
        self.weights[number] = self.items - before
        return items

    def _each(self, items: list[Any], depth: int) -> list[Any]:
        value = self.value
        return [item if type(item) in _PLAIN else value(item, depth) for item in items]

    def _begin(self, items: int) -> tuple[int, int]:
        """Number of the container that starts here, and how many items there were before it."""
        self.seen.append(_OPEN)
        self._count(items + 1)
        return len(self.seen) - 1, self.items - items - 1

    def _count(self, items: int) -> None:
        self.items += items
        if self.items > MAX_ITEMS:
            raise WireError(f"more than {MAX_ITEMS} values, aliases counted")

    def _tagged(self, tag: str, payload: Any, depth: int) -> Any:
        if tag == "t" and type(payload) is list:
            self._count(len(payload))
            return tuple(self._each(payload, depth + 1))
        if tag == "d" and type(payload) is dict:
            number, before = self._begin(len(payload))
            below = depth + 1
            self.seen[number] = {
                key: item if type(item) in _PLAIN else self.value(item, below)
                for key, item in payload.items()
            }
            self.weights[number] = self.items - before
            return self.seen[number]
        if tag == "r" and type(payload) is int and 0 <= payload < len(self.seen):
            if self.seen[payload] is _OPEN:
                raise WireError("a container inside itself")
            self._count(self.weights.get(payload, 1))
            return self.seen[payload]
        if tag in ("a", "s", "T", "b"):
            return self._of_array(tag, payload)
        if tag == "c" and type(payload) is list and [type(part) for part in payload] == [float, float]:
            return complex(*payload)
        if tag in ("f", "x"):
            return self.resolve(tag, payload)
        raise WireError("unknown tag")

    def _of_array(self, tag: str, index: Any) -> Any:
        if type(index) is not int or not 0 <= index < len(self.arrays):
            raise WireError("an array that was not sent")
        array = self.arrays[index]
        if tag == "s":
            if array.ndim:
                raise WireError("a scalar with axes")
            return array[()]
        if tag == "b":
            return array.tobytes()
        shared = array if tag == "a" else _as_tensor(array)
        self.seen.append(shared)
        return shared


_OPEN = object()


def _read_arrays(specs: list[Any], data: memoryview) -> list[np.ndarray[Any, Any]]:
    if len(specs) > MAX_ARRAYS:
        raise WireError("too many arrays")
    arrays, offset = [], 0
    for spec in specs:
        if type(spec) is not list or len(spec) != 2 or type(spec[0]) is not str or spec[0] not in _DTYPES:
            raise WireError("an array of unknown dtype")
        dtype, shape = _DTYPES[spec[0]], spec[1]
        if type(shape) is not list or len(shape) > MAX_NDIM:
            raise WireError("an array of impossible shape")
        for n in shape:
            if type(n) is not int or n < 0:
                raise WireError("an array of impossible shape")
        count = math.prod(shape)
        # numpy counts the strides of an empty array, too: (0, 2**48, 2**48) is too big for it
        extent = count or math.prod(n or 1 for n in shape)
        if extent > 1 << 48 or offset + count * dtype.itemsize > len(data):
            raise WireError("an array longer than its body")
        if not count:
            arrays.append(np.empty(shape, dtype))
        elif spec[0] == "bool":  # a byte other than 0 or 1 is no bool
            arrays.append((np.frombuffer(data, np.uint8, count, offset) != 0).reshape(shape))
        else:
            arrays.append(np.ndarray(shape, dtype, data, offset).copy())
        offset += count * dtype.itemsize
    if offset != len(data):
        raise WireError("bytes left over after the arrays")
    return arrays


def _is_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _tensor_array(tensor: Any) -> np.ndarray[Any, Any]:
    try:
        # The copy waits for its own stream only, and the value may be computed on another. A stand-in for
        # a tensor has no device: what it says of itself is judged like any other result.
        if getattr(tensor, "is_cuda", False):
            sys.modules["torch"].cuda.synchronize(tensor.device)
        return np.asarray(tensor.detach().cpu().resolve_conj().resolve_neg().numpy())
    except (TypeError, RuntimeError) as error:  # bfloat16, sparse, quantised
        raise BadValue(f"a tensor of {tensor.dtype} that numpy cannot hold") from error


def _as_tensor(array: np.ndarray[Any, Any]) -> Any:
    torch = sys.modules.get("torch")
    if torch is None:  # not imported for a frame's sake: a forged one would cost seconds
        raise WireError("a tensor, and this assignment has no torch")
    return torch.from_numpy(array)


def _refuse(value: object) -> NoReturn:
    raise BadValue(f"an object of type {type(value).__name__}")


def _unknown(tag: str, payload: object) -> NoReturn:
    raise WireError(f"tag {tag} is not expected here")
