"""The views of the digit lab."""
