package discordspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// finding is something wrong at a place.
type finding struct {
	at   place
	text string
}

// explain returns the deepest causes of an error. Of alternatives it follows
// the one that was meant.
func explain(e *jsonschema.ValidationError) []finding {
	at := place(strings.Join(e.InstanceLocation, "/"))
	switch k := e.ErrorKind.(type) {
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return []finding{{at, "it fits several alternatives"}}
		}
		return alternative(e, at)
	case *kind.AnyOf:
		return alternative(e, at)
	}
	if len(e.Causes) == 0 {
		return []finding{{at, sentence(e.ErrorKind)}}
	}
	var out []finding
	for _, c := range e.Causes {
		out = append(out, explain(c)...)
	}
	return out
}

// alternative explains why none of several schemas fits: by the one for the
// type that the value has, and of those by the one with the fewest faults.
func alternative(e *jsonschema.ValidationError, at place) []finding {
	var best []finding
	for _, c := range e.Causes {
		all := leaves(c)
		if slices.ContainsFunc(all, func(l *jsonschema.ValidationError) bool { return stranger(e, l) }) {
			continue
		}
		if found := explain(c); best == nil || len(found) < len(best) {
			best = found
		}
	}
	if best != nil {
		return best
	}
	// No alternative is of its type.
	for _, c := range e.Causes {
		for _, l := range leaves(c) {
			if k, ok := l.ErrorKind.(*kind.Enum); ok {
				return []finding{{at.in("type"), fmt.Sprintf("%s is of a kind that does not belong here", short(k.Got))}}
			}
		}
	}
	return []finding{{at, "it is none of what may be here"}}
}

// stranger reports whether a leaf shows that its alternative is for another
// type of value.
func stranger(e, leaf *jsonschema.ValidationError) bool {
	switch leaf.ErrorKind.(type) {
	case *kind.Type, *kind.Const:
		return len(leaf.InstanceLocation) == len(e.InstanceLocation)
	case *kind.Enum:
		return len(leaf.InstanceLocation) == len(e.InstanceLocation)+1 && leaf.InstanceLocation[len(e.InstanceLocation)] == "type"
	}
	return false
}

func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	for _, c := range e.Causes {
		out = append(out, leaves(c)...)
	}
	return out
}

// sentence says what is wrong with a value.
func sentence(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MaxLength:
		return fmt.Sprintf(tooLong, k.Got, k.Want)
	case *kind.MinLength:
		if k.Got == 0 {
			return isEmpty
		}
		return fmt.Sprintf(tooShort, k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf(tooMany, k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf(tooFew, k.Got, k.Want)
	case *kind.Type:
		return fmt.Sprintf("it is of type %s, want %s", k.Got, strings.Join(k.Want, " or "))
	case *kind.Required:
		return "it lacks " + strings.Join(k.Missing, ", ")
	case *kind.Enum:
		return fmt.Sprintf("%s is none of %s", short(k.Got), list(k.Want))
	case *kind.Maximum:
		return fmt.Sprintf("%s is more than %s", k.Got.RatString(), k.Want.RatString())
	case *kind.Minimum:
		return fmt.Sprintf("%s is less than %s", k.Got.RatString(), k.Want.RatString())
	case *kind.Pattern:
		return fmt.Sprintf("%s does not match %s", short(k.Got), k.Want)
	case *kind.Format:
		return fmt.Sprintf("%s is no %s", short(k.Got), k.Want)
	}
	return k.LocalizedString(message.NewPrinter(language.English))
}

func list(values []any) string {
	var out []string
	for _, v := range values {
		out = append(out, short(v))
	}
	return strings.Join(out, ", ")
}
