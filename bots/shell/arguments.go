package shell

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"didops/internal/fault"
	"didops/internal/sanitize"
	"didops/tools"
)

// typed holds what was typed for a parameter, once for each time its flag was
// given. The gate reads it; nothing is understood here.
type typed struct {
	texts []string
	kind  string
}

// Set implements [pflag.Value] and accepts everything.
func (t *typed) Set(s string) error {
	t.texts = append(t.texts, s)
	return nil
}

// String implements [pflag.Value].
func (t *typed) String() string { return strings.Join(t.texts, ",") }

// Type implements [pflag.Value].
func (t *typed) Type() string { return t.kind }

// typedList is [typed] for a list, whose flag may be given again; completion
// knows it by these methods.
type typedList struct{ *typed }

// Append implements [pflag.SliceValue].
func (t typedList) Append(s string) error { return t.Set(s) }

// Replace implements [pflag.SliceValue].
func (t typedList) Replace(s []string) error {
	t.texts = s
	return nil
}

// GetSlice implements [pflag.SliceValue].
func (t typedList) GetSlice() []string { return t.texts }

// flags declares a flag for each parameter and returns what they hold, by
// parameter.
func flags(set *pflag.FlagSet, params []tools.Param) map[string]*typed {
	set.SortFlags = false
	held := make(map[string]*typed, len(params))
	for _, p := range params {
		t := &typed{kind: placeholder(p)}
		held[p.Name] = t
		name := flagName(p)
		if p.Type == tools.ParamList {
			set.Var(typedList{t}, name, describe(p))
			continue
		}
		set.Var(t, name, describe(p))
		if p.Type == tools.ParamBoolean {
			set.Lookup(name).NoOptDefVal = "true"
		}
	}
	return held
}

func flagName(p tools.Param) string { return strings.ReplaceAll(p.Name, "_", "-") }

// positions returns the parameters that may be given without their flags:
// the required ones and the list that may come as a file, of which the first
// list comes last and takes the rest.
func positions(params []tools.Param) []tools.Param {
	var list []tools.Param
	var rest *tools.Param
	for _, p := range params {
		switch {
		case !p.Required && !p.Document:
		case p.Type != tools.ParamList:
			list = append(list, p)
		case rest == nil:
			rest = &p
		}
	}
	if rest != nil {
		list = append(list, *rest)
	}
	return list
}

// place returns what was typed for each parameter, positional arguments
// included, and the arguments that no parameter takes.
func place(params []tools.Param, held map[string]*typed, args []string) (texts map[string][]string, surplus []string) {
	texts = make(map[string][]string, len(held))
	for name, t := range held {
		texts[name] = append([]string(nil), t.texts...)
	}
	for _, p := range positions(params) {
		switch {
		case len(args) == 0:
		case p.Type == tools.ParamList:
			texts[p.Name] = append(texts[p.Name], args...)
			args = nil
		case len(texts[p.Name]) == 0:
			texts[p.Name] = args[:1]
			args = args[1:]
		}
	}
	return texts, args
}

// given returns what was typed for each parameter. It refuses with
// [fault.Invalid] what no parameter takes.
func given(tool *tools.Tool, held map[string]*typed, args []string) (map[string][]string, error) {
	texts, surplus := place(tool.Params(), held, args)
	if len(surplus) > 0 {
		return nil, surplusError(tool, held, surplus[0])
	}
	return texts, nil
}

// arguments returns the call's arguments as a JSON object of texts, lists
// joined by commas. It refuses with [fault.Invalid] what could not be handed
// on as it was typed.
func arguments(tool *tools.Tool, texts map[string][]string) (json.RawMessage, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, p := range tool.Params() {
		given := texts[p.Name]
		if len(given) == 0 {
			continue
		}
		if len(given) > 1 && p.Type != tools.ParamList {
			return nil, fault.New(fault.Invalid, "--%s is given more than once", flagName(p)).WithField(p.Name)
		}
		text := strings.Join(given, ",")
		if !utf8.ValidString(text) {
			return nil, fault.New(fault.Invalid, "--%s is not well-formed UTF-8", flagName(p)).WithField(p.Name)
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(quote(p.Name))
		b.WriteByte(':')
		b.Write(quote(text))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string can always be written
	return b
}

func surplusError(tool *tools.Tool, held map[string]*typed, arg string) error {
	takes := "no arguments without a flag"
	if list := positions(tool.Params()); len(list) > 0 {
		var names []string
		for _, p := range list {
			names = append(names, positionName(p))
		}
		takes = "only " + strings.Join(names, " ") + " without a flag"
	}
	name := tool.Name()
	err := fault.New(fault.Invalid, "%q is one argument too many: %s %s takes %s", sanitize.Clean(arg, maxShown), name.Noun, name.Verb, takes)
	for _, p := range tool.Params() {
		if p.Type == tools.ParamBoolean && len(held[p.Name].texts) > 0 && slices.Contains([]string{"true", "false", "yes", "no"}, strings.ToLower(arg)) {
			return err.WithHint("the value of such a flag is joined to it: --%s=%s", flagName(p), strings.ToLower(arg))
		}
	}
	return err.WithHint("the flags are shown by --help")
}
