package shell

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"didops/bots/csvout"
	"didops/internal/fault"
	"didops/internal/icalendar"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

// files are what a person names for parts of a result; "" = none.
type files struct {
	png, svg string
	xlsx     string
	ics      string // "-" is standard output
	fees     bool   // are told in the calendar
}

// declare adds the flags of the files that an operation's results have
// something for, where no parameter is called so.
func (f *files) declare(cmd *cobra.Command, t *tools.Tool) {
	flags := cmd.Flags()
	free := func(names ...string) bool {
		for _, name := range names {
			if flags.Lookup(name) != nil {
				return false
			}
		}
		return true
	}
	if csvout.Has(t) && free("xlsx") {
		flags.StringVar(&f.xlsx, "xlsx", "", "Write the tables into `FILE` as a workbook")
		completeFiles(cmd, "xlsx")
	}
	if t.Draws() && free("png", "svg") {
		flags.StringVar(&f.png, "png", "", "Draw the chart into `FILE`, as pixels")
		flags.StringVar(&f.svg, "svg", "", "Draw it into `FILE` as SVG, for a page")
		completeFiles(cmd, "png", "svg")
	}
	if t.Dates() && free("ics", "fees") {
		flags.StringVar(&f.ics, "ics", "", "Write the dates into `FILE` as a calendar; - is standard output")
		flags.BoolVar(&f.fees, "fees", false, "Say in the calendar what things cost")
		completeFiles(cmd, "ics")
	}
}

// completeFiles suggests files for flags; without suggestions they still work.
func completeFiles(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		_ = cmd.RegisterFlagCompletionFunc(f, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
	}
}

// check refuses names of which one file would take the other's place, and the
// one that elsewhere stands for standard output where that has the result.
func (f *files) check() error {
	named := []struct{ flag, name, is string }{
		{"png", f.png, "a picture"}, {"svg", f.svg, "a picture"}, {"xlsx", f.xlsx, "a workbook"}, {"ics", f.ics, ""},
	}
	for i, n := range named {
		if n.name == standardInput && n.is != "" {
			example := map[string]string{"xlsx": "list"}[n.flag]
			if example == "" {
				example = "chart"
			}
			return fault.New(fault.Invalid, "%s can't be written to standard output, which has the result", n.is).
				WithField(n.flag).WithHint("name a file: --%s %s.%s", n.flag, example, n.flag)
		}
		for _, before := range named[:i] {
			if n.name != "" && before.name != "" && sameFile(before.name, n.name) {
				return fault.New(fault.Invalid, "--%s and --%s name the same file", before.flag, n.flag).WithField(n.flag).WithHint("name two")
			}
		}
	}
	if f.fees && f.ics == "" {
		return fault.New(fault.Invalid, "--fees is of a calendar, and none is asked for").WithField("fees").WithHint("add --ics FILE")
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

// export writes the parts of a result into the files that are named for them.
func (v *verb) export(r tools.Result) error {
	if v.xlsx != "" {
		var book bytes.Buffer
		if err := csvout.Workbook(&book, v.tool, r); err != nil {
			return err
		}
		if err := v.save("xlsx", v.xlsx, book.Bytes()); err != nil {
			return err
		}
	}
	if v.ics != "" && v.ics != standardInput {
		dates, err := v.calendar(r.Doc)
		if err != nil {
			return err
		}
		if err := v.save("ics", v.ics, dates); err != nil {
			return err
		}
	}
	return v.picture(r.Doc)
}

// calendar is the dates of a result as an iCalendar, which may hold none.
func (v *verb) calendar(d view.Doc) ([]byte, error) {
	a, ok := d.Agenda()
	if !ok {
		return nil, fault.New(fault.Unavailable, "there are no dates to write").WithField("ics")
	}
	var b bytes.Buffer
	err := icalendar.Write(&b, icalendar.Of(a, v.fees))
	return b.Bytes(), err
}

// writeCalendar writes the dates, and what a person must know besides to Err.
func (v *verb) writeCalendar(r tools.Result) error {
	dates, err := v.calendar(r.Doc)
	if err != nil {
		return err
	}
	if _, err := v.Out.Write(dates); err != nil {
		return written(err)
	}
	return written(render.Plain(v.Err, aside(r.Doc), render.PlainOptions{}))
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
		did := map[string]string{"png": "Drawn into ", "svg": "Drawn into "}[flag]
		if did == "" {
			did = "Written into "
		}
		v.say(did + line(name) + ".")
	}
	return err
}
