"""`python -m wengert`: the same as the command `wengert`."""

from __future__ import annotations

import sys

from wengert._cli import main

if __name__ == "__main__":
    sys.exit(main())
