"""Train a backbone and draw synthetic individuals from it, without Snakemake.

    PYTHONPATH=workflow/scripts python docs/example.py

The individuals are invented: in cases the first components of eight genes are larger by one. Those of a
run of the workflow come from genodiff.formats.tensors:

    read_individuals("results/tensors/train.parquet", Layout.read("results/tensors/layout.json"))
"""

import numpy as np
import torch

from genodiff.diffusion.sampling import SamplerSettings, sample_individuals
from genodiff.diffusion.schedule import build_schedule
from genodiff.networks.backbones import build_backbone
from genodiff.runtime.devices import prepare
from genodiff.training.checkpoint import Checkpoints
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.training.training import Training
from genodiff.workflow.recipes import resolve

GENES, COMPONENTS, CLASSES, SEED = 32, 4, 2, 0
device = prepare("auto", threads=1)[0]
torch.manual_seed(SEED)

# 30 genes of one to four components; the last two are padding. x is (individuals, genes, components).
counts = torch.arange(GENES) % COMPONENTS + 1
mask = (torch.arange(COMPONENTS) < counts[:, None]) & (torch.arange(GENES) < 30)[:, None]


def invented(individuals: int) -> Cohort:
    labels = torch.randint(CLASSES, (individuals,))
    x = torch.randn(individuals, GENES, COMPONENTS)
    x[:, :8, 0] += labels[:, None]
    return Cohort(x * mask, labels)


training, validation = invented(4000), invented(500)
recipe = resolve({"recipe": "best", "epochs": 20, "learning_rate": 1e-3})
settings = TrainingSettings.of(recipe)
backbone = build_backbone("unet_mlp", GENES, COMPONENTS, CLASSES, {"widths": [128, 64]}, mask)
steps = settings.steps(len(training))
schedule = build_schedule(**recipe["schedule"]).to(device)
trainer = Trainer(backbone.to(device), schedule, mask.to(device), settings, SEED, steps)

# Kill it and start it again: it goes on. What must be the same for that is up to you to say.
checkpoints = Checkpoints("example.state", {"seed": SEED, "recipe": recipe}, minutes=0.1)
found = Training(trainer, training, validation, checkpoints).run()
checkpoints.clear()
print(f"best epoch {found.best_epoch} of {settings.epochs}, validation loss {found.best_loss:.3f}")

labels = np.repeat([0, 1], 500)
sampler = SamplerSettings.of(recipe, device)
batches = sample_individuals(backbone, sampler, mask.to(device), labels, batch=256, seed=SEED)
individuals = np.concatenate([x for x, _ in batches])
for label, name in enumerate(["controls", "cases"]):
    means = individuals[labels == label][:, :8, 0].mean()
    print(f"synthetic {name}: first components of those eight genes {means:.2f} on average")
print(f"variance of their unmasked features {individuals[:, mask.numpy()].var(0).mean():.2f}")
