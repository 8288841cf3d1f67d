package fakediscord

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// registered is a command or option as the bot put it.
type registered struct {
	ID           string       `json:"id"`
	Type         int          `json:"type"`
	Name         string       `json:"name"`
	Required     bool         `json:"required"`
	Autocomplete bool         `json:"autocomplete"`
	Options      []registered `json:"options"`
	Choices      []Choice     `json:"choices"`
	MinValue     *float64     `json:"min_value"`
	MaxValue     *float64     `json:"max_value"`
	MinLength    *int         `json:"min_length"`
	MaxLength    *int         `json:"max_length"`
}

// The types of options.
const (
	optionSubcommand = 1
	optionGroup      = 2
	optionString     = 3
	optionInteger    = 4
	optionBoolean    = 5
	optionNumber     = 10
)

// typing is the option that someone is typing into.
type typing struct{ option, text string }

// command is the data of a slash command with options.
func (f *Fake) command(tb testing.TB, a Actor, path string, o Options, t *typing) map[string]any {
	tb.Helper()
	words := strings.Fields(path)
	guild, _ := f.place(a)
	var known *registered
	if !f.lenient && !a.DM {
		list := wait(tb, f, "the commands of guild "+guild, func() ([]byte, bool) { return f.commands[guild], f.commands[guild] != nil })
		var all []registered
		if err := json.Unmarshal(list, &all); err != nil {
			tb.Fatalf("discord: the commands of guild %s: %v", guild, err)
		}
		known = find(tb, all, words)
		if t == nil {
			missing(tb, known, o)
		}
	}
	options := []any{}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		options = append(options, option(tb, known, name, o[name]))
	}
	if t != nil {
		typ := optionString
		if d := known.option(tb, t.option); d != nil {
			if typ = d.Type; !d.Autocomplete {
				tb.Fatalf("discord: option %q has no autocomplete", t.option)
			}
		}
		options = append(options, map[string]any{"name": t.option, "type": typ, "value": t.text, "focused": true})
	}
	for n, word := range slices.Backward(words[1:]) {
		typ := optionSubcommand
		if n < len(words)-2 {
			typ = optionGroup
		}
		options = []any{map[string]any{"name": word, "type": typ, "options": options}}
	}
	return map[string]any{"id": "1250000000000000001", "name": words[0], "type": 1, "options": options, "guild_id": guild}
}

func find(tb testing.TB, list []registered, words []string) *registered {
	tb.Helper()
	var at *registered
	for _, word := range words {
		i := slices.IndexFunc(list, func(r registered) bool { return r.Name == word })
		if i < 0 {
			tb.Fatalf("discord: the command /%s is not registered", strings.Join(words, " "))
		}
		at, list = &list[i], list[i].Options
	}
	if len(at.Options) > 0 && at.Options[0].Type <= optionGroup {
		tb.Fatalf("discord: /%s has subcommands and can't be used itself", strings.Join(words, " "))
	}
	return at
}

func missing(tb testing.TB, known *registered, o Options) {
	tb.Helper()
	for _, d := range known.Options {
		if _, ok := o[d.Name]; d.Required && !ok {
			tb.Fatalf("discord: option %q of %s is required", d.Name, known.Name)
		}
	}
}

// option returns the declaration of an option; nil where none is known.
func (r *registered) option(tb testing.TB, name string) *registered {
	tb.Helper()
	if r == nil {
		return nil
	}
	i := slices.IndexFunc(r.Options, func(o registered) bool { return o.Name == name })
	if i < 0 {
		tb.Fatalf("discord: %s has no option %q", r.Name, name)
	}
	return &r.Options[i]
}

// option is a filled-in option, as far as Discord's client lets it through.
func option(tb testing.TB, known *registered, name string, value any) map[string]any {
	tb.Helper()
	typ := optionString
	switch value.(type) {
	case bool:
		typ = optionBoolean
	case int:
		typ = optionInteger
	case float64:
		typ = optionNumber
	}
	if d := known.option(tb, name); d != nil {
		if typ != d.Type && (typ != optionInteger || d.Type != optionNumber) {
			tb.Fatalf("discord: option %q is of type %d, got %v", name, d.Type, value)
		}
		if why := d.refuses(value); why != "" {
			tb.Fatalf("discord: the client does not take %v for option %q: %s", value, name, why)
		}
		typ = d.Type
	}
	return map[string]any{"name": name, "type": typ, "value": value}
}

// refuses says why Discord's client does not let a value through; "" when it
// does.
func (r *registered) refuses(value any) string {
	if len(r.Choices) > 0 && !slices.ContainsFunc(r.Choices, func(c Choice) bool { return fmt.Sprint(c.Value) == fmt.Sprint(value) }) {
		return fmt.Sprintf("it is none of %v", r.Choices)
	}
	var n float64
	switch v := value.(type) {
	case string:
		length := len([]rune(v))
		if r.MinLength != nil && length < *r.MinLength || r.MaxLength != nil && length > *r.MaxLength {
			return fmt.Sprintf("it has %d characters", length)
		}
		return ""
	case int:
		n = float64(v)
	case float64:
		n = v
	default:
		return ""
	}
	if r.MinValue != nil && n < *r.MinValue || r.MaxValue != nil && n > *r.MaxValue {
		return "it is out of bounds"
	}
	return ""
}
