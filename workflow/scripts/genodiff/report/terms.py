"""The terms of the report, for readers who do not know them."""

TERMS = {
    "Generator": "A model that was fitted to training individuals and draws synthetic ones.",
    "Training, validation and test individuals": "Disjoint sets of real individuals: generators are "
    "fitted to the first, choices are made on the second, and the third judge.",
    "Null": "The same number for real individuals in place of synthetic ones. It is what a perfect "
    "generator would have, and the value with which every number is compared.",
    "Classifier": "A network that predicts the class of an individual, such as case or control, trained "
    "on each dataset and tested on real test individuals.",
    "Chance-corrected recovery": "Accuracy above guessing of a classifier that was trained on synthetic "
    "individuals, as a share of that after training on real individuals.",
    "AA_truth, AA_syn": "Adversarial accuracies: the share of real individuals whose nearest neighbour "
    "is real, and of synthetic individuals whose nearest one is synthetic. Indistinguishable: 0.5.",
    "Privacy loss": "How much nearer synthetic individuals are to training than to test individuals.",
    "Membership attack": "An attempt to find out whether a known individual was among the training "
    "individuals.",
    "AUC": "Area under the ROC curve: the chance that an attack gives a training individual a higher "
    "score than another one. 0.5 is guessing, 1 certainty.",
    "TPR at a FPR": "True-positive rate at a false-positive rate: the share of the training individuals "
    "that an attack finds while it wrongly names this share of others.",
    "Positive control": "Data with a known leak, which an attack has to find to be believed.",
    "Components, genotypes": "Synthetic individuals as they are drawn, by scores of principal "
    "components of genes; and decoded to 0, 1 or 2 copies of an allele, as they are released.",
    "Linkage disequilibrium, r2": "Correlation between neighbouring variants.",
    "Kinship": "Chance that an allele of one individual is by descent that of another: 0.5 for the same "
    "genome, 0.25 for parent and child, 0 for strangers.",
}
