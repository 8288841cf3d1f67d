package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// The build may set both with -ldflags "-X main.stamped=v1.2.3 -X main.commit=…".
var stamped, commit string //nolint:gochecknoglobals // set by the linker

func version() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return cmp.Or(info.Main.Version, "devel")
	}
	return "devel"
}

func revision() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if a.flags.JSON {
				return a.writeJSON(map[string]string{"version": version(), "commit": revision(), "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(a.out, "didops %s (commit %s, %s %s/%s)\n",
				version(), revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// writeJSON writes one JSON document to standard output.
func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	if a.outTTY {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}
