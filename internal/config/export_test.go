package config

import "slices"

// StateDirOn is StateDir for the tests of systems other than this one.
func StateDirOn(goos string, getenv func(string) string) (string, error) {
	return stateDir(goos, getenv)
}

// Settings returns every effective value with its source, in the order of the
// example file. Secrets are masked.
func (c *Config) Settings() []Setting { return slices.Clone(c.settings) }
