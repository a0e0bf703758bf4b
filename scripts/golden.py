"""Make golden images anew: run the tests that compare with them, and write instead of compare.

Usage: ``python scripts/golden.py [pytest arguments]``; without arguments all that compare images.
Look at what changed before you keep it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("tests/dashboard/test_brief_golden.py", "tests/dashboard/test_report_golden.py")


def main() -> int:
    """Run the tests; return their exit status."""
    sys.path.insert(0, str(ROOT))
    from tests import golden_images  # noqa: PLC0415 - found only from here on

    golden_images.renewing = True
    asked = sys.argv[1:] or [str(ROOT / name) for name in TESTS]
    return int(pytest.main(["-q", "-p", "no:cacheprovider", *asked]))


if __name__ == "__main__":
    sys.exit(main())
