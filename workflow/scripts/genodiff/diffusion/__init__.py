"""Masked diffusion. Schedule, noising, prediction, loss and sampler are separate; each works with any
backbone."""
