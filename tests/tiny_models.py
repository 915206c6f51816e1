"""Tiny CLIP and SigLIP models with random weights, saved to disk exactly as the hub has the large ones."""

from __future__ import annotations

import json
from pathlib import Path

VOCABULARY = (
    "<pad>",
    "<end>",
    "<unknown>",
    "a",
    "photo",
    "of",
    "hat",
    "pair",
    "blue",
    "shoes",
    "green",
    "skirt",
    "shirt",
)


def save_clip(folder: Path) -> Path:
    """A CLIP that prepares photos as FashionCLIP does: shortest side, middle square."""
    from transformers import CLIPConfig, CLIPModel

    text = _sides(
        vocab_size=len(VOCABULARY), max_position_embeddings=20, eos_token_id=1, bos_token_id=1, pad_token_id=0
    )
    config = CLIPConfig(text_config=text, vision_config=_sides(image_size=32, patch_size=8), projection_dim=24)
    preparing = {
        "size": {"shortest_edge": 32},
        "crop_size": {"height": 32, "width": 32},
        "do_center_crop": True,
        "resample": 3,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    return _save(folder, CLIPModel, config, preparing)


def save_siglip(folder: Path) -> Path:
    """A SigLIP that prepares photos as SigLIP 2 does: squashed to a square."""
    from transformers import SiglipConfig, SiglipModel

    text = _sides(
        vocab_size=len(VOCABULARY), max_position_embeddings=16, pad_token_id=0, eos_token_id=1, bos_token_id=1
    )
    text["projection_size"] = 16
    config = SiglipConfig(text_config=text, vision_config=_sides(image_size=32, patch_size=8))
    preparing = {
        "size": {"height": 32, "width": 32},
        "resample": 2,
        "rescale_factor": 1 / 255,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    return _save(folder, SiglipModel, config, preparing)


def _sides(**more: int) -> dict[str, int]:
    return {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, **more}


def _save(folder: Path, family: type, config: object, preparing: dict[str, object]) -> Path:
    import torch

    torch.manual_seed(5)
    model = family(config)
    # As initialised, the last layer is so flat that all photos look alike.
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.mul_(4)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preparing), "utf-8")
    _tokenizer().save_pretrained(folder)
    return folder


def _tokenizer() -> object:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = models.WordLevel({word: place for place, word in enumerate(VOCABULARY)}, unk_token="<unknown>")
    tokenizer = Tokenizer(words)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", unk_token="<unknown>"
    )
