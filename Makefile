# Every target works in a fresh clone on a machine with Go alone. `make test` is
# what CI runs.

GOLANGCI_LINT := v2.15.0
BIN := $(CURDIR)/bin
FUZZTIME ?= 10m

.PHONY: build test setup check lint unit race fuzz soak bench generate docs vendor clean

build: ## the release binary: static, no cgo
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$$(git describe --tags --always --dirty)" -o $(BIN)/rollcall ./cmd/rollcall

test: setup check lint unit ## everything that CI holds the code to

setup: ## installs what the tests need and is missing
	./scripts/setup

check: ## what is generated is current, and the docs name files that exist
	./scripts/check

lint: $(BIN)/golangci-lint-$(GOLANGCI_LINT)
	$< run ./...

$(BIN)/golangci-lint-$(GOLANGCI_LINT):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(BIN)/golangci-lint $@

unit:
	go test -timeout 9m ./...

race: ## the same tests under the race detector; needs a C compiler
	go test -race -timeout 30m ./...

fuzz: ## every fuzz target, FUZZTIME each
	./scripts/fuzz $(FUZZTIME)

soak: ## kills importing processes 200 times on SQLite, and 50 times one of two on PostgreSQL, kills under dialers 40 times on each, and tries random cases; an hour
	./scripts/setup
	ROLLCALL_KILLS=200 go test ./e2e -count 1 -v -timeout 60m -run TestKill_AnImportGoesOn
	ROLLCALL_KILLS=50 go test ./e2e -count 1 -v -timeout 60m -run TestKill_AnotherProcessTakesOver
	ROLLCALL_KILLS=40 go test ./e2e -count 1 -v -timeout 60m -run TestDialers_WhileProcessesAreKilled
	ROLLCALL_SEEDS=20 go test ./store -count 1 -v -timeout 60m -run TestSimulation_Killed
	go test ./ingest -count 1 -timeout 60m -run 'TestImport_|TestExport_ComesBack' -rapid.seed 0 -rapid.checks 1000

bench: ## measures for about an hour, and writes the tables of docs/performance.md; needs 5 GB of disk
	./scripts/setup bench
	go run ./bench -write

generate: ## writes the numbering plans of the folder phone from libphonenumber's data
	go generate ./phone

docs: ## writes docs/api.md from the running OpenAPI document
	go test ./api -run TestAPIDoc -update

vendor: ## fetches the API reference's page again, as its lock file names it; needs npm
	./api/static/update.sh

clean:
	rm -rf $(BIN)
