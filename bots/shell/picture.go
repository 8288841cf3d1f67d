package shell

import (
	"slices"

	"github.com/spf13/cobra"

	"didops/internal/chart"
	"didops/internal/fault"
	"didops/internal/view"
)

// completeFiles suggests files for flags; without suggestions they still work.
func completeFiles(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		_ = cmd.RegisterFlagCompletionFunc(f, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
	}
}

// picture draws the picture of a result into the files that are named for it.
func (v *verb) picture(d view.Doc) error {
	if v.png == "" && v.svg == "" {
		return nil
	}
	at := slices.IndexFunc(d.Blocks, func(b view.Block) bool { _, is := b.(view.Image); return is })
	if at < 0 {
		v.say("There is nothing to draw: no file was written.")
		return nil
	}
	i, _ := d.Blocks[at].(view.Image)
	if v.svg != "" {
		if err := v.save("svg", v.svg, chart.SVG(i, chart.Light)); err != nil {
			return err
		}
	}
	if v.png == "" {
		return nil
	}
	data, err := chart.PNG(i, chart.Light)
	if err != nil {
		return err
	}
	return v.save("png", v.png, data)
}

func (v *verb) save(flag, name string, data []byte) error {
	if v.Save == nil {
		return fault.New(fault.Invalid, "no file can be written here").WithField(flag)
	}
	err := v.Save(name, data)
	if f, ok := fault.As(err); ok {
		return f.WithField(flag)
	}
	if err == nil {
		v.say("Drawn into " + line(name) + ".")
	}
	return err
}
