# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel in which textures are listed and repainted on their objects."""

from tests.gui.window import Window

VIEW = "VIEW_3D"
RUNNING = "bpy.context.window_manager.maniera.running"
ADDED = "any('maniera' in node for node in bpy.data.materials['Material'].node_tree.nodes)"
UNDO = "with bpy.context.temp_override(window=window()): bpy.ops.ed.undo()"
TEXTURED = """
picture('Manner', 320, 240)
picture('Crate', 256, 256)
found = bpy.data.objects['Cube']
tree = found.material_slots[0].material.node_tree
node = tree.nodes.new('ShaderNodeTexImage')
node.image = bpy.data.images['Crate']
tree.links.new(node.outputs['Color'], tree.nodes['Principled BSDF'].inputs['Base Color'])
bpy.ops.ed.undo_push(message='Texture')
bpy.context.scene.maniera.source, bpy.context.scene.maniera.reference = 'PICTURE', bpy.data.images['Manner']
"""


def scroll(window: Window) -> None:
    """Bring the end of the sidebar into view."""
    left, bottom, right, top = window(f"bounds({VIEW!r})")
    for _ in range(30):
        window(f"simulate('WHEELDOWNMOUSE', 'PRESS', {(left + right) // 2}, {(bottom + top) // 2})")
    window.settle()


def test_textures_are_listed_and_repainted_by_two_clicks(window, pictures):
    window.show("IMAGE_EDITOR", "Maniera")
    window(TEXTURED)
    window.show(VIEW, "Maniera")
    scroll(window)
    window.click(VIEW, "maniera.find_textures")
    window.settle()
    assert window("[entry.name for entry in bpy.context.scene.maniera.textures.found]") == ["Crate"]
    window.screenshot(pictures / "textures.png")
    window.click(VIEW, "maniera.stylize_textures")
    window.wait(f"not {RUNNING} and reports()", 240)
    scroll(window)
    window.screenshot(pictures / "textures-done.png")
    assert window("reports()") == ["'Crate' is repainted"]
    assert window("bpy.data.images['Crate - Manner'].size[:]") == [256, 256]
    assert window(ADDED)
    window(UNDO)
    window.settle()
    assert not window(ADDED) and "Crate - Manner" not in window("bpy.data.images.keys()")
    window(UNDO.replace("undo", "redo"))
    window.settle()
    assert window(ADDED)
    window.click(VIEW, "maniera.remove_stylized_textures")
    window.settle()
    assert not window(ADDED)
