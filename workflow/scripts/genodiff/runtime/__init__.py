"""How a job runs: logs, errors, devices, locks, signals."""
