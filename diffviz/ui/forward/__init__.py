"""The views of the forward page."""
