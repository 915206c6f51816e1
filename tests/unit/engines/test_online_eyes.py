"""Detectors, mask models and labels in words: their own preprocessing, and what the library itself makes of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra 'online' is not installed")

import torch

from shopsight.engines import KNOWN, find_record, load
from shopsight.errors import BadInput, Damaged, LicenceRefused, NotFound
from shopsight.shop import open_shop
from shopsight.testing.recognising import draw_photo, draw_scene
from tiny_eyes import LABELS, save_d_fine, save_mask2former, save_rt_detr
from tiny_models import save_siglip

PHOTOS = [draw_photo(1, 70, 90), draw_scene(2), draw_photo(3, 300, 200), draw_photo(4, 31, 97), draw_photo(5, 1, 1)]
SAVERS: dict[str, Callable[[Path], Path]] = {
    "rt_detr": save_rt_detr,
    "d_fine": save_d_fine,
    "mask2former": save_mask2former,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: save(tmp_path_factory.mktemp(name)) for name, save in SAVERS.items()}


@pytest.fixture(params=list(SAVERS))
def saved(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


@pytest.fixture
def model(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def processor_of(folder: Path) -> Any:
    """The library's own preparing, the slow kind that needs no torchvision."""
    from transformers import Mask2FormerImageProcessorPil, RTDetrImageProcessorPil

    kind = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))["image_processor_type"]
    family = Mask2FormerImageProcessorPil if kind.startswith("Mask2Former") else RTDetrImageProcessorPil
    return family.from_pretrained(folder)


@pytest.mark.parametrize("photo", PHOTOS[:4], ids=lambda photo: "x".join(map(str, photo.shape[:2])))
def test_photos_are_prepared_as_the_library_prepares_them(saved: Path, photo: np.ndarray) -> None:
    ours = load(str(saved))._fit(photo).numpy()
    theirs = processor_of(saved)(photo, return_tensors="np")["pixel_values"]
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=0.02)


@pytest.mark.parametrize("family", ["rt_detr", "d_fine"])
def test_boxes_are_those_that_the_library_makes_of_the_same_answers(folders: dict[str, Path], family: str) -> None:
    engine, processor = load(str(folders[family])), processor_of(folders[family])
    for photo in PHOTOS[:3]:
        found = engine.recognise([photo], "detect")[0]
        with torch.inference_mode():
            told = engine._model(pixel_values=engine._fit(photo))
        (reference,) = processor.post_process_object_detection(told, threshold=0.5, target_sizes=[photo.shape[:2]])
        best: dict[tuple[int, ...], tuple[float, str]] = {}
        height, width = photo.shape[:2]
        for score, label, box in zip(*(reference[key].tolist() for key in ("scores", "labels", "boxes")), strict=True):
            # A query may be sure of two labels; a thing is told once, by the surer one.
            place = tuple(round(side, 3) for side in box)
            best[place] = max(best.get(place, (0.0, "")), (score, LABELS[label]))
        # The library tells as many pairs of thing and label as there are queries: it may leave things out at the end.
        assert len(found) >= len(best) > 0
        expected = sorted(best.items(), key=lambda item: -item[1][0])
        for finding, (box, (score, label)) in zip(found, expected, strict=False):
            assert finding.label == label
            assert finding.score == pytest.approx(score, abs=1e-5)
            clipped = np.clip(box, 0, [width, height, width, height])
            np.testing.assert_allclose(finding.box_px, clipped, atol=1.001)


def test_instances_are_those_that_the_library_finds(folders: dict[str, Path]) -> None:
    engine, processor = load(str(folders["mask2former"])), processor_of(folders["mask2former"])
    told_any = False
    for photo in PHOTOS[:3]:
        with torch.inference_mode():
            told = engine._model(pixel_values=engine._fit(photo))
        (reference,) = processor.post_process_instance_segmentation(
            told, threshold=0.5, target_sizes=[photo.shape[:2]], return_binary_maps=True
        )
        theirs = [] if not reference["segments_info"] else reference["segmentation"].numpy() > 0.5
        ours = engine.recognise([photo], "instances")[0]
        for finding in ours:
            told_any = True
            overlaps = [(finding.mask & mask).sum() / (finding.mask | mask).sum() for mask in theirs]
            assert max(overlaps) > 0.8
            twin = reference["segments_info"][int(np.argmax(overlaps))]
            assert finding.label in {LABELS[info["label_id"]] for info in reference["segments_info"]}
            assert finding.score == pytest.approx(twin["score"], abs=0.1)
    assert told_any


