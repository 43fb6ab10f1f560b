# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine without torch and without networks, which inverts colors: run as the worker by the fixture `stand_in`.

Its working folder is the extension's, as the real worker's is. $STAND_IN is the folder through which a test tells it to
stay at work (the file `stay`) or to refuse it (`refuse`), and in which it says who it is (`pid`) and what it was asked
(`request`).
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, os.getcwd())

from core.engine.worker import Engine, main  # noqa: E402
from core.errors import UserError  # noqa: E402

FOLDER = Path(os.environ["STAND_IN"])


def stylize(fields, arrays, report):
    (FOLDER / "request").write_text(json.dumps(fields | {"shapes": [array.shape for array in arrays]}))
    (FOLDER / "pid").write_text(str(os.getpid()))
    while (FOLDER / "stay").exists():
        report(1, 2, "Staying")
        time.sleep(0.01)
    if (FOLDER / "refuse").exists():
        raise UserError("The picture is upside down: turn it round.")
    strength = fields["settings"]["strength"]
    result = arrays[0].copy()
    result[..., :3] += strength * (1 - 2 * result[..., :3])
    return {"seconds": 0.0, "device": "stand-in", "cleaned": 0}, [result]


main(lambda: Engine({"versions": {}, "devices": {}}, {"stylize": stylize}), *sys.argv[1:2])
