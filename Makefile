# Everything below sets itself up: Python (3.11 or newer), make and a package index are enough.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: build submission portfolio test lint test-browser test-faults test-slurm audit mutants reproduce bench \
  wheels licences lock clean

build: $(READY)
	$(VENV)/bin/snakemake build

submission: $(READY)
	$(VENV)/bin/snakemake submission

# Many trials and their index; make portfolio OPTIONS="--profile profiles/slurm" on a cluster.
OPTIONS ?= --cores 2 --keep-going
portfolio: $(READY)
	$(VENV)/bin/snakemake --snakefile portfolio/Snakefile --directory portfolio $(OPTIONS)

# Two clean builds under different circumstances, compared byte by byte.
reproduce: $(READY)
	$(VENV)/bin/python -m tracedtrial.provenance.reproduce build audit submission

test: $(READY)
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile

# Style, types, and that the rooms of the package import one way.
lint: $(READY)
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# In a real browser: Debian's chromium, installed where that can be done.
test-browser: $(READY)
	sh tests/browser/chromium.sh
	$(VENV)/bin/snakemake audit
	$(VENV)/bin/python -m pytest tests/browser -s

# Killed builds, full disks, odd places, malformed and hostile input; some faults need root.
test-faults: $(READY)
	$(VENV)/bin/python -m pytest tests/faults -n 2 --dist worksteal --durations=10

# Through a real Slurm of one node, which it starts and stops; about 15 min.
test-slurm: $(READY)
	sh tests/slurm/slurm.sh
	$(VENV)/bin/python tests/slurm/twenty.py

audit: $(READY)
	$(VENV)/bin/snakemake audit
	$(VENV)/bin/audit crosscheck
	$(VENV)/bin/audit lock

# Planted errors, one at a time: how many are caught, and by what.
mutants: build
	$(VENV)/bin/python -m proofs.mutants

bench: build
	$(VENV)/bin/python benchmarks/bench_build.py
	$(VENV)/bin/python benchmarks/bench_stats.py
	$(VENV)/bin/python benchmarks/bench_scale.py

# The packages that this Python on this machine needs, as files, for `make build WHEELS=wheels` without a network.
wheels:
	$(PYTHON) -m venv --clear .wheels-venv
	.wheels-venv/bin/python -m pip download --quiet --no-deps --require-hashes \
	  -r requirements.lock --dest wheels
	rm -rf .wheels-venv

# docs/licences.md from what the installed packages say of themselves.
licences: $(READY)
	$(VENV)/bin/python -m tracedtrial.release.licences

# Packages by hash; from the folder WHEELS alone where it is given, else uv where it is on PATH,
# else pip.
WHEELS ?=
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	if [ -n "$(WHEELS)" ]; then \
	  awk '/^[^ ]/ {on = /^setuptools==/} on' requirements.lock > $(VENV)/first.lock; \
	  for lock in $(VENV)/first.lock requirements.lock; do \
	    $(VENV)/bin/python -m pip install --quiet --require-hashes --no-deps --no-index \
	      --no-build-isolation --find-links "$(WHEELS)" -r $$lock || exit 1; \
	  done; \
	elif command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes -r requirements.lock; \
	else \
	  $(VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock; \
	fi
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	touch $(READY)

# Needs uv; the versions that the next set-up installs.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --python-version 3.11 --extra slurm --extra test --extra lint pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build .snakemake figures/figure-1.* figures/ae-table.*
