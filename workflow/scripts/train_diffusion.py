"""Train one backbone: weights, config and history."""

from genodiff.training.launch import launch_training
from genodiff.training.train_job import TrainFiles

launch_training(
    snakemake.log[0],
    TrainFiles(
        snakemake.input.layout,
        snakemake.input.train,
        snakemake.input.validation,
        snakemake.output.weights,
        snakemake.output.config,
        snakemake.output.history,
        # Snakemake clears away outputs of a job that did not end; this is none.
        f"{snakemake.output.weights}.state",
        f"{snakemake.log[0]}.tensorboard" if snakemake.config["logger"] else None,
    ),
    gpus=snakemake.resources.gpu,
    launcher=snakemake.config["launcher"],
    backbone=snakemake.wildcards.backbone,
    settings=snakemake.params.settings,
    diffusion=snakemake.params.diffusion,
    seed=snakemake.params.seed,
    device=snakemake.params.device,
    threads=snakemake.threads,
    # Like launcher and logger no parameter of the rule: it changes nothing of the result.
    minutes=snakemake.config["checkpoint_minutes"],
)
