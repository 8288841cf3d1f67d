//go:build !unix

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

// hold does nothing: there is no way to have a port without listening on it.
func hold(*testscript.TestScript, string) {}
