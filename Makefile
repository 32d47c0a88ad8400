# Two commands matter: `cargo run --release` runs cowrite, `make test` tests it.
.PHONY: test rust web provider api browser instructions instructions-record screenshots api-session bench-peers help

help: ## What there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 21

test: rust web provider api browser instructions ## Everything, on a clean clone too

rust: web/node_modules/.package-lock.json ## Format, clippy, Rust tests
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked

web: web/node_modules/.package-lock.json ## Types, lint and unit tests of the editor
	cd web && npm run --silent check && npm test --silent

provider: target/debug/cowrite tests/provider/node_modules/.package-lock.json ## The real y-websocket provider against the server
	cd tests/provider && COWRITE_BIN=$(CURDIR)/target/debug/cowrite npm test --silent

api: target/debug/cowrite ## What schemathesis makes of the API and its document; API='--seed 7 -n 500' for options
	SCHEMATHESIS="$$(sh tests/api/schemathesis.sh)" && \
		"$$(dirname "$$SCHEMATHESIS")/python" tests/api/run.py target/debug/cowrite "$$SCHEMATHESIS" $(API)

browser: target/debug/cowrite web/node_modules/.package-lock.json ## The editor in Chromium against the server
	CHROMIUM="$$(sh web/test/chromium.sh)" && export CHROMIUM && \
		cd web && COWRITE_BIN=$(CURDIR)/target/debug/cowrite npm run --silent test:e2e

COUNT = VALGRIND="$$(sh benches/valgrind.sh)" && export VALGRIND && \
	cargo bench --locked --profile dev --bench instructions -- --server target/counted/cowrite

instructions: target/counted/cowrite ## Whether an edit or a delivery takes more instructions than recorded
	$(COUNT)

# A reason goes to the program as it is, whatever is in it.
export WHY
instructions-record: target/counted/cowrite ## Their record, made anew; WHY="the reason"
	@test -n "$$WHY" || { echo 'say why: make instructions-record WHY="the reason"' >&2; exit 1; }
	$(COUNT) --record "$$WHY"

screenshots: target/debug/cowrite web/node_modules/.package-lock.json ## The README's pictures, made anew
	CHROMIUM="$$(sh web/test/chromium.sh)" && export CHROMIUM && \
		cd web && export COWRITE_BIN=$(CURDIR)/target/debug/cowrite && \
		node test/e2e/screenshots.mjs ../docs/images && node test/e2e/film.mjs ../docs/images/together.gif

PEERS = target/peers
SCENARIOS = fanout pairs crowd cursors joiners ingest idle document start loss

api-session: target/debug/cowrite web/node_modules/.package-lock.json ## docs/api.md, made anew by running it
	CHROMIUM="$$(sh web/test/chromium.sh)" && export CHROMIUM && \
		cd web && COWRITE_BIN=$(CURDIR)/target/debug/cowrite node test/e2e/session.mjs ../docs/api.md

bench-peers: $(PEERS)/hocuspocus/node_modules/.package-lock.json $(PEERS)/y-websocket/node_modules/.package-lock.json $(PEERS)/bin/y-sweet ## The peers under the same load; SCENARIOS='fanout' for some of it, LOAD='--trace FILE' for options
	cargo bench --locked --bench load -- $(SCENARIOS) --peers $(abspath $(PEERS)) \
		--peer sweet --peer y-websocket --peer hocuspocus $(LOAD)

# @y/websocket-server asks for versions that npm finds at odds with each other.
$(PEERS)/%/node_modules/.package-lock.json: benches/peers/%/package-lock.json benches/peers/%/start.mjs
	mkdir -p $(PEERS)/$* && cp benches/peers/$*/* $(PEERS)/$*
	cd $(PEERS)/$* && npm ci --legacy-peer-deps --no-audit --no-fund --loglevel=error
	touch $@

$(PEERS)/bin/y-sweet:
	cargo install y-sweet --version 0.9.1 --locked --root $(PEERS) --target-dir $(PEERS)/build

# cargo knows best whether these are current, so it is asked every time.
.PHONY: target/debug/cowrite target/counted/cowrite
target/debug/cowrite: web/node_modules/.package-lock.json
	cargo build --locked

# Nobody opens the editor of this one.
target/counted/cowrite:
	SKIP_WEB_BUILD=1 cargo build --locked --profile counted

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund --loglevel=error
	touch $@
