"""What a view measures or runs: plain functions from a frozen configuration to a frozen result, without a picture."""
