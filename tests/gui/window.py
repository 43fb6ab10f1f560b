# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender window on a virtual screen, driven from outside."""

import json
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests.gui import screen

HERE = Path(__file__).parent
SIZE = (1280, 800)


class Blender:
    """How Blender is started: inside the tree `debian`, with `user` as its folder of preferences and extensions."""

    def __init__(self, debian: Path, user: Path, python: Path) -> None:
        user.mkdir(parents=True, exist_ok=True)  # Blender ignores BLENDER_USER_RESOURCES where the folder is missing
        self.debian, self.python = debian, python
        self.enter = [str(HERE / "enter"), str(debian)]
        self.names = {
            "BLENDER_USER_RESOURCES": str(user),
            "MANIERA_PYTHON": str(HERE / "host-python"),
            "HOST_PYTHON": str(python),
        }

    def command(self, *arguments: str, **names: str) -> list[str]:
        """The command line that runs Blender with `arguments`, and with further environment variables."""
        variables = [f"{name}={value}" for name, value in (self.names | names).items()]
        return [*self.enter, *variables, "blender", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run Blender without a window, to its end."""
        command = self.command(*arguments)
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800)


class Screen:
    """A virtual screen; its frame buffer lies in `folder`."""

    def __init__(self, blender: Blender, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.frame = folder / "Xvfb_screen0"
        depth = "x".join(map(str, (*SIZE, 24)))
        server = ["Xvfb", "-displayfd", "1", "-screen", "0", depth, "-nolisten", "tcp", "-fbdir", str(folder)]
        self._server = subprocess.Popen([*blender.enter, *server], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.display = f":{int(self._server.stdout.readline())}"

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()


class Window:
    """One Blender with its window. Call it with Python code: it is evaluated in there, its value comes back."""

    def __init__(self, blender: Blender, screen: Screen, folder: Path) -> None:
        self.log = folder / "blender.log"
        self._screen = screen
        address = folder / "orders"
        address.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(address))
        listener.listen()
        listener.settimeout(120)
        geometry = ["--window-geometry", "0", "0", *map(str, SIZE)]
        script = ["--python", str(HERE / "inside.py"), "--", str(address)]
        command = blender.command(
            "--gpu-backend", "opengl", "--enable-event-simulate", *geometry, *script, DISPLAY=screen.display
        )
        with self.log.open("wb") as log:
            self.blender = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self._orders = listener.accept()[0]
        self._orders.settimeout(120)
        self._answers = self._orders.makefile()

    def __call__(self, code: str) -> Any:
        self._orders.sendall(json.dumps(code).encode() + b"\n")
        answer = json.loads(self._answers.readline() or '{"error": "Blender has ended"}')
        if "error" in answer:
            raise RuntimeError(f"{code}\n{answer['error']}")
        return answer["value"]

    def wait(self, condition: str, seconds: float = 60) -> Any:
        """Evaluate `condition` until it is true, and return its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self(condition):
                return value
        raise TimeoutError(f"not true after {seconds} s: {condition}")

    def show(self, editor: str, tab: str) -> None:
        """Open the tab in the sidebar of the window's largest area, made an editor of this type."""
        self(f"edit({editor!r})")
        self.wait(f"region({editor!r}, 'UI')[1].width > 1")
        self.settle()
        self(f"setattr(region({editor!r}, 'UI')[1], 'active_panel_category', {tab!r})")
        self(f"region({editor!r}, 'UI')[0].tag_redraw()")
        self.settle()

    def settle(self, ticks: int = 5) -> None:
        """Let the window draw itself."""
        for _ in range(ticks):
            self("None")

    def find(self, editor: str, wanted: str, kind: str = "UI") -> tuple[int, int]:
        """Where the button is whose operator or property is `wanted`, found by moving the mouse over the region.

        :raises LookupError: there is no such button to be seen; says which there are.
        """
        left, bottom, right, top = self(f"bounds({editor!r}, {kind!r})")
        met = {}
        for across in (0.25, 0.55, 0.8):
            x = round(left + (right - left) * across)
            for y in range(top - 6, bottom, -9):
                self(f"simulate('MOUSEMOVE', 'NOTHING', {x}, {y})")
                found = self(f"button({editor!r}, {kind!r})")
                met.setdefault(found, (x, y))
                if re.search(rf"\b{re.escape(wanted)}\b", found):
                    self(f"simulate('MOUSEMOVE', 'NOTHING', {x}, {y - 3})")
                    return x, y - 3
        raise LookupError(f"no button '{wanted}' in the {editor} among {sorted(met)}")

    def click(self, editor: str, wanted: str) -> None:
        """Click on the button whose operator or property is `wanted`."""
        x, y = self.find(editor, wanted)
        self(f"press('LEFTMOUSE', {x}, {y})")

    def aim(self, editor: str) -> tuple[int, int]:
        """Move the mouse to the middle of the editor."""
        left, bottom, right, top = self(f"bounds({editor!r}, 'WINDOW')")
        x, y = (left + right) // 2, (bottom + top) // 2
        self(f"simulate('MOUSEMOVE', 'NOTHING', {x}, {y})")
        return x, y

    def press(self, key: str, editor: str) -> None:
        """Press a key with the mouse in the middle of the editor."""
        x, y = self.aim(editor)
        self(f"press({key!r}, {x}, {y})")

    def screenshot(self, path: Path) -> None:
        """Keep what the screen shows."""
        self.settle()
        Image.fromarray(screen.read(self._screen.frame)).save(path)

    def workers(self) -> list[int]:
        """The process ids of the engine's workers that this Blender started."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                parent = int(re.search(r"^PPid:\s*(\d+)", status.read_text(), re.MULTILINE).group(1))
                command = status.with_name("cmdline").read_text()
            except (OSError, AttributeError):  # the process has just ended
                continue
            if parent == self.blender.pid and "core.engine.worker" in command:
                found.append(int(status.parent.name))
        return found

    def kill(self) -> None:
        """End Blender as a crash would."""
        self.blender.kill()
        self.blender.wait()
        self._orders.close()
