"""Fine-tuning: the last layers of the garment tail of `shop.lite0` go on learning on a shop's own photos.

The shipped ONNX graph is cut before its last blocks. What lies before stays as it is and looks at each photo (and its
mirror image) once; what lies after is a few convolutions, which torch runs with the graph's own weights and trains.
The new weights are written back into a copy of the graph, so nothing has to be exported and nothing can drift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import Tensor, nn

from shopsight.engines import find_record
from shopsight.engines.embed.lite0 import square
from shopsight.engines.learn.linear import Classes, Logits
from shopsight.engines.store import checked_path
from shopsight.types import Pixels

TRUNK = "shop.lite0"
FIRST = "net.blocks.14."
"""Layers of this block and later ones are trained."""
POOLED = "mean"
"""The graph's own name of the pooled features that its category head reads."""
ANSWER = "labels"
BATCH = 32
EPOCHS = 12
RATE = 3e-4
HEAD_RATE = 3e-3
SMOOTHING = 0.05

Maps = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned net: the whole ONNX file, and its logits `(N, C)` for the photos that were held out."""

    model: bytes
    logits: Logits
    history: tuple[dict[str, float], ...]


class Trunk:
    """The shipped net, cut in two: `look` runs the part that stays, `tail` is the part that learns."""

    def __init__(self, threads: int = 0) -> None:
        """Raises `NotFound` or `Damaged` when the shipped weights are not here or not what they were."""
        record = find_record(TRUNK)
        path, _ = checked_path(record)
        self.side_px = int(record.preprocessing["side_px"])
        self._model = onnx.load(path)
        graph = self._model.graph
        self.cut = next(n.input[0] for n in graph.node if any(name.startswith(FIRST) for name in n.input[1:]))
        below = _subgraph(self._model, ["photos"], self.cut)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._below = ort.InferenceSession(below.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def look(self, photos: Sequence[Pixels]) -> Maps:
        """`(N, C, h, w) float16`: what the frozen part makes of each photo."""
        squares = np.stack([square(photo, self.side_px) for photo in photos])
        return np.asarray(self._below.run([self.cut], {"photos": squares})[0], np.float16)

    def tail(self, labels: int) -> Tail:
        nodes = _nodes_between(self._model.graph, self.cut, POOLED)
        return Tail(nodes, {i.name: numpy_helper.to_array(i) for i in self._model.graph.initializer}, self.cut, labels)

    def put_back(self, tail: Tail) -> bytes:
        """The whole net with the trained tail in it and its head on top: photos in, `labels` logits out."""
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        changed = {name: weight.detach().numpy() for name, weight in tail.named_weights()}
        for initializer in model.graph.initializer:
            if initializer.name in changed:
                initializer.CopyFrom(numpy_helper.from_array(changed[initializer.name], initializer.name))
        head = {"labels.weight": tail.head.weight, "labels.bias": tail.head.bias}
        model.graph.initializer.extend(numpy_helper.from_array(w.detach().numpy(), n) for n, w in head.items())
        model.graph.node.append(helper.make_node("Gemm", [POOLED, *head], [ANSWER], transB=1))
        return bytes(_subgraph(model, ["photos"], ANSWER).SerializeToString())


class Tail(nn.Module):
    """The last layers as the graph has them (convolutions, clips, sums, one mean), and a new head."""

    def __init__(self, nodes: Sequence[Any], known: dict[str, NDArray[Any]], start: str, labels: int) -> None:
        super().__init__()
        self._nodes, self._start, self._known = nodes, start, known
        names = [name for node in nodes if node.op_type == "Conv" for name in node.input[1:]]
        self._places = {name: f"w{number}" for number, name in enumerate(names)}
        self.weights = nn.ParameterDict(
            {self._places[name]: nn.Parameter(torch.from_numpy(known[name].copy())) for name in names}
        )
        wide = known[[n for n in nodes if n.op_type == "Conv"][-1].input[1]].shape[0]
        self.head = nn.Linear(wide, labels)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def named_weights(self) -> Iterator[tuple[str, Tensor]]:
        """The graph's own names and the trained values."""
        return ((name, self.weights[place]) for name, place in self._places.items())

    def forward(self, maps: Tensor) -> Tensor:
        values: dict[str, Tensor] = {self._start: maps}
        for node in self._nodes:
            values[node.output[0]] = self._run(node, [values[name] for name in node.input if name in values])
        return self.head(F.dropout(values[POOLED], 0.2, self.training))  # type: ignore[no-any-return]

    def _run(self, node: Any, given: list[Tensor]) -> Tensor:
        if node.op_type == "Conv":
            settings = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            weight, bias = (self.weights[self._places[name]] for name in node.input[1:])
            top, left, bottom, right = settings["pads"]
            padded = F.pad(given[0], (left, right, top, bottom)) if any(settings["pads"]) else given[0]
            return F.conv2d(padded, weight, bias, settings["strides"], 0, settings["dilations"], settings["group"])
        if node.op_type == "Clip":
            low, high = (float(self._known[name]) for name in node.input[1:3])
            return given[0].clamp(low, high)
        if node.op_type == "Add":
            return given[0] + given[1]
        if node.op_type == "ReduceMean":
            return given[0].mean(dim=(2, 3))
        raise AssertionError(f"the trunk's tail has grown a {node.op_type}")


