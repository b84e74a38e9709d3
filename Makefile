# Everything needs only Python 3.11 to 3.13, git and make. Recipes `exec` and tell the command who make
# is, so that it ends with make, whatever kills that.
PYTHON ?= python3
PY := .venv/bin/python
RUN = @TENDERO_PARENT=$$PPID exec $(PY)
SETUP = @command -v $(PYTHON) >/dev/null || { printf '%s\n' "There is no $(PYTHON) here." "Mend: apt-get install -y python3" >&2; exit 1; }; TENDERO_PARENT=$$PPID exec $(PYTHON) backend/embedded/bootstrap.py
PYTEST_ARGS ?= -q -n 2 --dist worksteal
MAKEFLAGS += --no-print-directory
# Python's objects on large memory pages, where the C library can (backend/embedded/memory.py).
ifneq (,$(findstring glibc,$(shell getconf GNU_LIBC_VERSION 2>/dev/null)))
export PYTHONMALLOC ?= malloc
export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1
endif
.DEFAULT_GOAL := help
.PHONY: help setup setup-studio demo day test up chat inbox top doctor backup restore studio eval mutation attacks claims bench bench-search chaos check format

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## the main job from webhook to reply: a shop and a salon serve WhatsApp customers, then the database is checked
	$(RUN) -m evals demo $(ARGS)

day: setup ## a day in the life: a wrong answer, a takeover, a lesson with its proof, the next customer served right, and back
	$(RUN) -m evals day $(ARGS)

test: setup-studio ## all tests, offline, on real Postgres and Redis  (PYTEST_ARGS="tests/backend -k slots")
	$(RUN) -m pytest $(PYTEST_ARGS)

up: setup ## everything running on this machine; prints the addresses, Ctrl-C stops it
	$(RUN) -m backend up --seed evals/world/businesses $(ARGS)

chat: setup ## talk to a business as a WhatsApp customer (needs `make up` in another terminal)
	$(RUN) -m backend chat $(ARGS)

inbox: setup ## see what was handed off, and answer it as a person (needs `make up`)
	$(RUN) -m backend inbox $(ARGS)

top: setup ## what waits, runs, is parked or unclear, and the processes, live (needs `make up`; ARGS=--once prints it once)
	$(RUN) -m backend top $(ARGS)

doctor: setup ## check the configuration, and connect a real Twilio number step by step
	$(RUN) -m backend doctor $(ARGS)

backup: setup ## both databases into one file  (FILE=backup.tar)
	$(RUN) -m backend backup $(FILE) $(ARGS)

restore: setup ## both databases from one file  (FILE=backup.tar, ARGS=--force to replace what is there)
	@test -n "$(FILE)" || { printf '%s\n' "Which backup is to be restored?" "Mend: make restore FILE=backup.tar" >&2; exit 1; }
	$(RUN) -m backend restore $(FILE) $(ARGS)

studio: setup-studio ## LangGraph Studio's server over the conversation graph, offline
	$(RUN) -m agent studio $(ARGS)

eval: setup ## the suite of conversations on the twin world, scored on what the backend holds afterwards
	$(RUN) -m evals run $(ARGS)

mutation: setup ## faults planted in the running product, each caught by which scenarios  (ARGS="--filter booking")
	$(RUN) -m evals mutate $(ARGS)

attacks: setup ## more than 200 injected texts against a model that obeys them all  (ARGS="--filter tool-")
	$(RUN) -m evals attacks $(ARGS)

claims: setup ## the observer's claim ledger on thousands of drafts with known truth: what leaves, what is stopped, how fast
	$(RUN) -m evals claims

bench: setup ## turns and webhooks a second, free slots of a full diary, cost of a long chat, memory of each process  (ARGS="--part in-flight")
	$(RUN) -m evals bench $(ARGS)

bench-search: setup ## what the product search finds, how fast it and its API are, and its vectors against exact search  (ARGS="--part relevance --quick")
	$(RUN) -m evals bench-search $(ARGS)

chaos: setup ## 10,000 messages while processes and stores are being killed; ends with a ledger  (ARGS="--minutes 2 --messages 2000")
	$(RUN) -m evals chaos $(ARGS)

check: setup ## what CI runs besides the tests: style, types, the rooms' import arrows
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports

format: setup ## lay the code out
	@$(PY) -m ruff check --fix-only -q .
	$(RUN) -m ruff format .

setup:
	$(SETUP) --groups dev

setup-studio:
	$(SETUP) --groups dev,studio
