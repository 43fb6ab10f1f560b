# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels that do nothing, and stand for what the engine needs."""

import zipfile

from core import interpreter

TORCH = """
class cuda:
    device_count = staticmethod(lambda: 1)
    get_device_name = staticmethod(lambda number: "Imaginary Card")
class backends:
    class mps:
        is_available = staticmethod(lambda: False)
"""
MODULES = {"torch": TORCH}
VERSIONS = {"torch": "2.9.0+cpu"}


def write_wheel(folder, package, module, version="99.0", code=""):
    """A wheel of one module that does nothing."""
    info = f"{package}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{package}-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def write_wheels(folder, but=()):
    folder.mkdir()
    for module, requirement in interpreter.REQUIREMENTS.items():
        package = requirement.partition(">=")[0]
        if package not in but:
            write_wheel(folder, package, module, VERSIONS.get(package, "99.0"), MODULES.get(module, ""))
    return folder
