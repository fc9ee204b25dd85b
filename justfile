# Recipes of this project. `uv run just` lists them; `.ci/run` runs all checks on a clean machine, with these recipes.

[private]
default:
    @just --list --unsorted

# Everything that .ci/run checks without installing anything, but for the tests
check: lint container names imports docs site house pins wire types

# ruff's rules and its format
lint:
    ruff check
    ruff format --check

# deploy/Containerfile keeps to hadolint's rules, deploy/compose.yaml to the schema of compose files
container:
    hadolint deploy/Containerfile
    check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml

# No package registry's name and no lock file in the repository
names:
    .ci/no-registry-names

# What may import what
imports:
    lint-imports

# The generated parts of docs/, deploy/grokbot.toml and grokbot/languages are current
docs:
    python -m grokbot.docgen.settings_table --check
    python -m grokbot.docgen.command_table --check
    python -m grokbot.docgen.command_line --check
    python -m grokbot.docgen.services --check
    python -m grokbot.docgen.sentences --check
    python -m grokbot.docgen.metrics_table --check
    python -m grokbot.docgen.messages --check
    python -m grokbot.docgen.units --check

# The sentences of the code into grokbot/languages/*.po, for translators; the translations there stay
sentences:
    python -m grokbot.docgen.sentences

# The site of docs/, in .site/html; fails on a link or anchor that leads nowhere
site:
    python docs/build_site.py

# Sizes, names, circles and Args sections within their limits
house:
    .ci/house

# deploy/requirements.txt fits pyproject.toml
pins:
    deploy/pin --check

# grokbot/wire is what protos/ make
wire:
    .ci/wire

# mypy, strict
types:
    mypy

# The tests: all, or those that are named
test *arguments:
    pytest {{ arguments }}

# xAI's own tests of its SDK against the sandbox's Grok; takes a checkout of github.com/xai-org/xai-sdk-python
official checkout="":
    python -m tests.official {{ checkout }}

# A measurement: start, stream, layout, store, library, share, api, chart
bench *arguments:
    python -m tests.bench {{ arguments }}

# A crowd talks to the bot while everything around it fails
faults *arguments:
    python -m tests.faults {{ arguments }}

# Mend what can be mended: format, fixable rules, generated files
fix:
    ruff check --fix
    ruff format
    python -m grokbot.docgen.settings_table
    python -m grokbot.docgen.command_table
    python -m grokbot.docgen.command_line
    python -m grokbot.docgen.services
    python -m grokbot.docgen.sentences
    python -m grokbot.docgen.units
    python -m grokbot.docgen.metrics_table
    python -m grokbot.docgen.messages

# Make the pictures of README.md and docs/ anew, from docs/pictures/*.yaml and the story `tour`; needs Chromium
pictures:
    for story in docs/pictures/*.yaml; do grokbot sandbox --script "$story" --picture "${story%.yaml}.png"; done
    grokbot sandbox --script tour --picture docs/pictures/tour.png
