package config

// StateDirOn is StateDir for the tests of systems other than this one.
func StateDirOn(goos string, getenv func(string) string) (string, error) {
	return stateDir(goos, getenv)
}
