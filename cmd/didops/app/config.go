package app

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"didops/internal/fault"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or print the configuration",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "check",
			Short: "Validate the configuration, naming line and key of what is wrong",
			Args:  noArguments,
			RunE:  func(*cobra.Command, []string) error { return a.checkConfig() },
		},
		&cobra.Command{
			Use:   "print",
			Short: "Print the effective values and where they came from, secrets masked",
			Args:  noArguments,
			RunE: func(*cobra.Command, []string) error {
				c, err := a.config()
				if err != nil {
					return err
				}
				if a.flags.JSON {
					return a.writeJSON(c)
				}
				return c.Print(a.Out)
			},
		},
	)
	return cmd
}

func (a *app) checkConfig() error {
	c, err := a.config()
	if err != nil {
		return err
	}
	if err := a.sound(c); err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(map[string]any{"file": c.Path, "valid": true, "sandbox": c.Sandbox(), "warnings": append([]string{}, c.Warnings...)})
	}
	for _, w := range c.Warnings {
		if _, err := fmt.Fprintln(a.Err, "warning: "+w); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.Out, "%s: valid; the exchange is %s\n", cmp.Or(c.Path, "no configuration file, all defaults"),
		cmp.Or(c.Exchange.URL, "the built-in SANDBOX"))
	return err
}

// invalid is an error about a flag of a command of this package.
func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).WithField(field)
}
