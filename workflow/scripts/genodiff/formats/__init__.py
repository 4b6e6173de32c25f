"""The files of the workflow: one module per format, checked when written and when read."""
