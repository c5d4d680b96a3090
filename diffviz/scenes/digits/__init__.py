"""Pictures of digits: learning, sampling, guidance, latents, and what is measured of them."""
