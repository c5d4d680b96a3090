"""The views of the glossary."""
