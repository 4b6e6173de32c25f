"""Train one backbone: weights, config and history."""

from genodiff.training.launch import launch_training
from genodiff.training.train_job import TrainFiles

launch_training(
    log=snakemake.log[0],
    files=TrainFiles(
        **dict(snakemake.input.items()),
        **dict(snakemake.output.items()),
        # Not an output, which Snakemake would delete after an interruption.
        state=f"{snakemake.output.weights}.state",
        tensorboard=f"{snakemake.log[0]}.tensorboard" if snakemake.config["logger"] else None,
    ),
    gpus=snakemake.resources.gpu,
    backbone=snakemake.wildcards.backbone,
    settings=snakemake.params.settings,
    diffusion=snakemake.params.diffusion,
    seed=snakemake.params.seed,
    device=snakemake.params.device,
    threads=snakemake.threads,
    # Read from the configuration like `logger`: it does not change the result.
    checkpoint_minutes=snakemake.config["checkpoint_minutes"],
)
