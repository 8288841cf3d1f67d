package tools

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// hostsOwn is what a client adds to every call for its own ends (Gemini CLI
// 0.61 does). It asks for nothing, so it is taken and ignored where it is a
// truth value.
const hostsOwn = "wait_for_previous"

// aside reports whether an argument is a client's own. No parameter is called
// like that.
func (a argument) aside() bool {
	return a.name == hostsOwn && (a.value.Kind() == 't' || a.value.Kind() == 'f')
}

// unset reports whether a value is the zero that clients send for what they do
// not want to set: of a number with a default that could not be 0.
func (p Param) unset(value any) bool {
	return p.Type == ParamInteger && p.Default != "" && p.Min != nil && *p.Min > 0 && value == json.Number("0")
}

// tagged returns the names of the parameters of a struct that have a tag.
func tagged(in any, tag string) []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(in).Elem()) {
		if f.Tag.Get(tag) == "true" {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

// joined reads a list where a text that may hold several is wanted, as the JSON
// text that such an operation reads. An empty one counts as not given.
func (p Param) joined(raw jsontext.Value) (value any, problem string) {
	list := p
	list.Type = ParamList
	items, problem := list.list(raw)
	if problem != "" || items == nil {
		return nil, problem
	}
	text, _ := json.Marshal(items) // texts can always be written
	return p.text(jsontext.Value(quote(string(text))), string(text))
}

// decimal returns an amount that is written with an exponent, 1.2e1, as the
// decimal that it equals, and any other text as it is.
func decimal(text string) string {
	mantissa, exponent, ok := strings.Cut(strings.ToLower(text), "e")
	if !ok || len(text) > maxShown || len(exponent) > 3 || strings.Trim(mantissa, "0123456789.") != "" {
		return text
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return text
	}
	places, _ := r.FloatPrec() // exact: the denominator is a power of ten
	return r.FloatString(places)
}
