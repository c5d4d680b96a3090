"""What is computed of digits: learning, sampling, guidance, latents, inverse problems, and what was measured once."""
