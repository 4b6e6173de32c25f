"""Downloads from public servers or their mirrors: resumable, verified against a list of checksums, and
either complete or absent."""
