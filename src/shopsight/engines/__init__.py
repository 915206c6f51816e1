"""Engines by name. This room alone imports heavy libraries, and only when an engine is loaded.

    from shopsight.engines import load
    sights = load("histogram").see([pixels])

A stranger's engine joins through the entry-point group "shopsight.engines": the entry's name is the engine's name and
its value is a `Record`. A folder that holds a model of CLIP, SigLIP, D-FINE, RT-DETR or Mask2Former (config.json,
*.safetensors) is an engine too, and so is one that a shop trained (card.json): its path is its name. All of them meet
the promises in `shopsight.testing`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shopsight.engines.record import Record, WeightFile
from shopsight.errors import BadInput, MissingExtra, NotFound

__all__ = ["GROUP", "KNOWN", "Record", "WeightFile", "find_record", "load"]

GROUP = "shopsight.engines"

_ONLINE = "shopsight.engines.embed.online:Online"
_HUB_FILES = tuple(
    WeightFile(name)
    for name in (
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
    )
)

_SEEING = "shopsight.engines.recognise.online:"
_SEEING_FILES = tuple(WeightFile(name) for name in ("config.json", "model.safetensors", "preprocessor_config.json"))
_COCO = "COCO: annotations CC BY 4.0, photos on Flickr's terms"
_FAMILIES = {
    "d_fine": "Boxes",
    "rt_detr": "Boxes",
    "rt_detr_v2": "Boxes",
    "mask2former": "Masks",
}
"""Families of recognising models, as config.json names them, and the class that runs each."""

KNOWN: Mapping[str, Record] = MappingProxyType(
    {
        record.name: record
        for record in (
            Record(
                "bitset",
                "rules",
                "shopsight.engines.rules.bitset:Bitset",
                "frequent itemsets by rows of bits: exact, on one core",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "combined",
                "forecast",
                "shopsight.engines.forecast.combine:Combined",
                "the mean of ETS and pooled lags",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "combined-trees",
                "forecast",
                "shopsight.engines.forecast.combine:CombinedTrees",
                "the mean of ETS, pooled lags and pooled trees: for many series",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "dfine-small",
                "recognise",
                _SEEING + "Boxes",
                "D-FINE small: boxes of the 80 everyday things of COCO",
                extra="online",
                source="hub:ustc-community/dfine-small-coco@main",
                main="model.safetensors",
                weights=_SEEING_FILES,
                stated_licences={
                    "code": "Apache-2.0",
                    "weights": "Apache-2.0",
                    "data": "COCO: annotations CC BY 4.0, photos on Flickr's terms",
                },
                url="https://huggingface.co/ustc-community/dfine-small-coco",
            ),
            Record(
                "ets",
                "forecast",
                "shopsight.engines.forecast.ets:Ets",
                "exponential smoothing with a damped trend, seasons by decomposition",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "exact",
                "neighbours",
                "shopsight.engines.neighbours.exact:Exact",
                "exact search, exact under every filter",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "fashion-clip",
                "embed",
                _ONLINE,
                "FashionCLIP 2.0 (ViT-B/32), photos and words in one space",
                extra="online",
                source="hub:patrickjohncyh/fashion-clip@main",
                main="model.safetensors",
                weights=_HUB_FILES,
                stated_licences={"code": "MIT", "weights": "MIT", "data": "Farfetch catalogue, not public"},
                url="https://huggingface.co/patrickjohncyh/fashion-clip",
            ),
            Record(
                "fashion-mnist",
                "recognise",
                "shopsight.engines.recognise.fashion_mnist:FashionMnist",
                "the ten garments of Fashion-MNIST, for its own pictures and for photos",
                source="shipped",
                card="fashion-mnist-small.json",
                main="fashion-mnist-small.onnx",
            ),
            Record(
                "histogram",
                "embed",
                "shopsight.engines.embed.histogram:Histogram",
                "colour histograms on a grid: no weights, the floor to beat",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "mask2former-tiny",
                "recognise",
                _SEEING + "Masks",
                "Mask2Former on Swin-T: masks of the 80 everyday things of COCO",
                extra="online",
                source="hub:facebook/mask2former-swin-tiny-coco-instance@main",
                main="model.safetensors",
                weights=_SEEING_FILES,
                stated_licences={
                    "code": "MIT",
                    "weights": "CC BY-NC 4.0",
                    "data": "COCO: annotations CC BY 4.0, photos on Flickr's terms",
                },
                commercial=False,
                url="https://huggingface.co/facebook/mask2former-swin-tiny-coco-instance",
            ),
            Record(
                "outline",
                "recognise",
                "shopsight.engines.recognise.outline:Outline",
                "the product told from its ground by arithmetic: no weights, no names, the floor to beat",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "pooled-lags",
                "forecast",
                "shopsight.engines.forecast.lags:PooledLags",
                "one autoregression learned from all series together",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "pooled-trees",
                "forecast",
                "shopsight.engines.forecast.trees:PooledTrees",
                "boosted trees learned from all series together",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "regression",
                "forecast",
                "shopsight.engines.forecast.regression:Regression",
                "calendar and picture factors, with errors that remember",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "rtdetr-r18",
                "recognise",
                _SEEING + "Boxes",
                "RT-DETR on ResNet-18: boxes of the 80 everyday things of COCO",
                extra="online",
                source="hub:PekingU/rtdetr_r18vd@main",
                main="model.safetensors",
                weights=_SEEING_FILES,
                stated_licences={
                    "code": "Apache-2.0",
                    "weights": "Apache-2.0",
                    "data": "COCO: annotations CC BY 4.0, photos on Flickr's terms",
                },
                url="https://huggingface.co/PekingU/rtdetr_r18vd",
            ),
            Record(
                "seasonal-naive",
                "forecast",
                "shopsight.engines.forecast.naive:SeasonalNaive",
                "as it was one period before: the floor to beat",
                stated_licences={"code": "Apache-2.0"},
            ),
            Record(
                "shop.lite0",
                "embed",
                "shopsight.engines.embed.lite0:Lite0",
                "EfficientNet-Lite0 trained by this project: shape, colour and category of garments",
                source="shipped",
                card="shop-lite0.json",
                main="shop-lite0.onnx",
            ),
            Record(
                "shop.lite0-int8",
                "embed",
                "shopsight.engines.embed.lite0:Lite0",
                "shop.lite0 in 8-bit integers: smaller and faster",
                source="shipped",
                card="shop-lite0.json",
                main="shop-lite0-int8.onnx",
            ),
            Record(
                "shop.scene0",
                "recognise",
                "shopsight.engines.recognise.scene:Scene",
                "garments in a photo: which pixels, which belong together, how many; trained by this project",
                source="shipped",
                card="shop-scene0.json",
                main="shop-scene0.onnx",
            ),
            Record(
                "siglip2-base",
                "embed",
                _ONLINE,
                "SigLIP 2 base, 224 px, photos and words in one space",
                extra="online",
                source="hub:google/siglip2-base-patch16-224@main",
                main="model.safetensors",
                weights=_HUB_FILES,
                stated_licences={"code": "Apache-2.0", "weights": "Apache-2.0", "data": "WebLI, not public"},
                url="https://huggingface.co/google/siglip2-base-patch16-224",
            ),
            Record(
                "siglip2-labels",
                "recognise",
                _SEEING + "ZeroShot",
                "SigLIP 2 base told the labels in words: any labels, no training",
                extra="online",
                source="hub:google/siglip2-base-patch16-224@main",
                main="model.safetensors",
                weights=_HUB_FILES,
                stated_licences={"code": "Apache-2.0", "weights": "Apache-2.0", "data": "WebLI, not public"},
                url="https://huggingface.co/google/siglip2-base-patch16-224",
                takes_labels=True,
            ),
            Record(
                "spark",
                "rules",
                "shopsight.engines.rules.spark:Spark",
                "frequent itemsets by Spark MLlib's FP-growth: baskets beyond one machine",
                extra="spark",
                stated_licences={"code": "Apache-2.0"},
                url="https://spark.apache.org/docs/latest/ml-frequent-pattern-mining.html",
            ),
            Record(
                "theta",
                "forecast",
                "shopsight.engines.forecast.theta:Theta",
                "smoothing with half the trend as drift",
                stated_licences={"code": "Apache-2.0"},
            ),
        )
    }
)
"""Every engine that this project knows, sorted by name. Nothing is imported or read by looking at it."""


def load(name: str, **options: Any) -> Any:
    """The engine `name`, ready to work; `options` (such as `threads=2`) go to its class.

    Raises `NotFound`, `MissingExtra` (with the command that installs it), `LicenceRefused`, or `Damaged`.
    """
    record = find_record(name)
    if not record.commercial:
        from shopsight.engines.store import check_licence

        check_licence(record)
    return _engine_class(record)(record, **options)


def tasks_of(record: Record) -> tuple[str, ...]:
    """What a recognising engine can be asked, read off its class; empty where a heavy library would have to load."""
    return () if record.extra else tuple(sorted(_engine_class(record).tasks))


def find_record(name: str) -> Record:
    """The record of an engine by its name, or by the path of a folder that holds a model."""
    if name in KNOWN:
        return KNOWN[name]
    for entry in entry_points(group=GROUP, name=name):
        return _strangers_record(entry.name, entry.load())
    if (Path(name) / "config.json").is_file():
        return _folder_record(Path(name))
    if (Path(name) / "card.json").is_file():
        from shopsight.engines.learn.keeping import read_record

        return read_record(Path(name))
    others = [entry.name for entry in entry_points(group=GROUP)]
    raise NotFound(name, "no engine has this name", f"Choose one of {', '.join(sorted([*KNOWN, *others]))}.")


def _engine_class(record: Record) -> Any:
    module, _, name = record.engine.partition(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as missing:
        raise _missing(record, missing.name or "a library") from missing


def _missing(record: Record, library: str) -> MissingExtra:
    wanted = f'pip install "shopsight[{record.extra}]"' if record.extra else f"pip install {library}"
    return MissingExtra(record.name, f"this engine needs {library}, which is not installed", f"Run: {wanted}")


def _strangers_record(name: str, found: Any) -> Record:
    if isinstance(found, Record):
        return found
    raise BadInput(name, f"the entry point in {GROUP!r} is not a Record", "Let it name a shopsight.engines.Record.")


def _folder_record(folder: Path) -> Record:
    family = _FAMILIES.get(_family(folder / "config.json"))
    return Record(
        folder.name,
        "recognise" if family else "embed",
        _SEEING + family if family else _ONLINE,
        f"a model in the folder {folder}",
        extra="online",
        source=f"folder:{folder.resolve()}",
        main="model.safetensors",
    )


def _family(config: Path) -> str:
    """The family that a model says it is of; what cannot be read is for the engine to complain of."""
    try:
        return str(json.loads(config.read_text("utf-8")).get("model_type", ""))
    except (OSError, ValueError, AttributeError):
        return ""
