"""How a job runs: devices, locks, logs, memory, seeds, signals."""