def test_boxes_of_a_mask_model_are_those_of_its_things(folders: dict[str, Path]) -> None:
    engine = load(str(folders["mask2former"]))
    things, boxes = (engine.recognise(PHOTOS[:2], task) for task in ("instances", "detect"))
    assert [[f.box_px for f in found] for found in things] == [[f.box_px for f in found] for found in boxes]
    assert all(f.mask is None for found in boxes for f in found)


def test_a_model_without_its_preprocessing_is_refused(model: Path) -> None:
    (model / "preprocessor_config.json").unlink()
    with pytest.raises(NotFound, match=r"preprocessor_config\.json"):
        load(str(model))


@pytest.mark.parametrize("broken", ["{", "[]", '{"size": 32}', '{"size": {"width": 3}}'])
def test_preprocessing_that_leaves_something_open_is_refused(model: Path, broken: str) -> None:
    (model / "preprocessor_config.json").write_text(broken)
    with pytest.raises(Damaged, match="how photos are prepared"):
        load(str(model))


def test_pickled_weights_are_never_opened(model: Path) -> None:
    torch.save({}, model / "pytorch_model.bin")
    (model / "model.safetensors").unlink()
    with pytest.raises(NotFound, match=r"model\.safetensors"):
        load(str(model))


def test_torn_weights_are_refused(model: Path) -> None:
    whole = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match="cannot be loaded"):
        load(str(model))


def test_code_that_comes_with_a_model_is_not_run(model: Path, tmp_path: Path) -> None:
    (model / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nclass Evil: pass\n")
    for name in ("config.json", "preprocessor_config.json"):
        change(model / name, auto_map={"AutoModel": "evil.Evil", "AutoImageProcessor": "evil.Evil"})
    engine = load(str(model))
    engine.recognise(PHOTOS[:1], sorted(engine.tasks)[0])
    assert not (tmp_path / "ran").exists()


def test_a_folder_is_known_by_its_family(saved: Path) -> None:
    assert find_record(str(saved)).ability == "recognise"


def test_non_commercial_masks_are_refused_until_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOPSIGHT_MODELS", str(tmp_path))
    with pytest.raises(LicenceRefused, match="CC BY-NC"):
        load("mask2former-tiny")


@pytest.mark.parametrize("name", [n for n, r in KNOWN.items() if r.ability == "recognise" and r.extra == "online"])
def test_every_record_states_all_three_licences(name: str) -> None:
    assert set(KNOWN[name].licences) == {"code", "weights", "data"}
    assert all(KNOWN[name].licences.values())


# --- labels in words ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_siglip(tmp_path_factory.mktemp("siglip"))


def zero_shot(folder: Path, **options: Any) -> Any:
    from dataclasses import replace

    from shopsight.engines.recognise.online import ZeroShot

    return ZeroShot(replace(KNOWN["siglip2-labels"], source=f"folder:{folder}"), **options)


def test_labels_in_words_are_weighed_as_the_model_weighs_them(worded: Path) -> None:
    """exp(logit) over one plus their sum, with the logits of the whole model run in one piece."""
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    labels = ["hat", "blue shoes", "skirt"]
    network, processor = AutoModel.from_pretrained(worded).eval(), AutoImageProcessor.from_pretrained(worded)
    filled = {"padding": "max_length", "max_length": 16, "return_tensors": "pt"}
    tokens = AutoTokenizer.from_pretrained(worded)([f"a photo of a {label}" for label in labels], **filled)
    with torch.inference_mode():
        pixels = processor(PHOTOS[0], return_tensors="pt")["pixel_values"]
        logits = network(pixel_values=pixels, input_ids=tokens["input_ids"]).logits_per_image[0].double()
    expected = (logits.exp() / (1 + logits.exp().sum())).numpy()
    found = {f.label: f.score for f in zero_shot(worded, labels=labels).recognise(PHOTOS[:1], "classify")[0]}
    np.testing.assert_allclose([found[label] for label in labels], expected, rtol=0.02, atol=1e-6)


def test_no_labels_are_refused(worded: Path) -> None:
    with pytest.raises(BadInput, match="none to choose"):
        zero_shot(worded, labels=["", " "])


def test_a_shop_takes_labels_after_a_colon(worded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    shutil.copytree(worded, models / "siglip2-labels")
    monkeypatch.setenv("SHOPSIGHT_MODELS", str(models))
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        found = shop.recognise(PHOTOS[0], labels="siglip2-labels:hat, skirt")
        assert {f.label for f in found.findings} == {"hat", "skirt"}
        with pytest.raises(BadInput, match="labels of its own"):
            shop.recognise(PHOTOS[0], labels="outline:hat")
