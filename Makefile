# Each target sets itself up: a virtual environment in .venv/ with the pinned packages of constraints.txt.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test ci plan load up train clean help

help:  ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/lab  ## the first call, end to end, with real parts; writes runs/…/report.html
	$(VENV)/bin/lab113 run scenarios/ci/first-call.toml

test: $(VENV)/test  ## tests, CI scenarios, mypy --strict and ruff, all through tox
	$(VENV)/bin/tox run

ci: $(VENV)/test  ## the slower suites: browsers, Kannel, tshark, the whole chain broken on purpose
	@command -v chromium >/dev/null && command -v bearerbox >/dev/null && command -v tshark >/dev/null || \
	  { echo "Chromium, Kannel or tshark is missing. As root:" \
	    "apt-get install chromium kannel kannel-extras tshark; then run make ci again"; exit 2; }
	$(VENV)/bin/tox run -e ci

plan: $(VENV)/plan  ## a national year: seats, waits, video; writes runs/…/report.html
	$(VENV)/bin/lab113 plan scenarios/capacity/national-year.toml

load: $(VENV)/load  ## two minutes of a nation's week, for real, through locust
	$(VENV)/bin/lab113 load scenarios/load/week-minute.toml

train: $(VENV)/lab  ## be the operator of the first call, in your browser
	$(VENV)/bin/lab113 train scenarios/ci/first-call.toml

up: $(VENV)/lab  ## all parts, wired together, left running
	$(VENV)/bin/lab113 up

clean:  ## remove what make and tox made (runs/ stays)
	rm -rf $(VENV) .tox

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "lab113 needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.11 demo"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing. As root: apt-get install python3-venv; then run make again"; rm -rf $(VENV); exit 2; }

$(VENV)/lab: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(PIP) -e .
	@touch $@

$(VENV)/plan: $(VENV)/lab
	$(PIP) -e '.[plan]'
	@touch $@

$(VENV)/load: $(VENV)/lab
	$(PIP) -e '.[load]'
	@touch $@

$(VENV)/test: $(VENV)/lab
	$(PIP) -e '.[test]'
	@touch $@
