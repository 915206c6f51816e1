"""What was recognised in many photos, as one COCO document (https://cocodataset.org/#format-data), with scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shopsight.recognise import rle
from shopsight.types import Recognition

Document = dict[str, Any]


@dataclass
class Coco:
    """Gathers recognitions photo by photo; masks are packed at once, so that a long batch stays small in memory.

    >>> from shopsight.types import Finding
    >>> coco = Coco(["shirt"])
    >>> coco.add("a.jpg", Recognition("detect", "mine", 40, 30, (Finding("shirt", 0.9, (10, 5, 30, 25)),)))
    >>> coco.document()["annotations"][0]["bbox"]
    [10, 5, 20, 20]
    """

    labels: Sequence[str] = ()
    images: list[Document] = field(default_factory=list)
    annotations: list[Document] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._categories = {label: number for number, label in enumerate(self.labels, 1)}

    def add(self, file_name: str, found: Recognition) -> None:
        """One photo and its findings. A finding without a place (a class) covers the whole photo."""
        image = len(self.images) + 1
        self.images.append({"id": image, "file_name": file_name, "width": found.width_px, "height": found.height_px})
        for finding in found.findings:
            category = self._categories.setdefault(finding.label, len(self._categories) + 1)
            mask = finding.mask
            box = finding.box_px or (_box_of(finding.mask) if mask is not None else None)
            left, top, right, bottom = box or (0, 0, found.width_px, found.height_px)
            note = {
                "id": len(self.annotations) + 1,
                "image_id": image,
                "category_id": category,
                "bbox": [left, top, right - left, bottom - top],
                "area": int(mask.sum()) if mask is not None else (right - left) * (bottom - top),
                "iscrowd": 0,
                "score": round(float(finding.score), 4),
            }
            note["segmentation"] = rle.encode(mask) if mask is not None else []
            self.annotations.append(note)

    def document(self) -> Document:
        """`{info, images, categories, annotations}`, ready for `json.dump`."""
        return {
            "info": {"description": "recognised by Shopsight", "version": "1.0"},
            "licenses": [],
            "images": self.images,
            "categories": [{"id": n, "name": label, "supercategory": ""} for label, n in self._categories.items()],
            "annotations": self.annotations,
        }


def _box_of(mask: Any) -> tuple[int, int, int, int]:
    from shopsight.images.measure import box_of

    return box_of(mask)