def fine_tune(
    trunk: Trunk,
    maps: Maps,
    classes: Classes,
    fold: Classes,
    labels: int,
    tell: Callable[[int, int], None],
    seed: int = 0,
    epochs: int = EPOCHS,
) -> Tuned:
    """Train the tail on folds 2 and up; `maps` `(2, N, C, h, w)` are the photos and their mirror images.

    Fold 1 chooses the epoch, folds 0 and 1 get logits. `tell(done, epochs)` is called after each epoch.
    """
    torch.manual_seed(seed)
    lot = np.random.default_rng(seed)
    tail = trunk.tail(labels)
    rates = [{"params": list(tail.weights.values()), "lr": RATE}, {"params": tail.head.parameters(), "lr": HEAD_RATE}]
    learning, chosen = np.flatnonzero(fold > 1), np.flatnonzero(fold == 1)
    optimiser = torch.optim.AdamW(rates, weight_decay=0.02)
    steps = epochs * max(1, len(learning) // BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, [RATE, HEAD_RATE], total_steps=steps + 1)
    best, kept, history = np.inf, tail.state_dict(), []
    for epoch in range(epochs):
        tail.train()
        losses = []
        for rows in np.array_split(lot.permutation(learning), max(1, len(learning) // BATCH)):
            loss = _loss(tail, maps[lot.integers(0, 2, len(rows)), rows], classes[rows], SMOOTHING)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            pace.step()
            losses.append(float(loss.detach()))
        now = _surprise(predict(tail, maps[0, chosen]), classes[chosen])
        history.append({"epoch": epoch + 1, "loss": float(np.mean(losses)), "held_out_surprise": now})
        if now < best:
            best, kept = now, {name: value.clone() for name, value in tail.state_dict().items()}
        tell(epoch + 1, epochs)
    tail.load_state_dict(kept)
    held = np.flatnonzero(fold < 2)
    return Tuned(trunk.put_back(tail), predict(tail, maps[0, held]), tuple(history))


def predict(tail: Tail, maps: Maps) -> Logits:
    """Logits `(N, C)`."""
    tail.eval()
    with torch.inference_mode():
        rows = [tail(_tensor(maps[i : i + BATCH])).numpy() for i in range(0, len(maps), BATCH)]
    return np.concatenate(rows).astype(np.float64)


def _loss(tail: Tail, maps: Maps, classes: Classes, smoothing: float) -> Tensor:
    return F.cross_entropy(tail(_tensor(maps)), torch.from_numpy(classes), label_smoothing=smoothing)


def _surprise(logits: Logits, classes: Classes) -> float:
    return float(F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(classes)))


def _tensor(maps: Maps) -> Tensor:
    return torch.from_numpy(maps.astype(np.float32))


def _nodes_between(graph: Any, start: str, end: str) -> list[Any]:
    """The nodes that lead from one value to another, in order."""
    reached = {start}
    forward = []
    for node in graph.node:
        if any(name in reached for name in node.input):
            reached.update(node.output)
            forward.append(node)
    needed, found = {end}, []
    for node in reversed(forward):
        if any(name in needed for name in node.output):
            needed.update(node.input)
            found.append(node)
    return found[::-1]


def _subgraph(model: Any, inputs: Sequence[str], output: str) -> Any:
    """A model of what leads to one value, with nothing else in it."""
    needed, nodes = {output}, []
    for node in reversed(model.graph.node):
        if any(name in needed for name in node.output):
            needed.update(node.input)
            nodes.append(node)
    graph = helper.make_graph(
        nodes[::-1],
        "shopsight",
        [value for value in model.graph.input if value.name in inputs],
        [helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)],
        [initializer for initializer in model.graph.initializer if initializer.name in needed],
    )
    return helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)
