"""Denoising networks. To add one: a module here with a class, an entry below, its settings in
config/schema.yaml.

A backbone is built as `Backbone(genes=P, components=K, classes=C, **settings)` and called as
`backbone(x, t, label)`: x float32 (B, P, K), t float32 (B,) the noise level (t+1)/T in (0, 1],
label int64 (B,) with C for unlabelled; it returns a prediction of x's shape. It need not care
about padded features: loss and sampler mask them. One that can leave them out takes a keyword `mask`,
bool (P, K), or None (see layers.UnmaskedFeatures).
"""

from collections.abc import Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

from genodiff.registry import Entry, find, load_plugin

if TYPE_CHECKING:  # the Snakefile reads this module, and must not wait for torch
    from torch import Tensor

BACKBONES = {
    "unet_cnn": Entry("genodiff.networks.backbones.unet_cnn", "UnetCnn", "CNN"),
    "unet_mlp": Entry("genodiff.networks.backbones.unet_mlp", "UnetMlp", "MLP"),
    "mlp_cnn": Entry("genodiff.networks.backbones.mlp_cnn", "MlpCnn", "MLP+CNN"),
    "transformer": Entry("genodiff.networks.backbones.transformer", "Transformer", "Transformer"),
    "baseline": Entry("genodiff.networks.backbones.baseline", "Baseline", "Baseline"),
}


def backbone_module(name: str) -> str:
    """The module of a registered backbone, or `module:Class` of one from outside: what its code hash
    names."""
    return BACKBONES[name].module if name in BACKBONES else name


def build_backbone(
    name: str, genes: int, components: int, classes: int, settings: dict[str, Any],
    mask: "Tensor | None" = None, plugins: Sequence[str] = (),
):  # fmt: skip
    """A backbone by its registered name, or `module:Class` of a file in a folder of `plugins`; `settings`
    are the keyword arguments of its class. With `mask`, bool (P, K) of unmasked features, backbones that
    can leave the others out do."""
    if ":" in name:
        backbone = load_plugin(name, plugins)
    else:
        backbone = find(BACKBONES, "backbone", name).load()
    arguments = {"genes": genes, "components": components, "classes": classes, **settings}
    if mask is not None and "mask" in signature(backbone).parameters:
        arguments["mask"] = mask
    return backbone(**arguments)
