package shell

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"didops/bots/csvout"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/tools"
)

// verb is the command of one operation.
type verb struct {
	*shell
	tool *tools.Tool
	held map[string]*typed
	all  bool
	csv  bool
	fed  bool            // standard input was the list
	file *tools.Document // that goes with the call; nil = none
	files
}

func (s *shell) verb(t *tools.Tool) *cobra.Command {
	v := &verb{shell: s, tool: t}
	sheets := csvout.Has(t)
	cmd := &cobra.Command{
		Use:                   usage(t, sheets),
		Short:                 t.Summary(),
		Long:                  strings.TrimSpace(t.Summary() + "\n\n" + t.Doc()),
		Args:                  cobra.ArbitraryArgs,
		RunE:                  v.run,
		ValidArgsFunction:     v.completeArgument,
		DisableFlagsInUseLine: true,
	}
	cmd.SetGlobalNormalizationFunc(dashes)
	cmd.SetFlagErrorFunc(flagError)
	f := cmd.Flags()
	v.held = flags(f, t.Params())
	if t.Pages() && f.Lookup("all") == nil {
		f.BoolVar(&v.all, "all", false, "Read every page")
	}
	if sheets && f.Lookup("csv") == nil {
		f.BoolVar(&v.csv, "csv", false, "Write CSV, phone numbers as digits without +")
	}
	v.declare(cmd, t)
	v.completeFlags(cmd)
	return cmd
}

// usage returns the command's line: its name and what it takes without a flag.
func usage(t *tools.Tool, sheets bool) string {
	parts := []string{t.Name().Verb}
	for _, p := range positions(t.Params()) {
		parts = append(parts, positionName(p))
	}
	if len(t.Params()) > 0 || t.Pages() || sheets {
		parts = append(parts, "[flags]")
	}
	return strings.Join(parts, " ")
}

func positionName(p tools.Param) string {
	name := strings.ToUpper(p.Name)
	if p.Type == tools.ParamList {
		return name + "..."
	}
	return name
}

func (v *verb) run(cmd *cobra.Command, args []string) error {
	if err := v.outputs(); err != nil {
		return err
	}
	texts, err := given(v.tool, v.held, args)
	if err != nil {
		return err
	}
	raw, err := arguments(v.tool, texts)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	gate, err := v.Gate(ctx)
	if err != nil {
		return err
	}
	if v.reads(texts) {
		if err := v.unfold(ctx, gate, texts); err != nil {
			return err
		}
		if raw, err = arguments(v.tool, texts); err != nil {
			return err
		}
	}
	call := v.request(ctx)
	call.Args, call.Whole, call.File = raw, v.all, v.file
	result, err := v.call(ctx, gate, call)
	if err == nil && result.Question != nil {
		result, err = v.decide(ctx, gate, call, result)
	}
	if err != nil {
		return err
	}
	if result.Unasked != "" {
		v.say("Nobody was asked: " + line(result.Unasked) + ".")
	}
	if result.State() == "" {
		if err := v.export(result); err != nil {
			return err
		}
		return v.write(result)
	}
	return v.finish(result)
}

// finish shows an order and writes the files that were asked for. What became of
// it counts for more than a file that can't be written.
func (v *verb) finish(r tools.Result) error {
	if err := v.write(r); err != nil {
		return err
	}
	if err := v.export(r); err != nil {
		v.say("The order is above; its file was not written: " + line(err.Error()))
	}
	return exitState(r.State())
}

// outputs refuses flags that ask for what can't be had together.
func (v *verb) outputs() error {
	switch dates := v.ics == standardInput; {
	case v.csv && v.Globals.JSON:
		return fault.New(fault.Invalid, "--csv and --json can't be had together").WithField("csv")
	case dates && (v.csv || v.Globals.JSON):
		return fault.New(fault.Invalid, "a calendar on standard output can't be had together with --csv or --json").WithField("ics").
			WithHint("name a file for it: --ics renewals.ics")
	}
	return v.check()
}

func (v *verb) write(r tools.Result) error {
	switch {
	case v.ics == standardInput:
		return v.writeCalendar(r)
	case v.Globals.JSON:
		return v.writeJSON(r.Data)
	case v.csv:
		return v.writeCSV(v.tool, r)
	}
	return v.writePlain(r.Doc)
}

func (v *verb) call(ctx context.Context, gate *tools.Gate, call tools.Call) (tools.Result, error) {
	p := v.watch(&call)
	defer p.close()
	return gate.Call(ctx, call)
}

// spelt returns a parameter as it is typed: by its flag, or by its place.
func (v *verb) spelt(p tools.Param) string {
	if slices.ContainsFunc(positions(v.tool.Params()), func(o tools.Param) bool { return o.Name == p.Name }) {
		return p.Name
	}
	return "--" + flagName(p)
}

// request returns the part of a call that does not depend on what was typed.
func (v *verb) request(ctx context.Context) tools.Call {
	return tools.Call{Tool: v.tool.Name().String(), Frontend: identity.FrontShell, Principal: v.Principal(ctx), Spelt: v.spelt}
}
