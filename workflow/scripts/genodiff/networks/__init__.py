"""Neural networks: layers, denoising backbones, classifiers."""
