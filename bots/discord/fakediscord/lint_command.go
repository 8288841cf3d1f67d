package fakediscord

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// nameRule is how a command or option may be named, besides lower case.
func nameRule() *regexp.Regexp {
	return regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)
}

// maxCommand is how many characters a command may have in all.
const maxCommand = 8000

func lintCommands(list []any) []string {
	var out []string
	seen := map[string]bool{}
	for _, v := range list {
		c, _ := v.(map[string]any)
		key := fmt.Sprint(c["type"]) + " " + text(c["name"])
		if seen[key] {
			out = append(out, fmt.Sprintf("the command %q stands twice", text(c["name"])))
		}
		seen[key] = true
		chat := c["type"] == nil || fmt.Sprint(c["type"]) == "1"
		if chat {
			out = append(out, lintName(c)...)
			if text(c["description"]) == "" {
				out = append(out, fmt.Sprintf("the command %q has no description", text(c["name"])))
			}
		}
		out = append(out, lintOptions(text(c["name"]), c)...)
		if n := characters(c); n > maxCommand {
			out = append(out, fmt.Sprintf("the command %q has %d characters in all, at most %d may be", text(c["name"]), n, maxCommand))
		}
	}
	return out
}

func lintName(c map[string]any) []string {
	n := text(c["name"])
	if !nameRule().MatchString(n) || strings.ToLower(n) != n {
		return []string{fmt.Sprintf("the name %q is not of lower-case letters, digits, - and _", n)}
	}
	return nil
}

func lintOptions(path string, c map[string]any) []string {
	var out []string
	seen := map[string]bool{}
	optional, branches := false, 0
	list, _ := c["options"].([]any)
	for _, v := range list {
		o, _ := v.(map[string]any)
		n := text(o["name"])
		here := path + " " + n
		out = append(out, lintName(o)...)
		if seen[n] {
			out = append(out, fmt.Sprintf("the option %q stands twice", here))
		}
		seen[n] = true
		branch := fmt.Sprint(o["type"]) == "1" || fmt.Sprint(o["type"]) == "2"
		if branch {
			branches++
		}
		required, _ := o["required"].(bool)
		if required && optional {
			out = append(out, fmt.Sprintf("the option %q is required and stands after one that is not", here))
		}
		optional = optional || !required
		auto, _ := o["autocomplete"].(bool)
		if auto && !silent(o["choices"]) {
			out = append(out, fmt.Sprintf("the option %q has both choices and autocomplete", here))
		}
		out = append(out, lintBounds(here, o)...)
		out = append(out, lintOptions(here, o)...)
	}
	if branches > 0 && branches < len(list) {
		out = append(out, fmt.Sprintf("%q has both subcommands and options", path))
	}
	return out
}

// lintBounds finds an option that no value fits.
func lintBounds(path string, o map[string]any) []string {
	for _, pair := range [][2]string{{"min_value", "max_value"}, {"min_length", "max_length"}} {
		low, ok1 := o[pair[0]].(json.Number)
		high, ok2 := o[pair[1]].(json.Number)
		if !ok1 || !ok2 {
			continue
		}
		a, err1 := low.Float64()
		b, err2 := high.Float64()
		if err1 == nil && err2 == nil && a > b {
			return []string{fmt.Sprintf("the option %q has %s %s above %s %s", path, pair[0], low, pair[1], high)}
		}
	}
	return nil
}

// characters counts what Discord counts: names, descriptions and values, of
// each the longest translation.
func characters(c map[string]any) int {
	n := longest(c, "name") + longest(c, "description")
	choices, _ := c["choices"].([]any)
	for _, v := range choices {
		o, _ := v.(map[string]any)
		n += longest(o, "name") + utf8.RuneCountInString(text(o["value"]))
	}
	options, _ := c["options"].([]any)
	for _, v := range options {
		o, _ := v.(map[string]any)
		n += characters(o)
	}
	return n
}

func longest(c map[string]any, member string) int {
	n := utf8.RuneCountInString(text(c[member]))
	locales, _ := c[member+"_localizations"].(map[string]any)
	for _, v := range locales {
		n = max(n, utf8.RuneCountInString(text(v)))
	}
	return n
}
