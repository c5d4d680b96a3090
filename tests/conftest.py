"""One torch thread: two threads on two busy cores are ten times slower than one."""

import torch

torch.set_num_threads(1)
