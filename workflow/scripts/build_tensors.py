"""Write the layout and the tensors of training, validation and test individuals."""

from genodiff.features.tensors import FILES, write_tensors
from genodiff.runtime.logs import job_log

with job_log(snakemake.log[0]):
    write_tensors(
        models_paths=list(snakemake.input.models),
        scores_paths=list(snakemake.input.scores),
        split_path=snakemake.input.split,
        layout_path=snakemake.output.layout,
        tensor_paths={name: snakemake.output[name] for name in FILES},
        multiple=snakemake.params.pad_genes_to,
        components=snakemake.params.components,
        basis=snakemake.input.get("basis"),
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
