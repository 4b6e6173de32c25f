"""Files from public servers or a mirror of them: downloads that go on after an interruption, are
verified against a list of checksums, and are whole or not there."""
