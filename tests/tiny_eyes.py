"""Tiny D-FINE, RT-DETR and Mask2Former models with random weights, saved to disk as the hub has the large ones."""

from __future__ import annotations

import json
from pathlib import Path

LABELS = {0: "hat", 1: "shoe", 2: "bag"}
BOX_PREPARING = {
    "image_processor_type": "RTDetrImageProcessor",
    "size": {"height": 64, "width": 64},
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": False,
    "do_pad": False,
    "resample": 2,
    "rescale_factor": 1 / 255,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
MASK_PREPARING = {
    "image_processor_type": "Mask2FormerImageProcessor",
    "size": {"shortest_edge": 64, "longest_edge": 128},
    "size_divisor": 32,
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": True,
    "resample": 2,
    "rescale_factor": 1 / 255,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "ignore_index": 255,
    "do_reduce_labels": False,
}
_SMALL = {
    "encoder_hidden_dim": 32,
    "encoder_in_channels": [16, 32, 64],
    "encoder_ffn_dim": 32,
    "encoder_attention_heads": 2,
    "d_model": 32,
    "num_queries": 12,
    "decoder_in_channels": [32, 32, 32],
    "decoder_ffn_dim": 32,
    "decoder_layers": 2,
    "decoder_attention_heads": 2,
    "num_denoising": 0,
    "id2label": LABELS,
}


def save_rt_detr(folder: Path) -> Path:
    """An RT-DETR on a ResNet of two blocks a stage."""
    from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig

    backbone = RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 32, 64], depths=[1, 1, 1, 1], layer_type="basic", out_indices=[2, 3, 4]
    )
    return _save(folder, RTDetrForObjectDetection, RTDetrConfig(backbone_config=backbone, **_SMALL), BOX_PREPARING)


def save_d_fine(folder: Path) -> Path:
    """A D-FINE on the smallest HGNet."""
    from transformers import DFineConfig, DFineForObjectDetection, HGNetV2Config

    backbone = HGNetV2Config(
        stem_channels=[3, 8, 8],
        stage_in_channels=[8, 16, 16, 32],
        stage_mid_channels=[8, 8, 8, 8],
        stage_out_channels=[16, 16, 32, 64],
        stage_num_blocks=[1, 1, 1, 1],
        stage_numb_of_layers=[1, 1, 1, 1],
        hidden_sizes=[16, 16, 32, 64],
        depths=[1, 1, 1, 1],
        out_indices=[2, 3, 4],
        return_idx=[1, 2, 3],
    )
    return _save(folder, DFineForObjectDetection, DFineConfig(backbone_config=backbone, **_SMALL), BOX_PREPARING)


def save_mask2former(folder: Path) -> Path:
    """A Mask2Former on a Swin of four thin stages."""
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

    backbone = SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=4,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    config = Mask2FormerConfig(
        backbone_config=backbone,
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=32,
        dim_feedforward=32,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=2,
        num_queries=8,
        id2label=LABELS,
    )
    return _save(folder, Mask2FormerForUniversalSegmentation, config, MASK_PREPARING)


def _save(folder: Path, family: type, config: object, preparing: dict[str, object]) -> Path:
    import torch

    torch.manual_seed(7)
    model = family(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # As initialised nothing is ever sure: "no object" wins, and masks hardly depend on the photo.
            if "class_embed" in name and weight.ndim == 1:
                weight.zero_()
            if "class_predictor" in name and weight.ndim > 1:
                weight.mul_(25)[-1].zero_()
            if "mask_embedder.2" in name and weight.ndim > 1:
                weight.mul_(60)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preparing), "utf-8")
    return folder
