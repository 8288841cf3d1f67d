package shell

import (
	"os"
	"path/filepath"
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

// pictureFiles refuses names of which one picture would take the other's place,
// and the one that elsewhere stands for standard output: that has the result.
func (v *verb) pictureFiles() error {
	for flag, name := range map[string]string{"png": v.png, "svg": v.svg} {
		if name == "-" {
			return fault.New(fault.Invalid, "a picture can't be written to standard output, which has the result").
				WithField(flag).WithHint("name a file: --%s chart.%s", flag, flag)
		}
	}
	if v.png != "" && v.svg != "" && sameFile(v.png, v.svg) {
		return fault.New(fault.Invalid, "--png and --svg name the same file").WithField("svg").WithHint("name two")
	}
	return nil
}

// sameFile reports whether two names are of one file, whether it is there or
// not.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, otherErr := os.Stat(b)
	if err == nil && otherErr == nil {
		return os.SameFile(one, other)
	}
	full, err := filepath.Abs(a)
	otherFull, otherErr := filepath.Abs(b)
	return err == nil && otherErr == nil && full == otherFull
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
