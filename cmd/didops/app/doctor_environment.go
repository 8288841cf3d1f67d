package app

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"didops/internal/config"
)

// environment tells of variables that decide what this shell works on, and that
// an assistant which starts didops does not pass on: HOME, PATH, SHELL, TERM,
// USER and LOGNAME are all that most do.
func (e *doctor) environment(c *config.Config) {
	ours := func(name string) bool { return strings.HasPrefix(name, "DIDOPS_") || strings.HasPrefix(name, "XDG_") }
	var set []string
	for _, name := range []string{"DIDOPS_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		if e.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	if e.Environ != nil {
		for _, variable := range e.Environ() {
			name, _, _ := strings.Cut(variable, "=")
			if strings.HasPrefix(name, "DIDOPS_") && !slices.Contains(set, name) {
				set = append(set, name)
			}
		}
	}
	bare := func(name string) string {
		if ours(name) {
			return ""
		}
		return e.Getenv(name)
	}
	if len(set) == 0 {
		return
	}
	slices.Sort(set)
	const remedy = `have the assistant's file say it too: "args": ["mcp", "--config", "PATH"], or "env" with these variables`
	its, err := config.Load(config.Source{Flag: e.flags.Config, Getenv: bare})
	here, _ := config.StateDir(e.Getenv)
	there, _ := config.StateDir(bare)
	switch {
	case err != nil:
		e.warn("environment", remedy, "%s counts in this shell; an assistant that starts didops passes none of that on, and would find its configuration wanting", strings.Join(set, ", "))
	case its.Path != c.Path || len(c.Differences(its)) > 0 || here != there:
		e.warn("environment", remedy, "%s counts in this shell; an assistant that starts didops passes none of that on, and would work on %s by %s, with its state in %s",
			strings.Join(set, ", "), cmp.Or(its.Exchange.URL, "the built-in sandbox"), cmp.Or(its.Path, "no file"), cmp.Or(there, "no folder"))
	}
}

// folders tells of folders in which others could put something else in place
// of what decides over orders.
func (e *doctor) folders(c *config.Config) {
	if runtime.GOOS == "windows" {
		return // which keeps no such bits
	}
	var list []string
	add := func(folder string) {
		if folder != "" && !slices.Contains(list, folder) {
			list = append(list, folder)
		}
	}
	if c.Path != "" {
		add(filepath.Dir(c.Path))
	}
	if place, err := e.place(c); err == nil && place.Path != "" {
		add(filepath.Dir(place.Path))
	}
	if dir, err := config.StateDir(e.Getenv); err == nil {
		add(dir)
	}
	for _, folder := range list {
		if at := openToOthers(folder); at != "" {
			e.warn("folder", "chmod go-w "+at, "others may write the folder %s: they could put another store or configuration in place of this one", at)
		}
	}
}

// openToOthers returns the folder, or one above it, that others may write; ""
// for none. In one with the sticky bit nobody can replace what is another's, so
// above it is as good as closed.
func openToOthers(folder string) string {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	writes := os.FileMode(0o022)
	for {
		info, err := os.Stat(folder)
		if err == nil {
			if open := info.Mode().Perm()&writes != 0; open && (writes == 0o022 || info.Mode()&os.ModeSticky == 0) {
				return folder
			}
		}
		writes = 0o002 // a group above is most often the user's own
		if filepath.Dir(folder) == folder {
			return ""
		}
		folder = filepath.Dir(folder)
	}
}
