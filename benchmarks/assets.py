# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaint the textures of real assets: `python benchmarks/assets.py FILE_OR_FOLDER ...`, in Blender's Python.

Takes glTF models, and folders with the maps of a material (`*_Color`, `*_Normal`, `*_Roughness`, `*_Metalness`). Each
is brought into an empty file, repainted with relief by the built extension, saved, opened, undone and removed again.
The table tells what was lost: nodes and links, pixels of the originals, pixels of the repainted pictures.
"""

import sys
import time
from pathlib import Path

import installed

OUT = installed.ROOT / "out" / "assets"
installed.prepare(OUT)

import bpy  # noqa: E402
import numpy as np  # noqa: E402

STYLE = "Fauvist Dance"
DATA = {"Normal": "Normal", "Roughness": "Roughness", "Metalness": "Metallic"}
"""Shader inputs of the maps that are not colors."""

Kept = tuple[set, dict[str, np.ndarray]]
"""Nodes and links of all materials, and the pixels of all images."""


def bring(path: Path) -> None:
    """An asset into the empty file."""
    if path.is_dir():
        bpy.ops.mesh.primitive_cube_add()
        bpy.context.object.data.materials.append(material(path))
    else:
        bpy.ops.import_scene.gltf(filepath=str(path))
    for image in bpy.data.images:
        if image.source == "FILE" and not image.packed_file:
            image.pack()


def material(folder: Path) -> bpy.types.Material:
    """The maps of a folder on a shader."""
    made = bpy.data.materials.new(folder.name)
    if bpy.app.version < (5, 0, 0):
        made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    for name, end in {"Color": "Base Color", **DATA}.items():
        for file in folder.glob(f"*_{name}.*"):
            node = nodes.new("ShaderNodeTexImage")
            node.image = bpy.data.images.load(str(file))
            output = node.outputs["Color"]
            if name in DATA:
                node.image.colorspace_settings.name = "Non-Color"
            if name == "Normal":
                bump = nodes.new("ShaderNodeNormalMap")
                links.new(output, bump.inputs["Color"])
                output = bump.outputs["Normal"]
            links.new(output, nodes["Principled BSDF"].inputs[end])
    return made


def state() -> Kept:
    """All that must not be lost."""
    trees = [(found.name, found.node_tree) for found in bpy.data.materials if found.node_tree]
    parts = {(name, node.name, node.bl_idname) for name, tree in trees for node in tree.nodes}
    for name, tree in trees:
        for link in tree.links:
            ends = link.from_socket.identifier, link.to_node.name, link.to_socket.identifier
            parts.add((name, link.from_node.name, *ends))
    return parts, {image.name: _pixels(image) for image in bpy.data.images if image.size[0]}


def _pixels(image: bpy.types.Image) -> np.ndarray:
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    return pixels


def lost(before: Kept, after: Kept) -> str:
    """What of one state is not in the other, in a word or two."""
    nodes = "nodes" if before[0] != after[0] else ""
    same = (name in after[1] and np.array_equal(pixels, after[1][name]) for name, pixels in before[1].items())
    images = "pixels" if not all(same) else ""
    return " and ".join(filter(None, (nodes, images))) or "nothing"


def row(path: Path) -> str:
    """What became of an asset, as a line of the table."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bring(path)
    chosen = bpy.context.scene.maniera
    chosen.style_name, chosen.textures.scope, chosen.textures.relief = STYLE, "SCENE", True
    bpy.ops.maniera.find_textures()
    listed = [image for entry in chosen.textures.found if (image := bpy.data.images.get(entry.name))]
    megapixels = sum(image.size[0] * image.size[1] for image in listed) / 1e6
    start, before = time.perf_counter(), state()
    bpy.ops.ed.undo_push(message="before")
    if bpy.ops.maniera.stylize_textures() != {"FINISHED"}:
        return f"| {path.stem} | {len(listed)} | {megapixels:.1f} | not repainted | | | |"
    seconds, painted = time.perf_counter() - start, state()
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    undone = lost(before, state())
    bpy.ops.ed.redo()
    file = str(OUT / f"{path.stem}.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.open_mainfile(filepath=file)
    opened = lost(painted, state())
    bpy.ops.maniera.remove_stylized_textures()
    removed = lost(before, state())
    return f"| {path.stem} | {len(listed)} | {megapixels:.1f} | {seconds:.1f} | {undone} | {opened} | {removed} |"


def main() -> None:
    """Print the table."""
    installed.install()
    print("| asset | textures | megapixels | seconds | lost by undo | by saving and opening | by removing |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for path in map(Path, sys.argv[1:]):
        print(row(path), flush=True)


if __name__ == "__main__":
    main()
