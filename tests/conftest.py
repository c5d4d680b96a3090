"""One torch thread: two threads on two busy cores are ten times slower than one. The real digits, where they are."""

import os

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture
def real_digits() -> None:
    """MNIST's files are not part of the project; the few tests of them run where DIFFVIZ_DATA says where they are."""
    if "DIFFVIZ_DATA" not in os.environ:
        pytest.skip("MNIST's files are not part of the project, and DIFFVIZ_DATA does not say where they are")
