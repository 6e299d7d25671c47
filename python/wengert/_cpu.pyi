"""What the processor can do: nothing in it needs more than any processor of its kind has."""

from typing import Final

LEVEL: Final[str]
