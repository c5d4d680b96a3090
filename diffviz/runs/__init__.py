"""Background runs: a thread drains the training loop, and pages look at its latest snapshot."""
