"""Recorded programs in a page: see docs/explorer.md."""

from __future__ import annotations
