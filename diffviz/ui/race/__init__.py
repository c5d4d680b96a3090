"""The sampler race: one module a view, drawn on one setup."""
