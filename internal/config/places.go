package config

import (
	"path/filepath"
	"runtime"

	"didops/internal/fault"
)

// StateDir returns the folder where the user's state lives, which may not
// exist yet: $XDG_STATE_HOME/didops; else ~/.local/state/didops, on macOS
// ~/Library/Application Support/didops, on Windows %LocalAppData%\didops. It
// fails with Invalid when the environment tells no home.
func StateDir(getenv func(name string) string) (string, error) {
	return stateDir(runtime.GOOS, getenv)
}

func stateDir(goos string, getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "didops"), nil
	}
	switch home := getenv("HOME"); {
	case goos == "windows":
		if dir := getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "didops"), nil
		}
	case home == "":
	case goos == "darwin" || goos == "ios":
		return filepath.Join(home, "Library", "Application Support", "didops"), nil
	default:
		return filepath.Join(home, ".local", "state", "didops"), nil
	}
	return "", fault.New(fault.Invalid, "the environment names no home folder to keep state in").
		WithHint("set HOME (on Windows LocalAppData), or XDG_STATE_HOME, or [store] url")
}

// configDir returns the folder of the user's configuration, as
// [os.UserConfigDir] would but for XDG_CONFIG_HOME, which counts everywhere;
// "" when the environment tells none.
func configDir(goos string, getenv func(string) string) string {
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	switch home := getenv("HOME"); {
	case goos == "windows":
		return getenv("AppData")
	case home == "":
		return ""
	case goos == "darwin" || goos == "ios":
		return filepath.Join(home, "Library", "Application Support")
	default:
		return filepath.Join(home, ".config")
	}
}
