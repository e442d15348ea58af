# Two commands are all a reader needs: `make book` builds the site, `make test` proves it.
# Each sets up what it needs in .venv; nothing outside this folder is changed.

PYTHON ?= python3
BIN := .venv/bin
UV := uv==0.13.9
# The judge of every number. Its wheels differ by index (see "A small torch" in README.md), so
# it is installed by pip, which reads your index settings, and without a hash.
JUDGE := torch==2.13.0
SITE := _build/html
NOTEBOOKS ?= $(shell find book -name '*.ipynb' -not -path '*/.*')

.PHONY: book test check refresh parity bench pdf lighthouse lock clean

book: .venv/book
	rm -rf _build
	$(BIN)/jupyter-book build book --path-output . -W -n --keep-going --quiet \
	  --toc "$(CURDIR)/_toc.yml" --config "$(CURDIR)/_config.yml"
	@echo "The book is in $(SITE). To read it: $(PYTHON) -m http.server -d $(SITE), then open http://localhost:8000"

# The site's tests look at the site as built, so it is built first.
test: .venv/test check book
	$(BIN)/python -m pytest -n 2 --dist loadscope
	$(BIN)/python -m pytest -n 2 --dist loadscope -p no:cacheprovider --nbval --nbval-current-env \
	  --nbval-cell-timeout 120 --nbval-sanitize-with tests/nbval.cfg book

check: .venv/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

refresh: .venv/test
	$(BIN)/python book/_tools/refresh.py $(NOTEBOOKS)

parity: .venv/test
	$(BIN)/python -m lossbook.parity _build/parity.json

bench: .venv/test
	$(BIN)/python benchmarks/bench.py $(ONLY)

# The book as one PDF, printed by Chromium.
pdf: .venv/test book
	$(BIN)/python book/_tools/pdf.py

# For information, with Node.js: the median of five visits to three pages.
lighthouse: book
	$(BIN)/python book/_tools/lighthouse.py

# Recompile requirements.txt, the versions that `make book` and `make test` install.
lock: .venv/book
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --extra book --extra test --custom-compile-command "make lock" pyproject.toml -o requirements.txt

clean:
	rm -rf .venv _build

# Stamps: what stands in .venv.
.venv/book: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/test: .venv/book
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(JUDGE)
	@touch $@
