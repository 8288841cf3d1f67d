// Package shell makes the catalogue a command line: a command for each noun,
// a sub-command for each verb, a flag for each parameter.
//
// It is a translation and nothing more. Flags are handed to the gate as the
// text that was typed, so coercion, defaults, bounds and their wording are
// those of every other front end; results are drawn by package render.
// Results go to Out, questions, progress and errors to Err.
package shell

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/sanitize"
	"didops/tools"
)

// Config is what the commands are made of.
type Config struct {
	Tools     []*tools.Tool                              // what to make commands of
	Nouns     map[string]string                          // a noun's line of help; a missing one shows its verbs
	Gate      func(context.Context) (*tools.Gate, error) // called at a call or a completion, after flags are read
	Principal func(context.Context) identity.Principal   // who asks
	Globals   *Globals                                   // the root's flags; nil = none is set
	Now       func() time.Time                           // nil = show no progress

	// File returns the file that is named in place of a list, whole; "-" is
	// standard input. Its errors are faults. Nil = none can be read.
	File func(ctx context.Context, name string) (tools.Document, error)

	// Save writes a file that a person names, in place of one that is there. Its
	// errors are faults. Nil = none can be written.
	Save func(name string, data []byte) error

	In    Terminal // where a person answers; nil = nobody can be asked
	Agent string   // the variable that marks the shell as an assistant's, where no approval is taken; "" = none does

	Out, Err       io.Writer
	OutTTY, ErrTTY bool
	Width          int  // columns of Out; 0 = not known, results are not bounded
	ErrWidth       int  // columns of Err; 0 = as Out
	Color          bool // Out may be coloured, unless --no-color is set
	ErrColor       bool // the same of Err
	OneLine        bool // errors take one line, however much there is to say
}

// Globals are the flags of every command.
type Globals struct {
	Config   string // file; "" = search for it
	JSON     bool
	LogLevel string // "" = as configured
	NoColor  bool
}

// shell is a Config with its Globals.
type shell struct{ Config }

func newShell(c Config) *shell {
	if c.Globals == nil {
		c.Globals = &Globals{}
	}
	return &shell{c}
}

// Prepare gives the root command what all commands share: the global flags,
// the layout of help, and answers to unknown flags and commands that are
// [fault.Invalid] instead of a page of usage. Errors are returned by
// Execute, for [Report] to show. The root's commands may be added before or
// after.
func Prepare(root *cobra.Command, c Config) {
	s := newShell(c)
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetOut(c.Out)
	root.SetErr(c.Err)
	root.SetHelpFunc(s.help)
	root.SetFlagErrorFunc(flagError)
	root.SetGlobalNormalizationFunc(dashes)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	list(root)
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&s.Globals.Config, "config", "", "Read the configuration from `FILE`")
	f.BoolVar(&s.Globals.JSON, "json", false, "Write one JSON document")
	f.StringVar(&s.Globals.LogLevel, "log-level", "", "Log from `LEVEL` on (debug, info, warn, error)")
	f.BoolVar(&s.Globals.NoColor, "no-color", false, "Use no colours")
	completeGlobals(root)
}

// completeGlobals suggests files for --config and levels for --log-level.
func completeGlobals(root *cobra.Command) {
	files := cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	levels := func(_ *cobra.Command, _ []string, partial string) ([]cobra.Completion, cobra.ShellCompDirective) {
		list := slices.DeleteFunc([]string{"debug", "info", "warn", "error"}, func(l string) bool { return !strings.HasPrefix(l, partial) })
		return list, inOrder
	}
	for flag, f := range map[string]cobra.CompletionFunc{"config": files, "log-level": levels} {
		if err := root.RegisterFlagCompletionFunc(flag, f); err != nil {
			continue // without suggestions the flag still works
		}
	}
}

// dashes reads max_monthly_fee as max-monthly-fee.
func dashes(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
}

// Commands returns a command for each noun, in the order of c.Tools, each
// with a sub-command per verb. They are of use under a root that [Prepare]
// has seen.
func Commands(c Config) []*cobra.Command {
	s := newShell(c)
	var nouns []*cobra.Command
	for _, t := range s.Tools {
		i := slices.IndexFunc(nouns, func(n *cobra.Command) bool { return n.Name() == t.Name().Noun })
		if i < 0 {
			i = len(nouns)
			nouns = append(nouns, s.noun(t.Name().Noun))
		}
		nouns[i].AddCommand(s.verb(t))
	}
	return nouns
}

// Shortcut returns the command of one operation under a name of its own, for the
// root; nil where there is no such operation.
func Shortcut(c Config, operation, name string) *cobra.Command {
	s := newShell(c)
	for _, t := range s.Tools {
		if t.Name().String() == operation {
			cmd := s.verb(t)
			cmd.Use = strings.Replace(cmd.Use, t.Name().Verb, name, 1)
			return cmd
		}
	}
	return nil
}

func (s *shell) noun(name string) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: s.Nouns[name]}
	if cmd.Short == "" {
		var verbs []string
		for _, t := range s.Tools {
			if t.Name().Noun == name {
				verbs = append(verbs, t.Name().Verb)
			}
		}
		cmd.Short = strings.Join(verbs, ", ")
	}
	list(cmd)
	return cmd
}

// list makes cmd show its help when it stands alone, and refuse what is none
// of its sub-commands.
func list(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return UnknownCommand(cmd, args[0])
	}
}

// UnknownCommand says that a command has none of that name below it, and which it
// has.
func UnknownCommand(cmd *cobra.Command, name string) error {
	var names, near []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
		for _, deeper := range sub.Commands() {
			if deeper.IsAvailableCommand() && deeper.Name() == name {
				near = append(near, sub.Name()+" "+name)
			}
		}
	}
	if len(near) == 0 {
		near = didyoumean.Words(name, names)
	}
	return fault.New(fault.Invalid, "there is no command %q under %s%s (there are %s)",
		sanitize.Clean(name, maxShown), cmd.CommandPath(), didyoumean.Clause(near), strings.Join(names, ", "))
}
