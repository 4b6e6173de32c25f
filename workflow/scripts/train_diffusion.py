"""Train a diffusion model: weights, configuration and history."""

from genodiff.formats.labels import label_mixes
from genodiff.training.launch import launch_training
from genodiff.training.train_job import TrainFiles

launch_training(
    log=snakemake.log[0],
    files=TrainFiles(
        **dict(snakemake.input.items()),
        **dict(snakemake.output.items()),
        # Not an output: Snakemake deletes outputs after an interruption.
        state=f"{snakemake.output.weights}.state",
        tensorboard=f"{snakemake.log[0]}.tensorboard" if snakemake.config["logger"] else None,
    ),
    gpus=snakemake.resources.gpu,
    **snakemake.params.settings,
    seed=snakemake.params.seed,
    code=snakemake.params.code,
    threads=snakemake.threads,
    plugins=snakemake.config["plugins"],
    # From the configuration like `logger`, since they do not change the result.
    device=snakemake.config["device"],
    checkpoint_minutes=snakemake.config["checkpoint_minutes"],
    # Only checked, so that a wrong name stops before the training.
    label_mixes=label_mixes(snakemake.config),
)
