"""A carrier that sells numbers over HTTP and misbehaves as real ones do."""
