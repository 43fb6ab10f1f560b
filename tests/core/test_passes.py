# SPDX-License-Identifier: GPL-3.0-or-later
from core import passes

OF_4_5 = [
    *("Composite.Combined.R", "Composite.Combined.G", "Composite.Combined.B", "Composite.Combined.A"),
    *("View Layer.Combined.A", "View Layer.Combined.B", "View Layer.Combined.G", "View Layer.Combined.R"),
    *("View Layer.CryptoObject00.a", "View Layer.CryptoObject00.b", "View Layer.CryptoObject00.g"),
    *("View Layer.CryptoObject00.r", "View Layer.Depth.Z", "View Layer.IndexOB.X"),
    *("View Layer.Position.X", "View Layer.Position.Y", "View Layer.Position.Z"),
    *("View Layer.Vector.W", "View Layer.Vector.X", "View Layer.Vector.Y", "View Layer.Vector.Z"),
]
OF_5_0 = [
    *("ViewLayer.Combined.R", "ViewLayer.Combined.G", "ViewLayer.Combined.B", "ViewLayer.Combined.A"),
    *("ViewLayer.Depth.Z", "ViewLayer.Object Index.X", "ViewLayer.Noisy Image.R", "ViewLayer.Noisy Image.G"),
    *("ViewLayer.Vector.X", "ViewLayer.Vector.Y", "ViewLayer.Vector.Z", "ViewLayer.Vector.W"),
]


def test_passes_of_blender_4_5_are_known_and_the_compositors_color_comes_first():
    found = passes.find(OF_4_5)
    assert found == {
        "color": ("Composite.Combined.R", "Composite.Combined.G", "Composite.Combined.B", "Composite.Combined.A"),
        "vector": ("View Layer.Vector.X", "View Layer.Vector.Y", "View Layer.Vector.Z", "View Layer.Vector.W"),
        "depth": ("View Layer.Depth.Z",),
        "object": ("View Layer.IndexOB.X",),
        "cryptomatte": ("View Layer.CryptoObject00.r",),
        "position": ("View Layer.Position.X", "View Layer.Position.Y", "View Layer.Position.Z"),
    }


def test_passes_of_blender_5_are_known():
    found = passes.find(OF_5_0)
    assert found["object"] == ("ViewLayer.Object Index.X",)
    assert found["vector"][3] == "ViewLayer.Vector.W"
    assert found["color"][0] == "ViewLayer.Combined.R"
    assert "cryptomatte" not in found


def test_the_view_layer_with_vectors_is_taken():
    second = [name.replace("ViewLayer", "Back.ground") for name in OF_5_0 if "Vector" not in name]
    assert passes.find(second + OF_5_0) == passes.find(OF_5_0)


def test_passes_of_a_layer_made_for_motion_go_with_the_colors_of_the_blurred_picture():
    motion = [name.replace("ViewLayer", passes.MOTION_LAYER) for name in OF_5_0]
    for channels in (OF_5_0 + motion, sorted(OF_5_0 + motion)):  # as Blender 5.0 and 4.5 order them
        found = passes.find(channels)
        assert found["vector"][0] == "Maniera Motion.Vector.X"
        assert found["depth"] == ("Maniera Motion.Depth.Z",)
        assert found["color"][0] == "ViewLayer.Combined.R"
    assert passes.find(motion)["color"][0] == "Maniera Motion.Combined.R"


def test_files_of_one_layer_are_known():
    assert passes.find(["R", "G", "B", "Z"]) == {"color": ("R", "G", "B"), "depth": ("Z",)}


def test_vectors_alone_are_known():
    names = [f"Vector.{letter}" for letter in "XYZW"]
    assert passes.find(names) == {"vector": tuple(names)}


def test_what_lacks_channels_is_no_pass():
    assert passes.find(["ViewLayer.Vector.X", "ViewLayer.Vector.Y", "ViewLayer.Combined.R", "U"]) == {}
