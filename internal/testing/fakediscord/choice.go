package fakediscord

import "strings"

// fill puts into a component that comes back what a person gave, or what the
// bot had chosen beforehand.
func (c Component) fill(one map[string]any, given string, ok bool) {
	if c.Type == typeTextInput {
		one["value"] = given
		return
	}
	values := []string{}
	switch {
	case c.Type == typeUpload && given != "":
		values = []string{given}
	case ok && given != "":
		values = strings.Split(given, ",")
	case !ok:
		for _, o := range c.Options {
			if o.Default {
				values = append(values, o.Value)
			}
		}
	}
	switch {
	case c.Type != typeRadio:
		one["values"] = values
	case len(values) > 0:
		one["value"] = values[0]
	default:
		one["value"] = nil
	}
}
