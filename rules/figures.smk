# The figures, each as SVG and PNG. Drawing takes seconds; fitting the UMAP takes minutes.


if TRAINED:

    rule training_figures:
        input:
            # All seeds of the first generator, then those of the next: `read_histories` relies on this order.
            expand(
                "<results>/models/{generator}/seed{seed}/history.parquet",
                generator=TRAINED,
                seed=config["seeds"],
            ),
        output:
            figure3=report(
                "<results>/figures/figure3.svg",
                caption="../workflow/report/figure3.rst",
                category="Figures",
                labels={"figure": "Training"},
            ),
            figure3_png="<results>/figures/figure3.png",
            figure4=report(
                "<results>/figures/figure4.svg",
                caption="../workflow/report/figure4.rst",
                category="Figures",
                labels={"figure": "Error against noise"},
            ),
            figure4_png="<results>/figures/figure4.png",
        log:
            "<logs>/training_figures.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("training_figures.py"),
            generators=PLAN.shown(*TRAINED),
        message:
            "Figures 3 and 4"
        script:
            "../workflow/scripts/training_figures.py"


rule umap_embedding:
    input:
        layout="<results>/tensors/layout.json",
        train="<results>/tensors/train.parquet",
        test="<results>/tensors/test.parquet",
        datasets=embedded_files,
    output:
        "<results>/figures/umap.parquet",
    log:
        "<logs>/umap_embedding.log",
    benchmark:
        "<benchmarks>/umap_embedding.tsv"
    conda:
        "../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=embedding_memory,
        runtime=minutes(60, 6),
    params:
        code=code_of("umap_embedding.py"),
        states=lambda wildcards: states(embedded_files(wildcards)),
        names=list(embedded()),
        most=config["figures"]["umap_individuals"],
        seed=seed_of("umap"),
    message:
        "UMAP of real and synthetic individuals"
    script:
        "../workflow/scripts/umap_embedding.py"


rule figure5:
    input:
        "<results>/figures/umap.parquet",
    output:
        svg=report(
            "<results>/figures/figure5.svg",
            caption="../workflow/report/figure5.rst",
            category="Figures",
            labels={"figure": "UMAP"},
        ),
        png="<results>/figures/figure5.png",
    log:
        "<logs>/figure5.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("figure5.py"),
        generators=embedded(),
    message:
        "Figure 5"
    script:
        "../workflow/scripts/figure5.py"


rule privacy_figure:
    input:
        attack="<results>/privacy.tsv",
        table1="<results>/table1.long.tsv",
        table3="<results>/table3.long.tsv",
        layout="<results>/tensors/layout.json",
    output:
        svg=report(
            "<results>/figures/privacy.svg",
            caption="../workflow/report/privacy_figure.rst",
            category="Figures",
            labels={"figure": "Usefulness and privacy"},
        ),
        png="<results>/figures/privacy.png",
    log:
        "<logs>/privacy_figure.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("privacy_figure.py"),
        generators=PLAN.shown(form=PLAN.headline),
    message:
        "Figure of usefulness and privacy"
    script:
        "../workflow/scripts/privacy_figure.py"


if PARTLY_RELEASED:

    rule release_size_figure:
        input:
            "<results>/release_size.tsv",
        output:
            svg=report(
                "<results>/figures/release_size.svg",
                caption="../workflow/report/release_size.rst",
                category="Figures",
                labels={"figure": "Release size"},
            ),
            png="<results>/figures/release_size.png",
        log:
            "<logs>/release_size_figure.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("release_size_figure.py"),
            titles={
                PLAN.released_key(name): PLAN.entries[name]["title"]
                for name in PARTLY_RELEASED
            },
        message:
            "Figure of attacks on parts of what is released"
        script:
            "../workflow/scripts/release_size_figure.py"


rule variance_figure:
    input:
        expand("<results>/pca/{chrom}.models.parquet", chrom=CHROMOSOMES),
    output:
        svg=report(
            "<results>/figures/variance.svg",
            caption="../workflow/report/variance.rst",
            category="Figures",
            labels={"figure": "Variance kept"},
        ),
        png="<results>/figures/variance.png",
    log:
        "<logs>/variance_figure.log",
    localrule: True
    conda:
        "../envs/evaluation.yaml"
    params:
        code=code_of("variance_figure.py"),
    message:
        "Figure of the variance that principal components keep"
    script:
        "../workflow/scripts/variance_figure.py"


if PLAN.sizes():

    rule size_figure:
        input:
            table="<results>/size.tsv",
            layout="<results>/tensors/layout.json",
        output:
            svg=report(
                "<results>/figures/size.svg",
                caption="../workflow/report/size.rst",
                category="Figures",
                labels={"figure": "Size"},
            ),
            png="<results>/figures/size.png",
        log:
            "<logs>/size_figure.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("size_figure.py"),
            generators=PLAN.shown(),
        message:
            "Figure of accuracy against the size of the synthetic cohort"
        script:
            "../workflow/scripts/size_figure.py"


if PLAN.percents:

    rule augmentation_figure:
        input:
            table="<results>/augmentation.tsv",
            layout="<results>/tensors/layout.json",
        output:
            svg=report(
                "<results>/figures/augmentation.svg",
                caption="../workflow/report/augmentation.rst",
                category="Figures",
                labels={"figure": "Augmentation"},
            ),
            png="<results>/figures/augmentation.png",
        log:
            "<logs>/augmentation_figure.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("augmentation_figure.py"),
            generators=PLAN.shown(*PLAN.augmented),
            classifiers={name: CLASSIFIERS[name].title for name in SHARE_CLASSIFIERS},
        message:
            "Figure of the augmentation experiment"
        script:
            "../workflow/scripts/augmentation_figure.py"


if TRAINED:

    rule denoising_figure:
        input:
            "<results>/denoising.tsv",
        output:
            svg=report(
                "<results>/figures/denoising.svg",
                caption="../workflow/report/denoising.rst",
                category="Figures",
                labels={"figure": "Errors of denoisers"},
            ),
            png="<results>/figures/denoising.png",
        log:
            "<logs>/denoising_figure.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("denoising_figure.py"),
            generators=PLAN.shown(*TRAINED),
        message:
            "Figure of the errors of denoisers"
        script:
            "../workflow/scripts/denoising_figure.py"


if PLAN.labelled:

    rule labels_figure:
        input:
            table="<results>/labels.tsv",
            layout="<results>/tensors/layout.json",
        output:
            svg=report(
                "<results>/figures/labels.svg",
                caption="../workflow/report/labels.rst",
                category="Figures",
                labels={"figure": "Few labels"},
            ),
            png="<results>/figures/labels.png",
        log:
            "<logs>/labels_figure.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("labels_figure.py"),
            generators=PLAN.shown(*PLAN.label_generators),
            classifiers={name: CLASSIFIERS[name].title for name in LABEL_CLASSIFIERS},
        message:
            "Figure of classifiers with few labels"
        script:
            "../workflow/scripts/labels_figure.py"
