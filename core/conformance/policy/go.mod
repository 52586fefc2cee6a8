// The one module that fetch.sh asks the Go module proxy for: its test data, not its code. go.sum beside this file pins it.
module fishplate/core/conformance/policy

go 1.22

require github.com/google/cel-go/policy v0.32.0
