package shell

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"didops/internal/render"
)

const (
	usualWidth  = 80 // columns of a terminal that does not tell
	helpWidest  = 100
	helpNarrow  = 40
	helpFlag    = "help"
	helpIndent  = 2
	helpBetween = 2
)

// help writes the help of a command in the one layout that all have.
func (s *shell) help(cmd *cobra.Command, _ []string) {
	cmd.InitDefaultHelpFlag()
	w := s.Width
	if w < 1 {
		w = usualWidth
	}
	h := page{width: min(max(w, helpNarrow), helpWidest)}
	h.text(cmd)
	h.usage(cmd)
	h.examples(s.examples(cmd))
	h.commands(cmd)
	h.flags("Flags", own(cmd))
	h.flags("Flags of every command", global(cmd))
	if cmd.HasAvailableSubCommands() {
		h.section("")
		h.line(fmt.Sprintf("%s COMMAND --help tells more about a command.", cmd.CommandPath()))
	}
	_, _ = io.WriteString(cmd.OutOrStdout(), h.out.String())
}

// own returns the flags that only cmd has.
func own(cmd *cobra.Command) *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SortFlags = false
	cmd.Flags().SortFlags = false
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != helpFlag && cmd.PersistentFlags().Lookup(f.Name) == nil {
			set.AddFlag(f)
		}
	})
	return set
}

// global returns the flags that cmd shares with others, and --help, which
// cobra declares for each command anew.
func global(cmd *cobra.Command) *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SortFlags = false
	set.AddFlagSet(cmd.Root().PersistentFlags())
	if f := cmd.Flags().Lookup(helpFlag); f != nil {
		help := *f
		help.Usage = "Show this help"
		set.AddFlag(&help)
	}
	return set
}

// page is a help text in the making.
type page struct {
	out   strings.Builder
	width int
}

func (h *page) line(s string) {
	h.out.WriteString(strings.TrimRight(s, " "))
	h.out.WriteByte('\n')
}

// section begins a new part.
func (h *page) section(title string) {
	if h.out.Len() > 0 {
		h.line("")
	}
	if title != "" {
		h.line(title + ":")
	}
}

func (h *page) text(cmd *cobra.Command) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t") { // laid out by its author
			h.line(l)
			continue
		}
		for _, part := range render.Wrap(l, h.width) {
			h.line(part)
		}
	}
}

func (h *page) usage(cmd *cobra.Command) {
	h.section("Usage")
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
	}
	h.line("  " + line)
}

func (h *page) examples(list []example) {
	if len(list) == 0 {
		return
	}
	h.section("Examples")
	for _, e := range list {
		if e.says != "" {
			for _, l := range render.Wrap(e.says, h.width-4) {
				h.line("  # " + l)
			}
		}
		h.line("  " + e.command)
	}
}

func (h *page) commands(cmd *cobra.Command) {
	var left, right []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			left, right = append(left, sub.Name()), append(right, sub.Short)
		}
	}
	if len(left) > 0 {
		h.section("Commands")
		h.pairs(left, right)
	}
}

func (h *page) flags(title string, set *pflag.FlagSet) {
	var left, right []string
	each(set, func(f *pflag.Flag) {
		kind, usage := pflag.UnquoteUsage(f)
		left, right = append(left, "--"+f.Name+joined(f, kind)), append(right, usage)
	})
	if len(left) > 0 {
		h.section(title)
		h.pairs(left, right)
	}
}

// joined returns how a flag's value is written after its name.
func joined(f *pflag.Flag, kind string) string {
	switch {
	case kind == "":
		return ""
	case f.NoOptDefVal != "":
		return "[=" + kind + "]"
	}
	return " " + kind
}

// pairs writes two columns, the right one wrapped.
func (h *page) pairs(left, right []string) {
	widest := 0
	for _, l := range left {
		widest = max(widest, len(l))
	}
	widest = min(widest, h.width/2)
	room := h.width - helpIndent - widest - helpBetween
	for i, l := range left {
		lines := render.Wrap(right[i], room)
		if len(l) > widest {
			h.line(strings.Repeat(" ", helpIndent) + l)
			l = ""
		}
		for _, r := range lines {
			h.line(fmt.Sprintf("%*s%-*s%*s%s", helpIndent, "", widest, l, helpBetween, "", r))
			l = ""
		}
	}
}
