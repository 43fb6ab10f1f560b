# SPDX-License-Identifier: GPL-3.0-or-later
# Every target sets up what it needs. `make` alone lists them.

ENGINE := .venv
BLENDER := .venv/blender-5.0
BLENDER_LTS := .venv/blender-4.5
READY := $(ENGINE)/.ready $(BLENDER)/.ready $(BLENDER_LTS)/.ready
EXTENSION := $(BLENDER)/bin/python $(BLENDER)/lib/python3.11/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py
ZIP_LIMIT_MB := 25

PYTHON := $(shell for python in python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v $$python && break; done)

# System libraries that Blender's Python module loads and a bare Debian or Ubuntu lacks.
LIBRARIES := libx11-6 libxext6 libxfixes3 libxi6 libxrender1 libxkbcommon0 libsm6 libice6 libgl1 libegl1

# The Python that has the engine, for the extension in Blender.
export MANIERA_PYTHON := $(CURDIR)/$(ENGINE)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup libraries demo turntable test gui-test zip lint format bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make the environments: .venv with the engine, and in it two with Blender as a Python module

$(ENGINE)/.ready: pyproject.toml
	$(call install,$(ENGINE),--group train --group test --group lint)
	@touch $@

.venv/blender-%/.ready: pyproject.toml
	$(call install,$(@D),--group blender-$*)
	@$(@D)/bin/python -c 'import bpy' || { echo "$$LIBRARIES_MISSING"; exit 1; } >&2
	@touch $@

define install
@[ -n "$(PYTHON)" ] || { echo "$$PYTHON_MISSING"; exit 1; } >&2
$(PYTHON) -m venv $(1)
$(1)/bin/python -m pip install --quiet 'pip>=25.1'
$(1)/bin/python -m pip install --quiet $(2)
endef

define PYTHON_MISSING
Python 3.11 was not found, and Blender's Python modules run on no other.
Install it (Debian 12: apt-get install python3.11-venv; macOS: brew install python@3.11;
elsewhere: uv python install 3.11, or pyenv install 3.11), or say where it is:
    make setup PYTHON=/path/to/python3.11
endef

define LIBRARIES_MISSING
Blender's Python module does not load; its reason is above. On Debian and Ubuntu it needs
    sudo apt-get install $(LIBRARIES)
endef

export PYTHON_MISSING LIBRARIES_MISSING

libraries: ## Install the system libraries that Blender's Python modules need (Debian, Ubuntu; as root)
	apt-get install --yes --no-install-recommends $(LIBRARIES)

demo: $(ENGINE)/.ready zip ## Render a scene and repaint it in three manners with the built extension: out/demo.png
	$(BLENDER)/bin/python benchmarks/demo.py

turntable: $(ENGINE)/.ready zip ## Repaint the textures of objects with the built extension and turn them: out/textures.jpg
	$(BLENDER)/bin/python benchmarks/turntable.py

test: $(READY) ## Run every test that needs no window
	$(ENGINE)/bin/python -m pytest tests/core tests/engine tests/training
	$(BLENDER)/bin/python -m pytest tests/blender
	$(BLENDER_LTS)/bin/python -m pytest tests/blender

gui-test: $(ENGINE)/.ready ## Run the tests in a real Blender window (Debian, as root)
	PYTHON=$(ENGINE)/bin/python tests/gui/run

zip: $(BLENDER)/.ready ## Build and validate the extension: dist/maniera-VERSION.zip
	@rm -rf dist && mkdir dist
	$(EXTENSION) build --source-dir . --output-dir dist
	$(EXTENSION) validate dist/maniera-*.zip
	@du -h dist/maniera-*.zip
	@[ -z "$$(find dist -size +$(ZIP_LIMIT_MB)M)" ] || { echo "It may have $(ZIP_LIMIT_MB) MB at most."; exit 1; } >&2

lint: $(ENGINE)/.ready ## Check form and style
	$(ENGINE)/bin/ruff format --check .
	$(ENGINE)/bin/ruff check .

format: $(ENGINE)/.ready ## Put every file into the project's form
	$(ENGINE)/bin/ruff format .
	$(ENGINE)/bin/ruff check --fix .

bench: $(ENGINE)/.ready ## Time the engine on this machine
	$(ENGINE)/bin/python -m core bench

clean: ## Remove what is quickly made again; environments and training runs stay
	rm -rf dist out/demo out/demo.png out/gui .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
