package shell

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// maxShown is how many characters of what was typed an error repeats.
const maxShown = 40

// ExitCode returns the code that a program ends with after err: 0 for nil,
// else by the fault's code as the contract lists them. An error without a
// code is internal, which is 1. A command that has printed one order returns
// an error which stands for the order's state: 1 for partial and failed; 3
// for rejected, expired, cancelled and changed; 8 for pending and executing;
// 9 for unknown.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	if printed, ok := errors.AsType[*stateError](err); ok {
		return exitOf(printed.state)
	}
	switch fault.CodeOf(err) {
	case fault.Invalid:
		return 2
	case fault.Expired:
		return 3
	case fault.Unauthorized:
		return 4
	case fault.UnknownOutcome:
		return 9
	case fault.Forbidden, fault.NotFound, fault.Conflict, fault.RateLimited,
		fault.Unavailable, fault.Refused, fault.Internal:
		return 1
	}
	return 1
}

// Report shows an error that a command returned and returns the exit code: the
// message, which may list several things one to a line, and a line for the hint
// on Err, and with --json the error as a document on Out. The arguments of the
// program tell whether --json was asked for where an unknown flag kept the
// others from being read. A nil error, one that was [Shown] and one that
// stands for the state of a printed order report nothing.
func Report(c Config, args []string, err error) int {
	_, shown := errors.AsType[*shownError](err)
	_, printed := errors.AsType[*stateError](err)
	if shown || printed || err == nil {
		return ExitCode(err)
	}
	s := newShell(c)
	e, coded := fault.As(err)
	if !coded {
		e = fault.New(fault.Internal, "internal error")
	}
	if s.Globals.JSON || asksJSON(args) {
		document, _ := json.Marshal(map[string]*fault.Error{"error": e}) // texts and a number can always be written
		if s.writeJSON(document) != nil {
			return 1
		}
	}
	text := "didops: " + lines(e.Message)
	switch {
	case c.OneLine:
		text = "didops: " + Reason(err)
	case !coded: // who runs the program may see what its log would hold
		text += line(": " + err.Error())
	case e.Hint != "":
		text += "\n  " + line(e.Hint)
	}
	if _, err := fmt.Fprintln(s.Err, text); err != nil {
		return 1
	}
	return ExitCode(err)
}

// Reason returns what is wrong, and what to do about it, in one line; of an
// error without a code what a log would hold.
func Reason(err error) string {
	e, coded := fault.As(err)
	if !coded {
		return line("internal error: " + err.Error())
	}
	var parts []string
	for l := range strings.Lines(e.Message) {
		parts = append(parts, line(l))
	}
	if e.Hint != "" {
		parts = append(parts, line(e.Hint))
	}
	return strings.Join(parts, "; ")
}

// lines returns a message line by line, all but the first indented.
func lines(s string) string {
	var list []string
	for l := range strings.Lines(s) {
		list = append(list, line(l))
	}
	return strings.Join(list, "\n  ")
}

// line returns a message as one line that a terminal can't misread.
func line(s string) string { return sanitize.Clean(s, math.MaxInt) }

func asksJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// flagError puts what the flags' parser found into the words of the gate.
func flagError(cmd *cobra.Command, err error) error {
	if rest := cmd.Flags().Args(); cmd.HasSubCommands() && len(rest) > 0 {
		return UnknownCommand(cmd, rest[0])
	}
	var unknown *pflag.NotExistError
	var lacking *pflag.ValueRequiredError
	var value *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &lacking):
		flag := lacking.GetFlag()
		_, usage := pflag.UnquoteUsage(flag)
		return fault.New(fault.Invalid, "--%s needs a value: %s", flag.Name, usage).WithField(field(flag.Name))
	case errors.As(err, &value):
		flag := value.GetFlag()
		return fault.New(fault.Invalid, "--%s must be %s, not %q", flag.Name, wants(flag), sanitize.Clean(value.GetValue(), maxShown)).WithField(field(flag.Name))
	case errors.As(err, &syntax):
		return fault.New(fault.Invalid, "%q is not a flag", sanitize.Clean(syntax.GetSpecifiedFlag(), maxShown))
	}
	return fault.New(fault.Invalid, "the flags of %s could not be read", cmd.CommandPath()).WithCause(err)
}

func wants(flag *pflag.Flag) string {
	if flag.Value.Type() == "bool" {
		return "true or false"
	}
	return "a " + flag.Value.Type()
}

// field returns a flag's name as the parameter is called.
func field(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	name, typed := e.GetSpecifiedName(), "--"+e.GetSpecifiedName()
	if short := e.GetSpecifiedShortnames(); short != "" {
		name, typed = short, "-"+short
	}
	var own, all []string
	each(cmd.LocalFlags(), func(f *pflag.Flag) {
		if f.Name != "help" {
			own = append(own, "--"+f.Name)
		}
	})
	each(cmd.Flags(), func(f *pflag.Flag) { all = append(all, f.Name) })
	near := didyoumean.Words(strings.ReplaceAll(name, "_", "-"), all)
	for i := range near {
		near[i] = "--" + near[i]
	}
	text := "there is no flag " + sanitize.Clean(typed, maxShown) + didyoumean.Clause(near)
	if len(own) > 0 {
		text += " (" + cmd.CommandPath() + " takes " + strings.Join(own, ", ") + ")"
	}
	return fault.New(fault.Invalid, "%s", text).WithField(sanitize.Clean(field(name), maxShown))
}

// each visits the flags that people may use.
func each(flags *pflag.FlagSet, visit func(*pflag.Flag)) {
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Deprecated == "" {
			visit(f)
		}
	})
}
