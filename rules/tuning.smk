# Search settings of generators by validation individuals; test individuals are not an input of any rule here.
# Workers of a study share a journal beside their outputs, which no rule lists: it outlives failed jobs.
if PLAN.tuned:

    rule tune:
        input:
            layout="<results>/tensors/layout.json",
            train="<results>/tensors/train.parquet",
            train_x="<results>/tensors/train.npy",
            validation="<results>/tensors/validation.parquet",
            validation_x="<results>/tensors/validation.npy",
        output:
            "<results>/tuning/{generator}/worker{worker}.json",
        log:
            "<logs>/tune/{generator}.worker{worker}.log",
        benchmark:
            "<benchmarks>/tune/{generator}.worker{worker}.tsv"
        wildcard_constraints:
            generator=any_of(PLAN.tuned),
            worker=r"\d+",
        priority: 10
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=tuning_memory,
            runtime=tuning_minutes,
            gpu=min(1, GPUS),
        params:
            code=lambda wildcards: code_of("tune.py", *tuned_modules(wildcards)),
            network=configured_network,
            trials=config["tuning"]["trials"],
            # Those that change the result.
            comparison={
                **{key: config["comparison"][key] for key in ("nearest", "repeats")},
                "attack_repeats": config["privacy"]["repeats"],
                "attack_members": config["privacy"]["members"],
            },
            # Without generator and worker: every trial has the same noise, subsets of individuals and null.
            seed=seed_of("tune"),
        message:
            "Trying settings of {wildcards.generator}, worker {wildcards.worker}"
        script:
            "../workflow/scripts/tune.py"

    rule tuning_table:
        input:
            expand(
                "<results>/tuning/{generator}/worker{worker}.json",
                generator=PLAN.tuned,
                worker=range(config["tuning"]["workers"]),
            ),
        output:
            table=report(
                "<results>/tuning.tsv",
                caption="../workflow/report/tuning.rst",
                category="Tables",
                labels={"table": "Tuning"},
            ),
            best="<results>/tuning/best.yaml",
        log:
            "<logs>/tuning_table.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("tuning_table.py"),
            entries={name: PLAN.entries[name] for name in PLAN.tuned},
            own={name: own_recipe(name) for name in PLAN.tuned},
        message:
            "Table of tried settings, and the chosen ones"
        script:
            "../workflow/scripts/tuning_table.py"

    rule tuning_figure:
        input:
            "<results>/tuning.tsv",
        output:
            report(
                "<results>/figures/tuning.svg",
                caption="../workflow/report/tuning.rst",
                category="Figures",
                labels={"figure": "Tuning"},
            ),
            "<results>/figures/tuning.png",
        log:
            "<logs>/tuning_figure.log",
        localrule: True
        conda:
            "../envs/evaluation.yaml"
        params:
            code=code_of("tuning_figure.py"),
            generators=PLAN.shown(*PLAN.tuned),
        message:
            "Figure of tried settings"
        script:
            "../workflow/scripts/tuning_figure.py"
