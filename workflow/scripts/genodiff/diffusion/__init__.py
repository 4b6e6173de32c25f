"""Masked diffusion. Schedule, process (noising and recovery), loss and sampler are separate, and any
backbone works with any of them."""
