"""The simulated cohort: coalescent genotypes, a liability-threshold phenotype, and their files."""
