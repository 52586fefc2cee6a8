// The one module that fetch.sh asks the Go module proxy for: its test data, not its code. go.sum beside this file pins it.
module fishplate/core/conformance

go 1.22

require cel.dev/expr v0.25.3
