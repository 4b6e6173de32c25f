"""Training and sampling of each backbone, at the built-in cohort's size and the paper's, against a
plain loop.

python tests/benchmarks/training.py [--scales demo paper] [--backbones NAME ...] [--seconds S]
    [--batch N] [--threads N] [--device auto|cpu|cuda] [--recipe NAME] [--set KEY=VALUE ...]

The plain loop is what one writes in an afternoon: float32, Adam, a DataLoader over rows,
noise predicted on the linear schedule, ancestral sampling of its 1,000 steps (both samplings are timed
by a few of their steps).
Each case is a process of its own, the two of a backbone one after the other. FLOP/s are those of matrix
products and convolutions (torch's FlopCounterMode), as a share of the best rate of a bare matrix product
of the same type.
"""

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
import yaml
from snakemake.utils import update_config, validate
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from genodiff.diffusion.sampling import CHUNK, ChunkNoise, SamplerSettings, sample
from genodiff.diffusion.schedule import build_schedule
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.runtime.devices import bfloat16_pays, compiling_pays, keep_memory, prepare
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.workflow.recipes import resolve

CONFIG = Path(__file__).parents[2] / "config"
# Genes, individuals and share of unmasked features; the paper's is 51%.
SCALES = {"demo": (48, 3072, 0.76), "paper": (18_432, 128, 0.51)}
COMPONENTS, CLASSES = 8, 2
PLAIN_STEPS = 1000
# Steps of ours that are timed in sampling; an individual takes as many times that as the recipe says.
TIMED_STEPS = 5


def settings_of(scale: str) -> dict[str, Any]:
    """backbone_settings of the built-in cohort, or the schema's defaults, which are the paper's."""
    config = {"cohort": {"source": "simulate"}}
    if scale == "demo":
        update_config(config, yaml.safe_load((CONFIG / "config.yaml").read_text()))
    validate(config, str(CONFIG / "schema.yaml"))
    return config["backbone_settings"]


