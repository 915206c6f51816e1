"""Models of the CLIP and SigLIP families: their own preprocessing, their own words, and nothing that is not theirs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra 'online' is not installed")

import torch

from shopsight.engines import load
from shopsight.errors import Damaged, NotFound
from shopsight.testing.embedding import draw_photo
from tiny_models import save_clip, save_siglip

PHOTOS = [draw_photo(seed, 50 + 40 * seed, 130 - 30 * seed) for seed in range(3)]


@pytest.fixture(scope="module", params=["clip", "siglip"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    save = save_clip if request.param == "clip" else save_siglip
    return save(tmp_path_factory.mktemp(request.param))


@pytest.fixture
def model(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def reference(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoImageProcessor, AutoModel

    return AutoModel.from_pretrained(folder).eval(), AutoImageProcessor.from_pretrained(folder)


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def test_photos_are_prepared_as_the_library_prepares_them(saved: Path) -> None:
    network, processor = reference(saved)
    with torch.inference_mode():
        rows = [network.get_image_features(**processor(photo, return_tensors="pt")).pooler_output for photo in PHOTOS]
    expected = torch.nn.functional.normalize(torch.cat(rows)).numpy()
    for sight, row in zip(load(str(saved)).see(PHOTOS), expected, strict=True):
        assert float(sight.values @ row) > 0.9999


def test_words_and_photos_meet_as_in_the_model(saved: Path) -> None:
    """The nearness of words to photos is what the whole model, run in one piece, gives."""
    from transformers import AutoTokenizer

    engine, (network, processor) = load(str(saved)), reference(saved)
    texts = ["a photo of a hat", "blue shoes"]
    siglip = network.config.model_type == "siglip"
    filled = {"padding": "max_length", "max_length": 16} if siglip else {"padding": True}
    tokens = AutoTokenizer.from_pretrained(saved)(texts, return_tensors="pt", **filled)
    given = {"input_ids": tokens["input_ids"], **({} if siglip else {"attention_mask": tokens["attention_mask"]})}
    with torch.inference_mode():
        whole = network(pixel_values=processor(PHOTOS[0], return_tensors="pt")["pixel_values"], **given)
    expected = (whole.image_embeds @ whole.text_embeds.T).numpy()
    found = engine.see(PHOTOS[:1])[0].values @ engine.read(texts).T
    np.testing.assert_allclose(found, expected[0], atol=1e-4)


def test_the_space_changes_with_weights_and_with_preprocessing(model: Path) -> None:
    first = load(str(model)).space
    assert load(str(model)).space == first
    change(model / "preprocessor_config.json", image_mean=[0.4, 0.5, 0.5])
    second = load(str(model)).space
    from safetensors.torch import load_file, save_file

    weights = load_file(model / "model.safetensors")
    weights["logit_scale"] = weights["logit_scale"] + 1
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    assert len({first, second, load(str(model)).space}) == 3


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


def test_weights_of_another_model_are_refused(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    config["vision_config"]["num_hidden_layers"] = 3
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(Damaged, match="do not fit"):
        load(str(model))


def test_torn_weights_are_refused(model: Path) -> None:
    whole = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match="cannot be loaded"):
        load(str(model))


def test_code_that_comes_with_a_model_is_not_run(model: Path, tmp_path: Path) -> None:
    (model / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nclass Evil: pass\n")
    for name in ("config.json", "tokenizer_config.json", "preprocessor_config.json"):
        change(model / name, auto_map={"AutoModel": "evil.Evil", "AutoTokenizer": ["evil.Evil", None]})
    engine = load(str(model))
    engine.see(PHOTOS[:1])
    assert not (tmp_path / "ran").exists()


def test_another_family_is_refused(model: Path) -> None:
    change(model / "config.json", model_type="bert")
    with pytest.raises(Damaged, match="bert"):
        load(str(model))


def test_a_very_long_strip_does_not_fill_the_memory(saved: Path) -> None:
    (sight,) = load(str(saved)).see([np.zeros((3, 60_000, 3), np.uint8)])
    assert np.isfinite(sight.values).all()


def test_the_surest_categories_come_with_a_photo(saved: Path) -> None:
    (sight,) = load(str(saved)).see(PHOTOS[:1])
    assert len(sight.categories) == 3
    assert 0 < sum(finding.score for finding in sight.categories) <= 1
