# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that touches Blender's data: one file an operator, and what they share."""

from . import (
    add_examples,
    add_part,
    add_to_sequencer,
    after_render,
    cancel,
    command_line,
    delete_style,
    duplicate_style,
    export_farm_job,
    export_style,
    find_nearest_style,
    find_textures,
    gallery,
    import_style,
    jobs,
    learn_style,
    learnt_preview,
    make_movie,
    preferences,
    properties,
    refine_style,
    remove_from_compositor,
    remove_part,
    remove_stylized_textures,
    rename_style,
    set_up_engine,
    set_up_passes,
    show_in_compositor,
    stop_and_keep,
    stop_engine,
    stylize_animation,
    stylize_image,
    stylize_object,
    stylize_render,
    stylize_textures,
    use_original_textures,
    use_stylized_textures,
)

MODULES = (
    gallery,
    properties,
    preferences,
    jobs,
    learnt_preview,
    stylize_image,
    stylize_render,
    add_part,
    remove_part,
    add_examples,
    learn_style,
    refine_style,
    stop_and_keep,
    find_nearest_style,
    import_style,
    export_style,
    duplicate_style,
    rename_style,
    delete_style,
    find_textures,
    stylize_textures,
    stylize_object,
    use_original_textures,
    use_stylized_textures,
    remove_stylized_textures,
    set_up_passes,
    stylize_animation,
    after_render,
    add_to_sequencer,
    make_movie,
    export_farm_job,
    cancel,
    stop_engine,
    set_up_engine,
    show_in_compositor,
    remove_from_compositor,
    command_line,
)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
