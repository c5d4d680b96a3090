"""The app in the wheel: an editable installation reads the app where it stands, so that only a true wheel copies it."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Lab(BuildHookInterface):
    """Adds the files that `pyproject.toml` lists beside this hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build; `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"] |= self.config["lab"]
