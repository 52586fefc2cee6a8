# Two commands are all that a newcomer needs: `make demo` and `make test`. Both do the set-up themselves.
# The rest is what they are made of. What is missing on the machine is named, with the way to get it.

.PHONY: help demo test setup build generate conformance differential policies matrix oracle bench soak

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

demo: ## all 336,776 flights of New York, 2013, through Rust, C, Python and Java
	@scripts/demo.sh

test: ## every suite, linter and path; prints where its minutes went
	@scripts/test.sh

setup: ## fetch tools and libraries (needs crates.io, PyPI, Maven Central, npm, the Go module proxy); afterwards no network is needed
	@scripts/setup.sh

build: setup ## the program, the wheel, the JAR, the C library and the runners, optimised
	@scripts/build.sh

generate: ## write again what the table of operations and the status table generate
	@cargo run --quiet -p fishplate-boundary --features generate --bin fishplate-generate

conformance: ## the conformance suite of CEL against core/cel, held to docs/cel-conformance.md
	@core/conformance/fetch.sh
	@cargo run --quiet --locked -p fishplate-cel-conformance -- .cache/cel-spec docs/cel-conformance.md

differential: ## random expressions of CEL against two other engines, held to docs/cel-differential.md; SEED=7 COUNT=1000000
	@cargo run --quiet --locked -p fishplate-cel-differential -- docs/cel-differential.md --python .venv/bin/python --seed $(SEED) --count $(COUNT)
differential: SEED := 0
differential: COUNT := 20000

policies: build ## the published CEL policies, untouched, and their tests
	@core/conformance/policy/fetch.sh
	@core/conformance/policy/run.sh target/release/fishplate .cache/cel-policy/testdata

matrix: build ## every scenario on every path
	@.venv/bin/python interop-tests/matrix.py

oracle: build ## every window of all flights and of ten million payments against an independent database
	@.venv/bin/python examples/flights/prepare.py
	@.venv/bin/python examples/flights/oracle.py --all
	@.venv/bin/python examples/payments/oracle.py --events 10000000

bench: ## figures beside peers and limits of the same run, into bench/report; GROUP=engine measures one group
	@scripts/bench.sh $(GROUP)

soak: ## the long forms of the tests that walk at random; prints how many minutes each took
	@scripts/soak.sh
