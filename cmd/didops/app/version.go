package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (h Host) release() string {
	if h.version != "" {
		return h.version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return cmp.Or(info.Main.Version, "devel")
	}
	return "devel"
}

func (h Host) revision() string {
	if h.commit != "" {
		return h.commit
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
				return a.writeJSON(map[string]string{"version": a.release(), "commit": a.revision(), "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(a.Out, "didops %s (commit %s, %s %s/%s)\n",
				a.release(), a.revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// writeJSON writes one JSON document to standard output.
func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	if a.OutTTY {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}
