"""Tells a running Longshore to read its configuration again, and waits for what it says."""

from __future__ import annotations

import signal

import yaml

from support.longshore import Longshore, Settings
from support.wait import until

LAST_WORDS = ("configuration reloaded", "nothing is changed")


def configure(longshore: Longshore, **settings: object) -> Settings:
    """Writes the file with other top-level settings; does not say so yet."""
    config: Settings = yaml.safe_load(longshore.config_path.read_text())
    config.update(settings)
    longshore.config_path.write_text(yaml.safe_dump(config, sort_keys=False))
    return config


def said_of_reloads(longshore: Longshore) -> list[Settings]:
    return [line for line in longshore.log_lines() if line["topic"] == "reload"]


def reload(longshore: Longshore) -> list[Settings]:
    """Sends the signal; returns what the log says about it, once it has said the last word."""
    before = len(said_of_reloads(longshore))
    longshore.process.signal(signal.SIGHUP)

    def said() -> list[Settings] | None:
        new = said_of_reloads(longshore)[before:]
        return new if new and new[-1]["msg"].endswith(LAST_WORDS) else None

    return until(said, "the reload is in the log")
