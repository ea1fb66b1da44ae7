# Everything below sets itself up: Python (3.11 or newer), make and a package index are enough.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: build submission test test-browser audit mutants reproduce bench lock clean

build: $(READY)
	$(VENV)/bin/snakemake build

submission: $(READY)
	$(VENV)/bin/snakemake submission

# Two clean builds under different circumstances, compared byte by byte.
reproduce: $(READY)
	$(VENV)/bin/python -m analysis.audit.reproduce build audit submission

test: $(READY)
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile

# In a real browser: Debian's chromium, installed where that can be done.
test-browser: $(READY)
	sh tests/browser/chromium.sh
	$(VENV)/bin/snakemake audit
	$(VENV)/bin/python -m pytest tests/browser -s

audit: $(READY)
	$(VENV)/bin/snakemake audit
	$(VENV)/bin/audit crosscheck
	$(VENV)/bin/audit lock

# Planted errors, one at a time: how many are caught, and by what.
mutants: build
	$(VENV)/bin/audit mutants

bench: build
	$(VENV)/bin/python benchmarks/bench_build.py
	$(VENV)/bin/python benchmarks/bench_stats.py
	$(VENV)/bin/python benchmarks/bench_scale.py

# Packages by hash; uv where it is on PATH, else pip.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes -r requirements.lock; \
	else \
	  $(VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock; \
	fi
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	touch $(READY)

# Needs uv; the versions that the next set-up installs.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --python-version 3.11 --extra slurm --extra test pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build .snakemake figures/figure-1.* figures/ae-table.*
