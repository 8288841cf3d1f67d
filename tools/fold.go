package tools

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// unfolded returns the arguments with the parameters in the place of the object
// that the schema has for them (see [Folded]). The object may come as its JSON
// text. What is given both inside and beside it is one problem, and what is no
// object another.
func (t *Tool) unfolded(given []argument, bad *problems) []argument {
	i := slices.IndexFunc(given, func(a argument) bool { return t.folded.Name != "" && a.name == t.folded.Name })
	if i < 0 {
		return given
	}
	value := given[i].value
	if value.Kind() == '"' {
		var text string
		if json.Unmarshal(value, &text) == nil {
			value = jsontext.Value(text)
		}
	}
	rest := slices.Delete(slices.Clone(given), i, i+1)
	if value = bytes.TrimSpace(value); len(value) == 0 || value.Kind() == 'n' {
		return rest
	}
	dec := jsontext.NewDecoder(bytes.NewReader(value))
	if dec.PeekKind() != '{' {
		bad.add(t.folded.Name, t.folded.Name+" is no object")
		return rest
	}
	inside, err := members(dec)
	if err != nil {
		bad.add(t.folded.Name, t.folded.Name+" is not well-formed JSON in UTF-8 with each name once")
		return rest
	}
	for _, a := range inside {
		switch {
		case !slices.Contains(t.folded.Params, a.name):
			bad.add(a.name, t.unknown(a.name))
		case slices.ContainsFunc(rest, func(o argument) bool { return o.name == a.name }):
			bad.add(a.name, a.name+" is given twice, in "+t.folded.Name+" and beside it")
		default:
			rest = append(rest, a)
		}
	}
	return rest
}