def live_mask(genes: int, share: float) -> torch.Tensor:
    """bool (P, K): genes with one to eight live components, padded genes, `share` of all features
    live."""
    counts = torch.randint(1, 2 * COMPONENTS, (genes,), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(COMPONENTS) < counts.clamp(max=COMPONENTS)[:, None]
    surplus = int(mask.sum()) - round(share * mask.numel())
    while surplus > 0:  # the last genes are padding
        last = int(mask.any(1).nonzero().max())
        surplus -= int(mask[last].sum())
        mask[last] = False
    return mask


def wait(device: torch.device) -> float:
    """The time, once the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter()


def rate(step: Callable[[], Any], device: torch.device, seconds: float) -> float:
    """Calls a second, after one or two to warm up, for at least so many seconds and one call."""
    begun = wait(device)
    step()
    if wait(device) - begun < seconds:
        step()
    count, begun = 0, wait(device)
    while count == 0 or perf_counter() - begun < seconds:
        step()
        count += 1
        if device.type == "cuda" and count % 20 == 0:
            wait(device)
    return count / (wait(device) - begun)


def product_rate(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of the best of a few bare matrix products."""
    sizes, best = (2048, 4096) if device.type == "cpu" else (4096, 8192, 16384), 0.0
    for size in sizes:
        a = torch.randn(size, size, device=device, dtype=dtype)
        best = max(best, 2 * size**3 * rate(lambda a=a: a @ a, device, 1.0))
    return best


def plain(network: nn.Module, x, labels, mask, o: argparse.Namespace, device: torch.device) -> dict:
    """The plain loop: batches a second, and seconds to sample a batch."""
    beta = torch.linspace(1e-4, 0.02, PLAIN_STEPS, device=device)
    abar = torch.cumprod(1 - beta, 0)
    optimizer = torch.optim.Adam(network.parameters(), 2e-4)

    def forever():
        while True:
            yield from DataLoader(TensorDataset(x, labels), o.batch, shuffle=True, drop_last=True)

    batches, losses = forever(), []

    def step():
        individuals, label = (part.to(device) for part in next(batches))
        t = torch.randint(PLAIN_STEPS, (o.batch,), device=device)
        noise, a = torch.randn_like(individuals) * mask, abar[t].view(-1, 1, 1)
        output = network(a.sqrt() * individuals + (1 - a).sqrt() * noise, (t + 1) / PLAIN_STEPS, label)
        loss = ((output - noise) * mask).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    trained = rate(step, device, o.seconds)
    individuals, label = torch.randn(o.batch, *mask.shape, device=device), labels[: o.batch].to(device)
    t = torch.full((o.batch,), PLAIN_STEPS - 1, device=device)

    @torch.no_grad()
    def reverse():
        output = network(individuals, (t + 1) / PLAIN_STEPS, label)
        b, a = beta[-1], abar[-1]
        mean = (individuals - b / (1 - a).sqrt() * output) / (1 - b).sqrt()
        return (mean + b.sqrt() * torch.randn_like(individuals)) * mask

    network.eval()
    return {"batches": trained, "sampling": PLAIN_STEPS / rate(reverse, device, o.seconds)}


def ours(network: nn.Module, x, labels, mask, recipe: dict, o: argparse.Namespace, device) -> dict:
    """The library's trainer and sampler, by a recipe: the same two numbers."""
    keep_memory(device)
    parameters = sum(p.numel() for p in network.parameters())
    bfloat16 = bfloat16_pays(recipe["precision"], device, parameters)
    chosen = TrainingSettings.of(recipe)
    trainer = Trainer(
        network, build_schedule(**recipe["schedule"]).to(device), mask, chosen, 0, 10**6,
        bfloat16=bfloat16, compiled=compiling_pays(recipe["compile"], device),
    )  # fmt: skip
    cohort = Cohort(x, labels).to(device)

    def forever():
        epoch = trainer.done * chosen.batch_size // len(cohort)
        while True:
            epoch += 1
            yield from trainer.train_epoch(cohort, epoch)

    batches = forever()
    trained = rate(lambda: next(batches), device, o.seconds)
    steps = recipe["sampler_steps"] or recipe["schedule"]["steps"]
    settings = SamplerSettings.of(recipe | {"sampler_steps": TIMED_STEPS}, device, bfloat16)
    label, noise = labels[: o.batch].to(device), ChunkNoise(0, range(-(-o.batch // CHUNK)), mask)
    network.eval()
    sampled = rate(lambda: sample(network, settings, mask, label, noise), device, o.seconds)
    return {"batches": trained, "sampling": steps / TIMED_STEPS / sampled, "bfloat16": bfloat16}


def flops(network: nn.Module, mask: torch.Tensor) -> int:
    """Of a training step of one individual, forward and backward."""
    device = mask.device
    # Attention as products: the counter does not know a processor's own kernel for it.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        network(
            torch.randn(1, *mask.shape, device=device), torch.ones(1, device=device),
            torch.zeros(1, dtype=torch.int64, device=device),
        ).square().mean().backward()  # fmt: skip
    network.zero_grad(set_to_none=True)
    return counter.get_total_flops()


def case(o: argparse.Namespace) -> dict:
    """One backbone, by the plain loop or by ours, in this process."""
    device = prepare(o.device, o.threads)[0]
    genes, individuals, share = SCALES[o.scales[0]]
    mask = live_mask(genes, share).to(device)
    own_settings = yaml.safe_load("\n".join(pair.replace("=", ": ") for pair in o.set)) or {}
    recipe = resolve({"recipe": o.recipe, "batch_size": o.batch} | own_settings)
    name, own = o.backbones[0], o.case == "ours"
    torch.manual_seed(0)
    network = build_backbone(
        name, genes, COMPONENTS, CLASSES, settings_of(o.scales[0])[name],
        mask if own and recipe["unmasked_only"] else None,
    ).to(device)  # fmt: skip
    x = torch.randn(individuals, genes, COMPONENTS) * mask.cpu()
    labels = torch.randint(CLASSES, (individuals,))
    count = flops(network, mask)
    run = ours if own else plain
    extra = (recipe,) if own else ()
    found = run(network, x, labels, mask, *extra, o, device)
    memory = (
        torch.cuda.max_memory_allocated(device) if device.type == "cuda"
        else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    )  # fmt: skip
    return found | {"flops": count, "memory": memory, "steps": recipe["sampler_steps"]}


def measured(arguments: list[str], kind: str, *more: str) -> dict | None:
    """A case in a process of its own; None where it died, of a lack of memory as a rule."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments, "--case", kind, *more], stdout=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def row(backbone: str, batch: int, loop: dict, found: dict, products: dict[str, float]) -> str:
    """A line of the table."""
    speed = [batch * part["batches"] for part in (loop, found)]
    individuals = [batch / part["sampling"] for part in (loop, found)]
    kinds = ["float32", "bfloat16" if found["bfloat16"] else "float32"]
    shares = [
        s * part["flops"] / products[kind]
        for s, part, kind in zip(speed, (loop, found), kinds, strict=True)
    ]
    cells = [
        BACKBONES[backbone].title, f"{loop['flops'] / 1e9:.3g}", f"{found['flops'] / 1e9:.3g}",
        f"{speed[0]:.3g}", f"{speed[1]:.3g}", f"**{speed[1] / speed[0]:.2f}**", kinds[1],
        f"{shares[0]:.0%}", f"{shares[1]:.0%}", f"{loop['memory'] / 2**30:.2f}",
        f"{found['memory'] / 2**30:.2f}", f"{individuals[0]:.3g}", f"{individuals[1]:.3g}",
        f"**{individuals[1] / individuals[0]:.3g}**",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


COLUMNS = (
    "backbone", "GFLOP an individual, plain", "ours", "individuals/s trained, plain", "ours", "ratio", "precision",
    "share of product rate, plain", "ours", "peak GiB, plain", "ours",
    "individuals/s sampled, plain", "ours", "ratio",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", nargs="+", default=list(SCALES), choices=SCALES)
    parser.add_argument("--backbones", nargs="+", default=list(BACKBONES), choices=BACKBONES)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement, at least")
    parser.add_argument("--batch", type=int, default=32, help="individuals a step, in both loops")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--recipe", default="best")
    parser.add_argument("--set", nargs="+", default=[], help="of the recipe, as in precision=float32")
    parser.add_argument("--case", choices=["plain", "ours"], help=argparse.SUPPRESS)
    o = parser.parse_args()
    if o.case:
        print(json.dumps(case(o)))
        return
    device = prepare(o.device, o.threads)[0]
    products = {
        str(kind).removeprefix("torch."): product_rate(device, kind)
        for kind in (torch.float32, torch.bfloat16)
    }
    what = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{o.threads} threads"
    rates = ", ".join(f"{kind} {value / 1e9:,.0f} GFLOP/s" for kind, value in products.items())
    print(f"torch {torch.__version__}, {what}; bare matrix products: {rates}")
    for scale in o.scales:
        print(f"\n{scale}: {SCALES[scale][0]:,} x {COMPONENTS} features, {SCALES[scale][2]:.0%} live\n")
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
        for backbone in o.backbones:
            arguments = [a for a in sys.argv[1:] if a]
            more = ["--scales", scale, "--backbones", backbone]
            found = [measured(arguments, kind, *more) for kind in ("plain", "ours")]
            dead = f"| {BACKBONES[backbone].title} | ended without a result (memory?) |"
            print(row(backbone, o.batch, *found, products) if all(found) else dead, flush=True)


if __name__ == "__main__":
    main()
