"""What real digits are like, by the measures of drawn ones: `python -m benchmarks.real_digits`.

Writes assets/mnist/real-digits.json: of all test digits the share that is clear, which the classifier takes for one
digit with a probability above 0.9, and the mean of all pixels, -1 for paper and 1 for ink.
"""

from __future__ import annotations

import json

from diffviz.data import MNIST
from diffviz.metrics import classify_images
from diffviz.pretrained.digits import FOLDER, classifier

if __name__ == "__main__":
    points = MNIST().load("test").points
    real = {
        "command": "python -m benchmarks.real_digits",
        "counted": len(points),
        "clear": round(classify_images(classifier(), points).confident_share, 4),
        "pixel": round(float(points.mean()), 4),
    }
    (FOLDER / "real-digits.json").write_text(json.dumps(real, indent=2) + "\n", encoding="utf-8")
    print(real)
