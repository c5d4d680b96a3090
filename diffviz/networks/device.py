"""Where training computes, and in what precision."""

from __future__ import annotations

import torch

CPU = torch.device("cpu")


def best_device() -> torch.device:
    """A CUDA or Apple GPU if there is one, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else CPU


def bfloat16_autocast(device: torch.device, wanted: bool) -> torch.autocast:
    """A context in which products are made in bfloat16, if `wanted` and the device makes them faster for it.

    Of processors only those with matrix units (AMX) do: with avx512_bf16 alone the digits' networks took a tenth to a
    third longer than in single precision, and the rest only emulate bfloat16.
    """
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=wanted and _is_faster_in_bfloat16(device))


def _is_faster_in_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu":
        return False
    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16"))
