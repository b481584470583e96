"""python -m fake_phones.scenes: contact sheets of the scenes, or what can be set about them."""

import argparse
import sys
from pathlib import Path

from fake_phones.scenes.catalogue import NAMES, kind
from fake_phones.scenes.sheet import write
from fake_phones.scenes.table import table


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 2 for a scene that does not exist."""
    parser = argparse.ArgumentParser("python -m fake_phones.scenes", description=__doc__)
    parser.add_argument(
        "scenes", nargs="*", metavar="SCENE", help=f"all when none is named: {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("scenes"), help="the folder of the sheets (%(default)s)"
    )
    parser.add_argument("--seed", type=int, help="who plays (by default others in each scene)")
    parser.add_argument("--list", action="store_true", help="print what can be set about them; draw nothing")
    asked = parser.parse_args(arguments)
    try:
        names = [kind(name).name for name in asked.scenes or NAMES]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if asked.list:
        print(table(names))
        return 0
    for name in names:
        print(write(name, asked.out, asked.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
