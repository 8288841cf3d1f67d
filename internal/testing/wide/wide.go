// Package wide says how much of a large test runs: a part that says something
// within seconds, spread over the whole, or all of it. All of it runs where the
// environment has DIDOPS_TEST_WIDE=1, as in .ci/soak.
package wide

import "os"

// Wanted reports whether all is to run.
func Wanted() bool { return os.Getenv("DIDOPS_TEST_WIDE") == "1" }

// Pick returns the one amount or, where all is to run, the other.
func Pick[T any](part, all T) T {
	if Wanted() {
		return all
	}
	return part
}
