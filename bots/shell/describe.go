package shell

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"didops/tools"
)

// describe returns a parameter's line of help: its description and, in
// parentheses, what values it takes.
func describe(p tools.Param) string {
	var facts []string
	if p.Required {
		facts = append(facts, "needed")
	}
	if len(p.Enum) > 0 {
		facts = append(facts, strings.Join(p.Enum, ", "))
	}
	if b := bounds(p); b != "" {
		facts = append(facts, b)
	}
	if p.Default != "" {
		facts = append(facts, "default "+p.Default)
	}
	switch {
	case p.Whole:
		facts = append(facts, "or a file with a row for each: '@list.csv', '@list.xlsx', - for standard input")
	case p.Document:
		facts = append(facts, "or a file that lists them: '@list.csv', '@list.xlsx', - for standard input")
	}
	if len(facts) == 0 {
		return p.Description
	}
	return p.Description + " (" + strings.Join(facts, "; ") + ")"
}

func bounds(p tools.Param) string {
	of := ""
	if p.Type == tools.ParamList {
		of = " of them"
	}
	switch {
	case p.Min != nil && p.Max != nil:
		return fmt.Sprintf("%d to %d%s", *p.Min, *p.Max, of)
	case p.Min != nil:
		return fmt.Sprintf("at least %d%s", *p.Min, of)
	case p.Max != nil:
		return fmt.Sprintf("at most %d%s", *p.Max, of)
	}
	return ""
}

// placeholder stands for a parameter's value in help.
func placeholder(p tools.Param) string {
	switch p.Type {
	case tools.ParamInteger:
		return "N"
	case tools.ParamBoolean:
		return "false"
	case tools.ParamList:
		return "LIST"
	case tools.ParamString:
	}
	switch {
	case p.Amount:
		return "AMOUNT"
	case len(p.Enum) > 0:
		return "WORD"
	}
	return "TEXT"
}

// example is a command line worth showing.
type example struct{ says, command string }

// examples returns those of the operation behind cmd, as lines that a POSIX
// shell and PowerShell read alike.
func (s *shell) examples(cmd *cobra.Command) []example {
	var list []example
	for _, t := range s.Tools {
		n := t.Name()
		if cmd.CommandPath() != cmd.Root().Name()+" "+n.Noun+" "+n.Verb {
			continue
		}
		for _, e := range t.Examples() {
			list = append(list, example{e.Says, commandLine(cmd.CommandPath(), t.Params(), e.Args)})
		}
	}
	return list
}

// commandLine writes a call as it would be typed.
func commandLine(path string, params []tools.Param, args map[string]any) string {
	words := []string{path}
	bare := positions(params)
	for _, p := range bare {
		for _, v := range values(args[p.Name]) {
			words = append(words, Word(v))
		}
	}
	for _, p := range params {
		list := values(args[p.Name])
		switch {
		case len(list) == 0 || slices.ContainsFunc(bare, func(b tools.Param) bool { return b.Name == p.Name }):
		case p.Type == tools.ParamBoolean && list[0] == "true":
			words = append(words, "--"+flagName(p))
		case p.Type == tools.ParamBoolean:
			words = append(words, "--"+flagName(p)+"="+list[0])
		default:
			words = append(words, "--"+flagName(p), Word(strings.Join(list, ",")))
		}
	}
	return strings.Join(words, " ")
}

// values returns an argument of an example as texts.
func values(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []string:
		return v
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
		return list
	}
	return []string{fmt.Sprint(v)}
}

// Word returns s as one word of a command line that a POSIX shell reads.
func Word(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=:./-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
