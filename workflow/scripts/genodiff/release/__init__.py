"""The folder that leaves the house: synthetic individuals as genotypes, in the formats of the field."""
