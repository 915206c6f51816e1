"""One forward pass that says which pixels, where the things are, and which pixel belongs to which of them.

EfficientNet-Lite0 (Tan and Le 2019) under a feature pyramid (Lin et al. 2017); the heads are those of Panoptic-DeepLab
(Cheng et al. 2020): groups per pixel, a heat map of centres, and from each pixel the way to its thing's centre. The
heat map has one plane a group (as in CenterNet, Zhou et al. 2019): a coat and the dress below it share their middle.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from training.lite0.network import Lite0

STRIDE = 4
FROZEN = 5
"""Blocks that stay as ImageNet made them: edges and textures need no garments to be learnt from."""
TAPS = (2, 4, 10, 15)
"""Last blocks at strides 4, 8, 16 and 32."""
CHANNELS = (24, 40, 112, 320)


def mix(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU())


class SceneNet(nn.Module):
    """`(N, 3, H, W)` float in, H and W multiples of 32; at stride 4 out: group logits, centre logits, ways in cells."""

    def __init__(self, trunk: Lite0, groups: int, width: int = 64) -> None:
        super().__init__()
        self.stem, self.blocks = trunk.stem, trunk.blocks
        self.whole = nn.Linear(CHANNELS[-1], width)
        self.narrow = nn.ModuleList(nn.Conv2d(c, width, 1) for c in CHANNELS)
        self.mix = nn.ModuleList(mix(width, width) for _ in CHANNELS)
        self.last = mix(width, width)
        self.groups = nn.Conv2d(width, groups, 1)
        self.things = nn.Sequential(mix(width, width), nn.Conv2d(width, groups - 2 + 2, 1))
        nn.init.constant_(self.things[1].bias, 0.0)
        nn.init.constant_(self.things[1].bias[: groups - 2], -4.6)  # hardly any cell is a centre
        self.count = groups - 2

    def scales(self, x: Tensor) -> list[Tensor]:
        found = []
        with torch.no_grad():
            h = self.stem(x)
            for i in range(FROZEN):
                h = self.blocks[i](h)
                if i in TAPS:
                    found.append(h)
        for i in range(FROZEN, len(self.blocks)):
            h = self.blocks[i](h)
            if i in TAPS:
                found.append(h)
        return found

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scales = self.scales(x)
        h = self.narrow[3](scales[3]) + self.whole(scales[3].mean((2, 3)))[:, :, None, None]
        h = self.mix[3](h)
        for k in (2, 1, 0):
            h = F.interpolate(h, scale_factor=2.0, mode="bilinear", align_corners=False)
            h = self.mix[k](self.narrow[k](scales[k]) + h)
        h = self.last(h)
        things = self.things(h)
        return self.groups(h), things[:, : self.count], things[:, self.count :]


class Deployed(nn.Module):
    """`(N, H, W, 3) uint8` in; `groups` `(N, G, H/4, W/4)` chances, `centres` 0-1, `ways` (across, down) in cells."""

    def __init__(self, net: SceneNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = (photos.permute(0, 3, 1, 2).float() - 127) / 128
        groups, centres, ways = self.net(x)
        return torch.softmax(groups, 1), torch.sigmoid(centres), ways * WAY_CELLS


WAY_CELLS = 8.0
"""Ways are learnt in units of this many cells, so that they are about 1."""
