"""One measurement of training.py in a process of its own, which is ready when it has compiled what it
compiles, waits for a line, measures, and says what it found: a line of JSON each.

python tests/benchmarks/training_case.py '{"kind": "ours", "backbone": "unet_mlp", "scale": "demo", ...}'
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests/helpers"))

from network_sizes import DEMO, PAPER

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.sampling import CHUNK, ChunkNoise, SamplerSettings, sample
from genodiff.diffusion.schedule import build_schedule
from genodiff.evaluation.classifier_training import ClassifierTraining, train_classifier
from genodiff.networks.backbones import build_backbone
from genodiff.networks.classifiers import CLASSIFIERS, build_classifier
from genodiff.runtime.devices import bfloat16_pays, compiling_pays, keep_memory, prepare
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.workflow.recipes import resolve

# Genes, individuals here and in an epoch of the training set, share of unmasked features, networks.
SCALES = {"demo": (48, 3072, 3240, 0.76, DEMO), "paper": (18_432, 128, 9365, 0.51, PAPER)}
COMPONENTS, CLASSES = 8, 2
PLAIN_STEPS = 1000
# Steps of ours that are timed in sampling; an individual takes as many times that as the recipe says.
TIMED_STEPS = 5


def unmasked(genes: int, share: float) -> torch.Tensor:
    """bool (P, K): genes of one to eight components, padded genes, `share` of all features unmasked."""
    counts = torch.randint(1, 2 * COMPONENTS, (genes,), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(COMPONENTS) < counts.clamp(max=COMPONENTS)[:, None]
    # The last genes are padding.
    return mask & (mask.sum(1).cumsum(0) <= share * mask.numel())[:, None]


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


def products(o: SimpleNamespace, device: torch.device) -> Iterator[dict]:
    """FLOP/s of the best of a few bare matrix products, by type."""
    yield {}
    sizes, best = (2048, 4096) if device.type == "cpu" else (4096, 8192, 16384), {}
    for dtype in (torch.float32, torch.bfloat16):
        name = str(dtype).removeprefix("torch.")
        for size in sizes:
            a = torch.randn(size, size, device=device, dtype=dtype)
            found = 2 * size**3 * rate(lambda a=a: a @ a, device, 0.5)
            best[name] = max(best.get(name, 0.0), found)
    what = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{o.threads} threads"
    yield {"device": f"torch {torch.__version__}, {what}", "products": best}


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


def begin_memory(device: torch.device) -> None:
    """Give back what is not in use, and count the peak from here (on a processor: of the process)."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> int:
    """Bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def where_time_goes(step: Callable[[], Any], device: torch.device) -> str:
    """Three steps under the profiler: seconds in all, and the kernels that take most of them."""
    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with profile(activities=kinds) as found:
        begun = wait(device)
        for _ in range(3):
            step()
        seconds = wait(device) - begun
    events = [
        (event.self_device_time_total if device.type == "cuda" else event.self_cpu_time_total, event)
        for event in found.key_averages()
        if device.type == "cpu"
        or (event.device_type != torch.autograd.DeviceType.CPU and not event.is_user_annotation)
    ]
    lines = [f"{seconds / 3e-3:.2f} ms a step, {sum(us for us, _ in events) / 3e3:.2f} ms in kernels"]
    events.sort(key=lambda pair: -pair[0])
    lines += [
        f"{us / 3e3:9.3f} ms {event.count / 3:6.0f} x {event.key[:110]}" for us, event in events[:12]
    ]
    return "\n".join(lines)


class Inputs:
    """Network, individuals and labels of a case."""

    def __init__(self, o: SimpleNamespace, device: torch.device, own: bool):
        genes, individuals, _, share, networks = SCALES[o.scale]
        self.mask = unmasked(genes, share).to(device)
        self.recipe = resolve({"recipe": o.recipe, "batch_size": o.batch} | o.set)
        torch.manual_seed(0)
        self.network = build_backbone(
            o.backbone, genes, COMPONENTS, CLASSES, networks["backbones"][o.backbone],
            self.mask if own and self.recipe["unmasked_only"] else None,
            prediction=build_prediction(
                self.recipe["prediction"], build_schedule(**self.recipe["schedule"])
            ),
        ).to(device)  # fmt: skip
        self.x = torch.randn(individuals, genes, COMPONENTS) * self.mask.cpu()
        self.labels = torch.randint(CLASSES, (individuals,))
        self.about = {
            "flops": flops(self.network, self.mask),
            "parameters": sum(p.numel() for p in self.network.parameters()),
        }  # fmt: skip


def plain(o: SimpleNamespace, device: torch.device) -> Iterator[dict]:
    """The plain loop: batches a second, and seconds to sample a batch. Repeatable kernels are ours."""
    torch.use_deterministic_algorithms(False)
    inputs = Inputs(o, device, own=False)
    network, mask, labels = inputs.network, inputs.mask, inputs.labels
    beta = torch.linspace(1e-4, 0.02, PLAIN_STEPS, device=device)
    abar = torch.cumprod(1 - beta, 0)
    optimizer = torch.optim.Adam(network.parameters(), 2e-4)

    def forever():
        while True:
            yield from DataLoader(TensorDataset(inputs.x, labels), o.batch, shuffle=True, drop_last=True)

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

    yield {}
    begin_memory(device)
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
    sampled = PLAIN_STEPS / rate(reverse, device, o.seconds)
    yield {"batches": trained, "sampling": sampled, "memory": peak_memory(device)} | inputs.about


def ours(o: SimpleNamespace, device: torch.device) -> Iterator[dict]:
    """The library's trainer and sampler, by a recipe: the same two numbers."""
    keep_memory(device)
    inputs = Inputs(o, device, own=True)
    network, mask, recipe = inputs.network, inputs.mask, inputs.recipe
    bfloat16 = bfloat16_pays(recipe["precision"], device, inputs.about["parameters"])
    chosen, compiled = TrainingSettings.of(recipe), compiling_pays(recipe["compile"], device)
    trainer = Trainer(
        network, build_schedule(**recipe["schedule"]).to(device), mask, chosen, 0, 10**6,
        bfloat16=bfloat16, compiled=compiled,
    )  # fmt: skip
    cohort = Cohort(inputs.x, inputs.labels).to(device)

    def forever():
        epoch = trainer.done * chosen.batch_size // len(cohort)
        while True:
            epoch += 1
            yield from trainer.train_epoch(cohort, epoch)

    batches, begun = forever(), wait(device)
    next(batches)
    took = wait(device) - begun
    begin_memory(device)
    yield {}
    trained = rate(lambda: next(batches), device, o.seconds)
    found = {"batches": trained, "bfloat16": bfloat16, "compile": took if compiled else None}
    if o.profile:
        found["profile"] = where_time_goes(lambda: next(batches), device)
    steps = recipe["sampler_steps"] or recipe["schedule"]["steps"]
    settings = SamplerSettings.of(recipe | {"sampler_steps": TIMED_STEPS}, device, bfloat16)
    chunks = range(-(-o.batch // CHUNK))
    label = inputs.labels[: CHUNK * len(chunks)].to(device)
    network.eval()

    def draw():
        sample(network, settings, mask, label, ChunkNoise(0, chunks, mask), o.batch)

    sampled = rate(draw, device, o.seconds) * len(label) / o.batch
    found |= {"sampling": steps / TIMED_STEPS / sampled, "memory": peak_memory(device)}
    yield found | {"epochs": recipe["epochs"]} | inputs.about


def classifiers(o: SimpleNamespace, device: torch.device) -> Iterator[dict]:
    """Steps a second of each classifier's training."""
    yield {}
    genes, individuals, _, share, networks = SCALES[o.scale]
    x = (torch.randn(individuals, genes, COMPONENTS) * unmasked(genes, share)).to(device)
    labels, found = torch.arange(individuals) % CLASSES, {}
    held = x[:8], labels[:8].to(device)
    for name in CLASSIFIERS:
        torch.manual_seed(0)
        classifier = build_classifier(name, genes, COMPONENTS, CLASSES, networks["classifiers"][name])
        classifier.to(device)

        def steps(count, classifier=classifier):
            training = ClassifierTraining(count, 32, 1e-4, 0.01, 1)
            begun = wait(device)
            train_classifier(classifier, x, labels.numpy(), held, training, 0)
            return wait(device) - begun

        steps(1)
        count = max(2, min(500, round(o.seconds / steps(1))))
        found[name] = count / steps(count)
    yield {"steps": found, "wanted": networks["classifier_steps"]}


CASES = {"products": products, "plain": plain, "ours": ours, "classifiers": classifiers}


def main() -> None:
    # Libraries may print: the lines of JSON have standard output for themselves.
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    o = SimpleNamespace(**json.loads(sys.argv[1]))
    # Beside others that are made ready: one thread.
    case = CASES[o.kind](o, prepare(o.device, o.threads if o.device == "cpu" else 1)[0])
    print(json.dumps(next(case)), file=told, flush=True)
    if sys.stdin.readline():
        torch.set_num_threads(o.threads)
        print(json.dumps(next(case)), file=told, flush=True)


if __name__ == "__main__":
    main()
