# SPDX-License-Identifier: GPL-3.0-or-later
# Every target sets up what it needs. `make` alone lists them.

VENV := .venv
VENV_LTS := .venv-4.5
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_LTS := $(VENV_LTS)/.ready
EXTENSION_TOOL := $(BIN)/python $(VENV)/lib/python3.11/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py
ZIP_LIMIT_MB := 25

PYTHON := $(shell for python in python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v $$python && break; done)

# System libraries that Blender's Python module loads and a bare Debian or Ubuntu lacks.
LIBRARIES := libx11-6 libxext6 libxfixes3 libxi6 libxrender1 libxkbcommon0 libsm6 libice6 libgl1 libegl1

.DEFAULT_GOAL := help
.PHONY: help setup libraries demo test gui-test zip lint format bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with the engine, Blender as a Python module, and the test tools

$(READY): pyproject.toml
	$(call environment,$(VENV),--group train --group test --group lint --group blender)

$(READY_LTS): pyproject.toml
	$(call environment,$(VENV_LTS),--group test --group blender-lts)

define environment
@if [ -z "$(PYTHON)" ]; then \
	echo "Python 3.11 was not found; Blender 4.5 and 5.0 run on no other as a Python module."; \
	echo "Install it (Debian 12: apt-get install python3.11-venv; macOS: brew install python@3.11;"; \
	echo "elsewhere: uv python install 3.11, or pyenv install 3.11), or say where it is:"; \
	echo "    make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; \
	exit 1; \
fi >&2
$(PYTHON) -m venv $(1)
$(1)/bin/python -m pip install --quiet 'pip>=25.1'
$(1)/bin/python -m pip install --quiet $(2)
@$(1)/bin/python -c 'import bpy' || { \
	echo "Blender's Python module does not load. On Debian and Ubuntu it needs:"; \
	echo "    sudo apt-get install $(LIBRARIES)"; \
	exit 1; \
} >&2
@touch $(1)/.ready
endef

libraries: ## Install the system libraries that Blender's Python module needs (Debian, Ubuntu; as root)
	apt-get install --yes --no-install-recommends $(LIBRARIES)

demo: zip ## Render a scene, repaint it in three manners with the built extension: out/demo.png
	$(BIN)/python benchmarks/demo.py

test: $(READY) $(READY_LTS) ## Run every test that needs no window
	$(BIN)/python -m pytest tests/core tests/engine
	$(BIN)/python -m pytest tests/blender
	MANIERA_PYTHON="$(CURDIR)/$(BIN)/python" $(VENV_LTS)/bin/python -m pytest tests/blender

gui-test: $(READY) ## Run the tests in a real Blender window (Debian, as root)
	PYTHON=$(BIN)/python tests/gui/run

zip: $(READY) ## Build and validate the extension: dist/maniera-VERSION.zip
	@rm -rf dist && mkdir dist
	$(EXTENSION_TOOL) build --source-dir . --output-dir dist
	$(EXTENSION_TOOL) validate dist/maniera-*.zip
	@du -h dist/maniera-*.zip
	@if [ -n "$$(find dist -size +$(ZIP_LIMIT_MB)M)" ]; then echo "It may have $(ZIP_LIMIT_MB) MB at most." >&2; exit 1; fi

lint: $(READY) ## Check form and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(READY) ## Put every file into the project's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Time the engine on this machine
	$(BIN)/python -m core bench

clean: ## Remove what was built (the environments stay)
	rm -rf dist out .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
